//! Runs a server as a team would write it. It is this very test binary, started once more.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
};

use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ListToolsResult,
        PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool, ToolAnnotations,
    },
    service::RequestContext,
    transport::{
        StreamableHttpServerConfig, StreamableHttpService,
        streamable_http_server::session::local::LocalSessionManager,
    },
};
use serde_json::json;
use tokio::sync::mpsc;

/// Set in the environment of the process that is to serve.
const STARTED: &str = "TEAM_TOOLS_TEST_SERVER";

/// The server's process; killed when dropped.
pub(crate) struct Process {
    pub(crate) url: String,
    child: Child,
    lines: mpsc::UnboundedReceiver<String>,
}

impl Process {
    pub(crate) fn start() -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "real::server_process_when_a_test_starts_it_serves", "--nocapture"])
            .env(STARTED, "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let url = stdout.find_map(|line| Some(line.split_once("serves ")?.1.to_owned())).unwrap();
        let (sender, lines) = mpsc::unbounded_channel();
        std::thread::spawn(move || stdout.try_for_each(|line| sender.send(line)));
        Self { url, child, lines }
    }

    /// Waits until the server has printed `line`.
    pub(crate) async fn says(&mut self, line: &str) {
        while self.lines.recv().await.expect("the server is gone") != line {}
    }

    /// Returns true if it has printed `line` and nobody has waited for it.
    pub(crate) fn has_said(&mut self, line: &str) -> bool {
        std::iter::from_fn(|| self.lines.try_recv().ok()).any(|said| said == line)
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

/// Serves until killed, in the process that was started for it.
pub(crate) fn serve_if_started() {
    if std::env::var_os(STARTED).is_none() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let service = StreamableHttpService::new(
            || Ok(Team),
            std::sync::Arc::new(LocalSessionManager::default()),
            StreamableHttpServerConfig::default(),
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        say(&format!("serves http://{}/mcp", listener.local_addr().unwrap()));
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = TowerToHyperService::new(service.clone());
            tokio::spawn(
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
            );
        }
    });
}

fn say(line: &str) {
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{line}").unwrap();
    stdout.flush().unwrap();
}

#[derive(Clone)]
struct Team;

impl ServerHandler for Team {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tool = |name: &'static str, text: &'static str| {
            let schema = json!({"type": "object", "properties": {"text": {"type": "string"}}});
            Tool::new(name, text, schema.as_object().unwrap().clone())
        };
        let reads = ToolAnnotations::new().read_only(true);
        Ok(ListToolsResult::with_all_items(vec![
            tool("echo", "Says what\nit is told.").with_annotations(reads),
            tool("plain", "Says nothing of itself."),
            tool("write", "Writes.").with_annotations(ToolAnnotations::new().read_only(false)),
            tool("destroy", "Destroys.").with_annotations(ToolAnnotations::new().destructive(true)),
            tool("header", "The header."),
            tool("fail", "Fails."),
            tool("refuse", "Refuses."),
            tool("long", "Talks."),
            tool("hang", "Hangs."),
        ]))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let text = |text: String| Ok(CallToolResult::success(vec![ContentBlock::text(text)]).into());
        match request.name.as_ref() {
            "echo" => {
                let told = request.arguments.and_then(|input| input.get("text")?.as_str().map(str::to_owned));
                let said = ContentBlock::text(format!("you said {}", told.unwrap_or_default()));
                Ok(CallToolResult::success(vec![said, ContentBlock::image("aGk=", "image/png")]).into())
            }
            "write" => {
                say("wrote");
                text("written".to_owned())
            }
            "header" => {
                let parts = context.extensions.get::<http::request::Parts>().unwrap();
                text(parts.headers.get("authorization").unwrap().to_str().unwrap().to_owned())
            }
            "fail" => {
                let said = ContentBlock::text("no luck:\n password=swordfish");
                Ok(CallToolResult::error(vec![said]).into())
            }
            "refuse" => Err(ErrorData::invalid_params("bad token=swordfish", None)),
            "long" => text("a word and another one\n".repeat(10_000)),
            "hang" => {
                say("hangs");
                std::future::pending().await
            }
            _ => Err(ErrorData::invalid_params("unknown", None)),
        }
    }
}
