//! Runs a service on loopback that answers with given bytes.

use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// One request as it came.
#[derive(Debug, Clone)]
pub(crate) struct ReceivedRequest {
    /// In lower case, the request line first.
    pub(crate) head: String,
    pub(crate) body: String,
}

pub(crate) struct Loopback {
    pub(crate) config: SdkConfig,
    asked: Arc<Mutex<Vec<ReceivedRequest>>>,
}

impl Loopback {
    /// Answers with each of `answers` once, in this order. An empty one is never given.
    pub(crate) async fn answering(answers: &[String]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        tokio::spawn(serve(listener, answers.to_vec(), Arc::clone(&asked)));
        let credentials = aws_sdk_dynamodb::config::Credentials::new("test", "test", None, None, "test");
        let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .credentials_provider(aws_sdk_dynamodb::config::SharedCredentialsProvider::new(credentials))
            .region(Region::new("eu-west-1"))
            .endpoint_url(endpoint)
            .load()
            .await;
        Self { config, asked }
    }

    pub(crate) fn asked(&self) -> Vec<ReceivedRequest> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(listener: TcpListener, answers: Vec<String>, asked: Arc<Mutex<Vec<ReceivedRequest>>>) {
    let mut unanswered = Vec::new();
    for answer in answers {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = read_request(&mut stream).await;
        asked.lock().unwrap().push(request);
        if answer.is_empty() {
            unanswered.push(stream);
            continue;
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
    }
    // Whoever waits for an answer keeps waiting.
    std::future::pending::<()>().await;
}

async fn read_request(stream: &mut TcpStream) -> ReceivedRequest {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await.unwrap();
        assert_ne!(read, 0, "the request broke off: {}", String::from_utf8_lossy(&bytes));
        bytes.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let head = head.to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            return ReceivedRequest { body: body.to_owned(), head };
        }
    }
}

/// An answer with this status, further headers and body.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> String {
    let mut lines = vec![
        format!("HTTP/1.1 {status} x"),
        "content-type: application/json".to_owned(),
        format!("content-length: {}", body.len()),
        "connection: close".to_owned(),
    ];
    lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
    format!("{}\r\n\r\n{body}", lines.join("\r\n"))
}
