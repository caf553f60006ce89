//! One conversation with one server.

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
    Limits, Server,
    http_client::{Http, MOST_BYTES},
    port_errors, tool_answer,
};
use common::ports::PortErrorKind;

/// Pages of tools, at most.
const MOST_PAGES: usize = 10;
/// What a server may take to end a session; it will notice by itself otherwise.
const FAREWELL: Duration = Duration::from_millis(500);

pub(crate) struct Session {
    running: RunningService<RoleClient, ClientConfig>,
    limits: Limits,
}

impl Session {
    /// Shakes hands. We offer nothing in return: no files, no model and nobody to ask.
    pub(crate) async fn open(
        http: &Http,
        server: &Server,
        limits: Limits,
        operation: &str,
    ) -> Result<Self, PortError> {
        let mut config = StreamableHttpClientTransportConfig::with_uri(server.url().to_string())
            .max_sse_event_size(MOST_BYTES)
            .control_request_timeout(FAREWELL)
            .session_recovery_timeout(limits.connect)
            .reinit_on_expired_session(false);
        config.retry_config =
            std::sync::Arc::new(rmcp::transport::common::client_side_sse::NeverRetry::default());
        let transport = StreamableHttpClientTransport::with_client(http.to(server), config);
        let us = ClientConfig::new(
            ClientCapabilities::default(),
            Implementation::new("nightshift", env!("CARGO_PKG_VERSION")),
        );
        let running = timeout(limits.connect, us.serve(transport))
            .await
            .map_err(|_| port_errors::too_slow(operation, "handshake", limits.connect))?
            .map_err(|error| port_errors::of_handshake(operation, &error))?;
        Ok(Self { running, limits })
    }

    pub(crate) async fn tools(&self, operation: &str) -> Result<Vec<Tool>, PortError> {
        let all = async {
            let mut tools = Vec::new();
            let mut cursor = None;
            for _ in 0..MOST_PAGES {
                let mut page = PaginatedRequestParams::default();
                page.cursor = cursor;
                let listed = self.running.list_tools(Some(page)).await;
                let listed = listed.map_err(|error| port_errors::of_request(operation, &error))?;
                tools.extend(listed.tools);
                cursor = listed.next_cursor;
                if cursor.is_none() {
                    return Ok(tools);
                }
            }
            let why = format!("more than {MOST_PAGES} pages of tools");
            Err(PortError::new(operation, PortErrorKind::Invalid, why))
        };
        self.within(self.limits.list, "list of tools", operation, all).await
    }

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
            match response.map_err(|error| port_errors::of_request(operation, &error))? {
                CallToolResponse::Complete(result) => tool_answer::text(&result).or_else(invalid),
                _ => invalid("asks for input or to come back later, which nobody does".to_owned()),
            }
        };
        self.within(self.limits.call, "answer", operation, called).await
    }

    /// Ends the session at the server, if it listens.
    pub(crate) async fn close(self) {
        // What became of it changes nothing: the answer is there.
        let _ended = timeout(FAREWELL, self.running.cancel()).await;
    }

    async fn within<T>(
        &self,
        limit: Duration,
        phase: &str,
        operation: &str,
        work: impl Future<Output = Result<T, PortError>>,
    ) -> Result<T, PortError> {
        timeout(limit, work).await.unwrap_or_else(|_| Err(port_errors::too_slow(operation, phase, limit)))
    }
}
