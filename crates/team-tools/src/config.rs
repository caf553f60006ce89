//! Parses the team's configuration: its servers, and which of their tools may be used.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::{
    server_url::{InvalidUrl, ServerUrl},
    tool_server::{AllowedTool, LONGEST_TOOL_NAME, ToolServer, is_name_character},
};

/// Servers, at most: all are asked in every incident.
const MAX_SERVERS: usize = 8;
/// Tools of a server, at most: a model is told of every one in every request.
const MAX_TOOLS: usize = 32;
/// Characters of a server's name, which is part of its tools' names.
const LONGEST_SERVER_NAME: usize = 24;

/// Parses the list of servers. The last two fields are optional. A tool is only used if its server says that it only
/// reads, or if the team confirms it.
///
/// ```
/// let servers = team_tools::parse_servers(
///     r#"[{"name": "grafana", "url": "https://grafana.example.com/mcp", "tools": ["query_prometheus"],
///          "confirmed_read_only": ["query_prometheus"], "header_parameter": "/nightshift/grafana"}]"#,
/// )?;
/// assert_eq!(servers[0].name(), "grafana");
/// assert_eq!(servers[0].header_parameter(), Some("/nightshift/grafana"));
/// # Ok::<(), team_tools::ConfigError>(())
/// ```
///
/// # Errors
///
/// An error names the server by its position in the list, and the field; it never quotes an address, which may hold a
/// key.
pub fn parse_servers(json: &str) -> Result<Vec<ToolServer>, ConfigError> {
    let listed: Vec<ServerJson> = serde_json::from_str(json).map_err(ConfigError::Json)?;
    if listed.len() > MAX_SERVERS {
        return Err(ConfigError::TooManyServers { found: listed.len() });
    }
    let mut names = BTreeSet::new();
    let mut offered = BTreeSet::new();
    let mut servers = Vec::with_capacity(listed.len());
    for (position, one) in listed.into_iter().enumerate() {
        let invalid = |reason| ConfigError::Server { position, reason };
        let server = one.into_server().map_err(invalid)?;
        if !names.insert(server.name().to_owned()) {
            return Err(invalid(InvalidServer::DuplicateServer { name: server.name().to_owned() }));
        }
        if let Some(tool) = server.tools().iter().find(|tool| !offered.insert(tool.offered_as.clone())) {
            let (tool, name) = (tool.name.clone(), tool.offered_as.clone());
            return Err(invalid(InvalidServer::DuplicateTool { tool, name }));
        }
        servers.push(server);
    }
    Ok(servers)
}

/// A list of servers that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error(
        "tool servers: expected a list of {{\"name\", \"url\", \"tools\", \"confirmed_read_only\", \"header_parameter\"}} in JSON"
    )]
    Json(#[source] serde_json::Error),
    #[error("tool servers: {found} servers: expected at most {MAX_SERVERS}")]
    TooManyServers { found: usize },
    #[error("tool servers: [{position}].{reason}")]
    Server { position: usize, reason: InvalidServer },
}

/// The field of a server that is wrong, and what would be right.
#[derive(Debug, thiserror::Error)]
pub enum InvalidServer {
    #[error(
        "name: invalid name {name:?}: expected 1 to {LONGEST_SERVER_NAME} letters, digits, hyphens or underscores"
    )]
    Name { name: String },
    #[error("name: {name:?} is the name of another server: expected a name of its own")]
    DuplicateServer { name: String },
    #[error("url: {0}")]
    Url(InvalidUrl),
    #[error("tools: empty: expected the names of the tools to be used")]
    NoTools,
    #[error("tools: {found} tools: expected at most {MAX_TOOLS}")]
    TooManyTools { found: usize },
    #[error(
        "tools: {tool:?} would be offered as {name:?}: expected at most {LONGEST_TOOL_NAME} characters; shorten the server's name"
    )]
    LongName { tool: String, name: String },
    #[error("tools: empty tool name: expected a name")]
    EmptyTool,
    #[error("tools: {tool:?} would be offered as {name:?}, as another tool is: expected names that differ")]
    DuplicateTool { tool: String, name: String },
    #[error("confirmed_read_only: {tool:?} is not among \"tools\": expected a name that is")]
    NotAmongTools { tool: String },
    #[error("header_parameter: empty: expected the name of a parameter, or no such field")]
    EmptyParameter,
}

/// A server as the configuration has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServerJson {
    name: String,
    url: String,
    tools: Vec<String>,
    #[serde(default)]
    confirmed_read_only: Vec<String>,
    #[serde(default)]
    header_parameter: Option<String>,
}

impl ServerJson {
    fn into_server(self) -> Result<ToolServer, InvalidServer> {
        let Self { name, url, tools, confirmed_read_only, header_parameter } = self;
        if name.is_empty() || name.len() > LONGEST_SERVER_NAME || !name.chars().all(is_name_character) {
            return Err(InvalidServer::Name { name });
        }
        let url = ServerUrl::parse(&url).map_err(InvalidServer::Url)?;
        if tools.is_empty() {
            return Err(InvalidServer::NoTools);
        }
        if tools.len() > MAX_TOOLS {
            return Err(InvalidServer::TooManyTools { found: tools.len() });
        }
        if header_parameter.as_ref().is_some_and(String::is_empty) {
            return Err(InvalidServer::EmptyParameter);
        }
        if let Some(tool) = confirmed_read_only.iter().find(|tool| !tools.contains(tool)) {
            return Err(InvalidServer::NotAmongTools { tool: tool.clone() });
        }
        let allowed = |tool: String| {
            if tool.is_empty() {
                return Err(InvalidServer::EmptyTool);
            }
            let confirmed = confirmed_read_only.contains(&tool);
            let allowed = AllowedTool::new(&name, tool, confirmed);
            if allowed.offered_as.len() > LONGEST_TOOL_NAME {
                return Err(InvalidServer::LongName { tool: allowed.name, name: allowed.offered_as });
            }
            Ok(allowed)
        };
        let tools = tools.into_iter().map(allowed).collect::<Result<_, _>>()?;
        Ok(ToolServer::new(name, url, tools, header_parameter))
    }
}
