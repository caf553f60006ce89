//! The team's own read-only tools, from the team's own servers, by the Model Context Protocol over
//! streamable HTTP: dashboards, a wiki, a deployment system that Nightshift knows nothing of.
//!
//! What a server says is untrusted. Only tools that the team named are offered, and of these only what its
//! server says only reads, or the team confirms where the server says nothing; what says that it changes
//! anything is not offered whoever confirms it. This is looked up again before every call, as a server may
//! have changed its mind. What it describes and answers is kept short, and a server that is down, slow or talks nonsense is a gap in
//! what is known, and nothing else.
//!
//! Every call has a session of its own: a function that is frozen between two calls would find its session
//! dead.

mod config;
mod http_client;
mod offered_tools;
mod port_errors;
mod session;
mod tool_answer;

pub use config::{Authorization, ConfigError, Server, servers};

use std::time::Duration;

use common::{
    PortError,
    model::ToolDefinition,
    ports::{PortErrorKind, TeamTools},
};
use futures_util::future::join_all;
use serde_json::Value;

use crate::{http_client::Http, session::Session};

/// How long a server may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Until the first handshake is done.
    pub connect: Duration,
    /// Until the last page of its tools is read.
    pub list: Duration,
    /// Until a tool has answered.
    pub call: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(3), list: Duration::from_secs(3), call: Duration::from_secs(5) }
    }
}

/// The servers of a team.
#[derive(Debug)]
pub struct Servers {
    all: Vec<Server>,
    limits: Limits,
    http: Http,
}

impl Servers {
    /// Connects to nothing yet; fails where the certificates that are to be trusted can't be read.
    pub fn new(servers: Vec<Server>, limits: Limits) -> Result<Self, std::io::Error> {
        Ok(Self { all: servers, limits, http: Http::new()? })
    }

    async fn offered(&self, server: &Server) -> (Vec<ToolDefinition>, Vec<PortError>) {
        let operation = format!("tools of {}", server.name());
        let listed = async {
            let session = Session::open(&self.http, server, self.limits, &operation).await?;
            let listed = session.tools(&operation).await;
            session.close().await;
            listed
        };
        match listed.await {
            Ok(tools) => offered_tools::of(server, &tools),
            Err(error) => (Vec::new(), vec![error]),
        }
    }

    async fn answer(
        &self,
        server: &Server,
        tool: &config::Tool,
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
        let session = Session::open(&self.http, server, self.limits, operation).await?;
        let answered = async {
            let tools = session.tools(operation).await?;
            offered_tools::one(&tools, tool)
                .map_err(|refused| PortError::new(operation, refused.kind(), refused))?;
            session.call(&tool.name, input, operation).await
        };
        let answered = answered.await;
        session.close().await;
        answered
    }
}

impl TeamTools for Servers {
    async fn definitions(&self) -> (Vec<ToolDefinition>, Vec<PortError>) {
        let mut definitions = Vec::new();
        let mut gaps = Vec::new();
        for (offered, missing) in join_all(self.all.iter().map(|server| self.offered(server))).await {
            definitions.extend(offered);
            gaps.extend(missing);
        }
        (definitions, gaps)
    }

    async fn call(&self, name: &str, input: &Value) -> Result<String, PortError> {
        let operation = format!("tool {name}");
        let found = self.all.iter().find_map(|server| server.tool(name).map(|tool| (server, tool)));
        let Some((server, tool)) = found else {
            return Err(PortError::new(operation, PortErrorKind::NotFound, "the team allows no such tool"));
        };
        self.answer(server, tool, input, &operation).await
    }
}
