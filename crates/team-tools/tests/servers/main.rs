//! Tests the client against servers: a real one of the protocol's own SDK in a process of its own, and one
//! that does everything wrong.
#![cfg(test)]

mod hostile;
mod hostile_server;
mod real;
mod real_server;

use std::time::Duration;

use serde_json::json;
use team_tools::{ServerTimeouts, ToolServers, parse_servers};

/// Long enough for a busy machine to answer, and short enough to wait for what never answers.
fn limits() -> ServerTimeouts {
    ServerTimeouts {
        connect: Duration::from_secs(10),
        list: Duration::from_secs(10),
        call: Duration::from_secs(10),
    }
}

/// For what never answers.
fn short() -> Duration {
    Duration::from_millis(300)
}

/// Servers with a name, an address and the tools that are allowed, of which the team confirms that they read.
fn team(all: &[(&str, &str, &[&str])], limits: ServerTimeouts) -> ToolServers {
    let all: Vec<_> = all.iter().map(|(name, url, tools)| (*name, *url, *tools, *tools)).collect();
    confirmed(&all, limits)
}

/// Servers with a name, an address, the tools that are allowed, and those confirmed to read.
fn confirmed(all: &[(&str, &str, &[&str], &[&str])], limits: ServerTimeouts) -> ToolServers {
    let config: Vec<_> = all
        .iter()
        .map(|(name, url, tools, read)| {
            json!({"name": name, "url": url, "tools": tools, "confirmed_read_only": read})
        })
        .collect();
    let servers = parse_servers(&json!(config).to_string()).unwrap();
    let servers = servers.into_iter().map(|server| server.with_authorization("Basic dGVhbQ==").unwrap());
    ToolServers::new(servers.collect(), limits).unwrap()
}

/// Waits for what has its own end much earlier.
async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_mins(1), work).await.unwrap()
}
