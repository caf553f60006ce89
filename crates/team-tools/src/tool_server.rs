//! Describes a server of the team's own, the tools of it that are allowed, and its authorization.

use std::fmt;

use http::{HeaderValue, Uri};

use crate::server_url::ServerUrl;

/// The longest tool name that Bedrock accepts.
pub(crate) const LONGEST_TOOL_NAME: usize = 64;

/// A server of the team's own, and the tools of it that are allowed.
#[derive(Debug, Clone)]
pub struct ToolServer {
    name: String,
    url: ServerUrl,
    tools: Vec<AllowedTool>,
    header_parameter: Option<String>,
    authorization: Option<Authorization>,
}

/// A tool that the team allows.
#[derive(Debug, Clone)]
pub(crate) struct AllowedTool {
    /// The name that the server has for it.
    pub(crate) name: String,
    /// The name that the model has for it.
    pub(crate) offered_as: String,
    /// True where the team confirms that it only reads, for a server that says nothing.
    pub(crate) confirmed_read_only: bool,
}

impl AllowedTool {
    /// It is offered as `team_<server>_<tool>`, with an underscore for each character that no name may hold.
    pub(crate) fn new(server: &str, name: String, confirmed_read_only: bool) -> Self {
        let plain: String = name.chars().map(|c| if is_name_character(c) { c } else { '_' }).collect();
        let offered_as = format!("team_{server}_{plain}");
        Self { name, offered_as, confirmed_read_only }
    }
}

pub(crate) const fn is_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// The whole value of an `Authorization` header. `Debug` hides it.
#[derive(Clone)]
struct Authorization(HeaderValue);

impl fmt::Debug for Authorization {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[hidden]")
    }
}

/// An authorization that cannot be sent. It never quotes the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("authorization of tool server {server}: expected visible ASCII on one line")]
pub struct InvalidAuthorization {
    server: String,
}

impl ToolServer {
    pub(crate) const fn new(
        name: String,
        url: ServerUrl,
        tools: Vec<AllowedTool>,
        header_parameter: Option<String>,
    ) -> Self {
        Self { name, url, tools, header_parameter, authorization: None }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The parameter that holds the `Authorization` header, which the caller reads.
    pub fn header_parameter(&self) -> Option<&str> {
        self.header_parameter.as_deref()
    }

    /// Returns the server with `header` as its `Authorization` header.
    ///
    /// # Errors
    ///
    /// Fails where it cannot be the value of a header; the error does not hold it.
    pub fn with_authorization(mut self, header: &str) -> Result<Self, InvalidAuthorization> {
        let value = HeaderValue::from_str(header.trim());
        let mut value = value
            .ok()
            .filter(|value| !value.is_empty())
            .ok_or_else(|| InvalidAuthorization { server: self.name.clone() })?;
        value.set_sensitive(true);
        self.authorization = Some(Authorization(value));
        Ok(self)
    }

    pub(crate) const fn url(&self) -> &Uri {
        self.url.uri()
    }

    pub(crate) fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref().map(|Authorization(value)| value)
    }

    pub(crate) fn tools(&self) -> &[AllowedTool] {
        &self.tools
    }

    /// The tool that a model knows as `offered_as`.
    pub(crate) fn tool(&self, offered_as: &str) -> Option<&AllowedTool> {
        self.tools.iter().find(|tool| tool.offered_as == offered_as)
    }
}
