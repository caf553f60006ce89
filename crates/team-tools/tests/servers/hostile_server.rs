//! Runs a server on bare TCP that answers what a test wants, right or wrong.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::{Value, json};

/// Says what the server does with a request.
pub(crate) enum Reply {
    /// A message of the protocol.
    Message(Value),
    /// Bytes as they are, head and all.
    Raw(Vec<u8>),
    /// Bytes, and then a closed connection.
    CutOff(Vec<u8>),
    /// Bytes that never end.
    Endless { head: &'static str, part: &'static str },
    /// Nothing, with the connection open.
    Hang,
    /// Nothing, with the connection closed.
    Close,
}

/// Serves until the test's process ends.
pub(crate) struct Hostile {
    pub(crate) url: String,
    asked: Arc<AtomicUsize>,
}

impl Hostile {
    /// `reply` gets the method and the message, of `tools/list` or `tools/call` or what else it is.
    pub(crate) fn start(reply: impl Fn(&str, &Value) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let reply = Arc::new(reply);
        let counted = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let reply = Arc::clone(&reply);
                let asked = Arc::clone(&counted);
                // A client that hung up ends this, however it shows.
                std::thread::spawn(move || serve(stream, &asked, reply.as_ref()));
            }
        });
        Self { url, asked }
    }

    /// Requests so far.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// The message that answers `request` with `result`.
pub(crate) fn answer(request: &Value, result: &Value) -> Reply {
    Reply::Message(json!({"jsonrpc": "2.0", "id": request["id"], "result": result}))
}

/// Returns a well-meaning server's reply to `method`; it has one tool `t`, which says "fine".
pub(crate) fn polite(method: &str, request: &Value) -> Reply {
    match method {
        "initialize" => answer(
            request,
            &json!({
                "protocolVersion": request["params"]["protocolVersion"],
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "hostile", "version": "1"},
            }),
        ),
        "tools/list" => {
            answer(request, &json!({"tools": [{"name": "t", "inputSchema": {"type": "object"}}]}))
        }
        "tools/call" => answer(request, &json!({"content": [{"type": "text", "text": "fine"}]})),
        _ => Reply::Raw(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n".to_vec()),
    }
}

fn serve(stream: TcpStream, asked: &AtomicUsize, reply: &dyn Fn(&str, &Value) -> Reply) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let request = read_request(&mut reader)?;
        asked.fetch_add(1, Ordering::SeqCst);
        match reply(request["method"].as_str().unwrap_or_default(), &request) {
            Reply::Message(message) => {
                let body = message.to_string();
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                stream.write_all((head + &body).as_bytes()).ok()?;
            }
            Reply::Raw(bytes) => stream.write_all(&bytes).ok()?,
            Reply::CutOff(bytes) => {
                stream.write_all(&bytes).ok()?;
                return None;
            }
            Reply::Endless { head, part } => {
                stream.write_all(head.as_bytes()).ok()?;
                loop {
                    stream.write_all(part.as_bytes()).ok()?;
                }
            }
            // Until the client hangs up.
            Reply::Hang => {
                let _gone = stream.read(&mut [0; 1]);
                return None;
            }
            Reply::Close => return None,
        }
    }
}

/// The next request's body, if it is JSON.
fn read_request(reader: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).unwrap_or(Value::Null))
}
