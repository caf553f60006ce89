//! The team's own read-only tools, from the team's own servers, by the Model Context Protocol over
//! streamable HTTP: dashboards, a wiki, a deployment system that Nightshift knows nothing of.
//!
//! A server is not trusted. A tool is offered only if the team names it, and if its server says that it only reads or
//! the team confirms that where the server says nothing; a tool that says it changes anything is never offered. The
//! server is asked again before every call, because it may say something else by then. Descriptions and answers are
//! kept short. A server that is down, slow or invalid is a gap in the evidence, and nothing else.
//!
//! [`parse_servers`] reads the configuration (`config.rs`, `tool_server.rs`, `server_url.rs`). A call opens a `session`
//! over the `http_client`, checks the tool among the server's (`offered_tools`), calls it, and cuts the answer
//! (`tool_answer`); whatever goes wrong becomes a port's error (`port_errors`). Every call has a session of its own: a
//! function that is frozen between two calls would find its session dead.

mod config;
mod http_client;
mod offered_tools;
mod port_errors;
mod server_url;
mod session;
mod tool_answer;
mod tool_server;

pub use config::{ConfigError, InvalidServer, parse_servers};
pub use server_url::InvalidUrl;
pub use tool_server::{InvalidAuthorization, ToolServer};

use std::time::Duration;

use common::{
    PortError,
    model::ToolDefinition,
    ports::{PortErrorKind, TeamTools},
};
use futures_util::future::join_all;
use serde_json::Value;

use crate::{http_client::HttpClient, session::Session, tool_server::AllowedTool};

/// The time limits of one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerTimeouts {
    /// Until the handshake is done.
    pub connect: Duration,
    /// Until the last page of its tools is read.
    pub list: Duration,
    /// Until a tool has answered.
    pub call: Duration,
}

impl Default for ServerTimeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(3), list: Duration::from_secs(3), call: Duration::from_secs(5) }
    }
}

/// All tool servers of the team.
#[derive(Debug)]
pub struct ToolServers {
    /// Each with the client that they share.
    all: Vec<(ToolServer, HttpClient)>,
    timeouts: ServerTimeouts,
}

impl ToolServers {
    /// Connects to nothing yet. Without a server no client is made: it reads all root certificates that the machine
    /// trusts, which is a third of a cold start.
    ///
    /// # Errors
    ///
    /// Fails where there are servers and the trusted root certificates cannot be read.
    pub fn new(servers: Vec<ToolServer>, timeouts: ServerTimeouts) -> Result<Self, std::io::Error> {
        if servers.is_empty() {
            return Ok(Self { all: Vec::new(), timeouts });
        }
        let http = HttpClient::new()?;
        Ok(Self { all: servers.into_iter().map(|server| (server, http.clone())).collect(), timeouts })
    }

    async fn definitions_of(
        &self,
        (server, http): &(ToolServer, HttpClient),
    ) -> (Vec<ToolDefinition>, Vec<PortError>) {
        let operation = format!("tools of {}", server.name());
        let listed = async {
            let session = Session::open(http, server, self.timeouts, &operation).await?;
            let listed = session.tools(&operation).await;
            session.close().await;
            listed
        };
        match listed.await {
            Ok(tools) => offered_tools::definitions(server, &tools),
            Err(error) => (Vec::new(), vec![error]),
        }
    }

    async fn call_tool(
        &self,
        (server, http): &(ToolServer, HttpClient),
        tool: &AllowedTool,
        input: &Value,
        operation: &str,
    ) -> Result<String, PortError> {
        let input = match input {
            Value::Object(input) => input.clone(),
            Value::Null => serde_json::Map::new(),
            _ => {
                let why = "the input is no JSON object";
                return Err(PortError::new(operation, PortErrorKind::Invalid, why));
            }
        };
        let session = Session::open(http, server, self.timeouts, operation).await?;
        let answered = async {
            let tools = session.tools(operation).await?;
            offered_tools::find_usable(&tools, tool)
                .map_err(|refused| PortError::new(operation, refused.kind(), refused))?;
            session.call(&tool.name, input, operation).await
        };
        let answered = answered.await;
        session.close().await;
        answered
    }
}

impl TeamTools for ToolServers {
    async fn definitions(&self) -> (Vec<ToolDefinition>, Vec<PortError>) {
        let mut definitions = Vec::new();
        let mut gaps = Vec::new();
        for (offered, missing) in join_all(self.all.iter().map(|server| self.definitions_of(server))).await {
            definitions.extend(offered);
            gaps.extend(missing);
        }
        (definitions, gaps)
    }

    async fn call(&self, name: &str, input: &Value) -> Result<String, PortError> {
        let operation = format!("tool {name}");
        let found = self.all.iter().find_map(|one| one.0.tool(name).map(|tool| (one, tool)));
        let Some((one, tool)) = found else {
            return Err(PortError::new(operation, PortErrorKind::NotFound, "the team allows no such tool"));
        };
        self.call_tool(one, tool, input, &operation).await
    }
}
