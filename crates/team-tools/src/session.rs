//! Runs a session with one server.

use std::{future::Future, time::Duration};

use common::PortError;
use rmcp::{
    RoleClient, ServiceExt,
    model::{
        CallToolRequestParams, CallToolResponse, ClientCapabilities, ClientConfig, Implementation,
        PaginatedRequestParams, Tool,
    },
    service::RunningService,
    transport::streamable_http_client::{StreamableHttpClientTransport, StreamableHttpClientTransportConfig},
};
use serde_json::{Map, Value};
use tokio::time::timeout;

use crate::{
    ServerTimeouts, ToolServer,
    http_client::{HttpClient, MAX_BYTES},
    port_errors, tool_answer,
};
use common::ports::PortErrorKind;

/// Pages of tools, at most.
const MAX_PAGES: usize = 10;
/// The time that a server may take to end a session; otherwise it will notice by itself.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(500);

pub(crate) struct Session {
    running: RunningService<RoleClient, ClientConfig>,
    timeouts: ServerTimeouts,
}

impl Session {
    /// Opens a session. The client offers the server nothing: no files, no model and nobody to ask.
    pub(crate) async fn open(
        http: &HttpClient,
        server: &ToolServer,
        timeouts: ServerTimeouts,
        operation: &str,
    ) -> Result<Self, PortError> {
        let mut config = StreamableHttpClientTransportConfig::with_uri(server.url().to_string())
            .max_sse_event_size(MAX_BYTES)
            .control_request_timeout(CLOSE_TIMEOUT)
            .session_recovery_timeout(timeouts.connect)
            .reinit_on_expired_session(false);
        config.retry_config =
            std::sync::Arc::new(rmcp::transport::common::client_side_sse::NeverRetry::default());
        let transport = StreamableHttpClientTransport::with_client(http.to(server), config);
        let client = ClientConfig::new(
            ClientCapabilities::default(),
            Implementation::new("nightshift", env!("CARGO_PKG_VERSION")),
        );
        let handshake = async {
            client.serve(transport).await.map_err(|error| port_errors::from_handshake(operation, &error))
        };
        let running = within(timeouts.connect, "handshake", operation, handshake).await?;
        Ok(Self { running, timeouts })
    }

    /// Lists the tools as the server describes them.
    pub(crate) async fn tools(&self, operation: &str) -> Result<Vec<Tool>, PortError> {
        let all = async {
            let mut tools = Vec::new();
            let mut cursor = None;
            for _ in 0..MAX_PAGES {
                let mut page = PaginatedRequestParams::default();
                page.cursor = cursor;
                let listed = self.running.list_tools(Some(page)).await;
                let listed = listed.map_err(|error| port_errors::from_request(operation, &error))?;
                tools.extend(listed.tools);
                cursor = listed.next_cursor;
                if cursor.is_none() {
                    return Ok(tools);
                }
            }
            let why = format!("more than {MAX_PAGES} pages of tools");
            Err(PortError::new(operation, PortErrorKind::Invalid, why))
        };
        within(self.timeouts.list, "list of tools", operation, all).await
    }

    /// Calls `tool`, and returns its answer as text.
    pub(crate) async fn call(
        &self,
        tool: &str,
        input: Map<String, Value>,
        operation: &str,
    ) -> Result<String, PortError> {
        let request = CallToolRequestParams::new(tool.to_owned()).with_arguments(input);
        let called = async {
            let response = self.running.call_tool_once(request).await;
            let invalid = |why: String| Err(PortError::new(operation, PortErrorKind::Invalid, why));
            match response.map_err(|error| port_errors::from_request(operation, &error))? {
                CallToolResponse::Complete(result) => tool_answer::answer_text(&result).or_else(invalid),
                _ => invalid("asks for input or to come back later, which nobody does".to_owned()),
            }
        };
        within(self.timeouts.call, "answer", operation, called).await
    }

    /// Ends the session at the server, if it listens.
    pub(crate) async fn close(self) {
        // The outcome changes nothing: the answer is there.
        let _ended = timeout(CLOSE_TIMEOUT, self.running.cancel()).await;
    }
}

/// Runs `work` for at most `limit`; a timeout is an error that names `phase`.
async fn within<T>(
    limit: Duration,
    phase: &str,
    operation: &str,
    work: impl Future<Output = Result<T, PortError>>,
) -> Result<T, PortError> {
    timeout(limit, work).await.unwrap_or_else(|_| Err(port_errors::timed_out(operation, phase, limit)))
}
