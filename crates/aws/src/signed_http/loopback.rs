//! Runs a service on this machine's loopback, for tests: it keeps its requests and answers as the test says.

use std::{
    io::Write as _,
    sync::{Arc, Mutex},
};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// A request, as it came.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReceivedRequest {
    /// `POST / HTTP/1.1`, and the headers, in lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl ReceivedRequest {
    /// The operation that a header, a form or a path names.
    pub(crate) fn is(&self, operation: &str) -> bool {
        let lower = operation.to_lowercase();
        self.head.contains(&format!(".{lower}\r\n"))
            || self.body.starts_with(&format!("Action={operation}&"))
            || self.head.lines().next().is_some_and(|line| line.contains(&lower))
    }
}

/// A status and a body, or no answer at all.
pub(crate) type Answer = Option<(u16, String)>;

#[derive(Debug, Clone)]
pub(crate) struct Loopback {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<ReceivedRequest>>>,
}

impl Loopback {
    pub(crate) async fn answering(
        answer: impl Fn(&ReceivedRequest) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (kept, answer) = (Arc::clone(&asked), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(one(stream, Arc::clone(&kept), Arc::clone(&answer)));
            }
        });
        Self { url, asked }
    }

    pub(crate) fn asked(&self) -> Vec<ReceivedRequest> {
        self.asked.lock().unwrap().clone()
    }

    /// Everything is asked of this service, with short waits.
    pub(crate) async fn config(&self) -> SdkConfig {
        config().endpoint_url(&self.url).load().await
    }
}

/// Without an endpoint, and without a look at the machine's own settings.
pub(crate) fn config() -> aws_config::ConfigLoader {
    let http = aws_smithy_http_client::Builder::new().build_http();
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", Some("session".into()), None, "test");
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http)
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(3)
                .with_initial_backoff(std::time::Duration::from_millis(1)),
        )
        .timeout_config(
            TimeoutConfig::builder()
                .operation_attempt_timeout(std::time::Duration::from_secs(5))
                .operation_timeout(std::time::Duration::from_secs(20))
                .build(),
        )
}

async fn one<A: Fn(&ReceivedRequest) -> Answer>(
    mut stream: TcpStream,
    kept: Arc<Mutex<Vec<ReceivedRequest>>>,
    answer: Arc<A>,
) {
    let (head, body) = read_request(&mut stream).await;
    let asked = ReceivedRequest { head: head.to_lowercase() + "\r\n", body };
    kept.lock().unwrap().push(asked.clone());
    let answer = answer(&asked);
    record(&head, &asked.body, &answer);
    let Some((status, body)) = answer else {
        // Held open until the other side gives up.
        let _ = stream.read(&mut [0; 1]).await;
        return;
    };
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    // Whoever gave up meanwhile does not hear it.
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(body.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// The head and the body, as they came.
async fn read_request(stream: &mut TcpStream) -> (String, String) {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lower = head.to_lowercase();
            let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return (head.to_owned(), body.to_owned());
            }
        }
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return Default::default();
        }
    }
}

/// Names the file that each call and its answer is appended to, as a line of JSON; `tests/interfaces` compares
/// them with botocore's models of the services.
const RECORDING: &str = "NIGHTSHIFT_RECORDED_CALLS";

fn record(head: &str, body: &str, answer: &Answer) {
    let Ok(file) = std::env::var(RECORDING) else { return };
    let answer = answer.as_ref().map(|(status, body)| serde_json::json!({"status": status, "body": body}));
    // A test's thread has the test's name.
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    let call = serde_json::json!({"test": test, "head": head, "body": body, "answer": answer});
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file).unwrap();
    file.write_all(format!("{call}\n").as_bytes()).unwrap();
}
