//! Reads the call graph from X-Ray's service graph.

mod node;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use common::{
    ports::{PortError, Reading, Traces},
    telemetry::{Call, CallGraph, CallNode},
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use self::node::Service;
use crate::{
    Clients, SignedClient,
    cli_command::aws,
    error::unreadable,
    signed_http::{Input, Operation, services::X_RAY},
    time::to_epoch_seconds,
};

/// <https://docs.aws.amazon.com/xray/latest/api/API_GetServiceGraph.html>
const SERVICE_GRAPH: Operation = Operation::at(&X_RAY, "GetServiceGraph", "POST", "/ServiceGraph");

/// X-Ray refuses a longer window.
const LONGEST: SignedDuration = SignedDuration::from_hours(6);
/// A graph that takes more pages is not one that can be reasoned about.
const MAX_PAGES: usize = 10;

/// The port `Traces`.
#[derive(Debug, Clone)]
pub struct XRay {
    client: SignedClient,
}

impl XRay {
    pub const fn new(client: SignedClient) -> Self {
        Self { client }
    }

    pub fn from_clients(clients: &Clients) -> Self {
        Self::new(clients.signed.clone())
    }
}

impl Traces for XRay {
    /// Reads the last six hours where the window is longer.
    async fn calls(
        &self,
        account: &str,
        region: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Reading<CallGraph>, PortError> {
        let from = from.max(to.checked_sub(LONGEST).unwrap_or(from));
        let about = format!("from {from} to {to}");
        let input = Input::new(about.as_str())
            .body(json!({"StartTime": to_epoch_seconds(from), "EndTime": to_epoch_seconds(to)}));
        let mut services = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let page: Page = self
                .client
                .parsed(&SERVICE_GRAPH, &input.clone().page("NextToken", token.as_deref()))
                .await?;
            services.extend(page.services.unwrap_or_default());
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                let (start, end) = (from.to_string(), to.to_string());
                let query = aws(["xray", "get-service-graph", "--start-time", &start, "--end-time", &end]);
                return Ok(Reading::new(query, graph(&services, account, region)));
            }
        }
        let operation = format!("{} {about}", SERVICE_GRAPH.name());
        Err(unreadable(operation, format!("it has more than {MAX_PAGES} pages")))
    }
}

/// The component that a node of this type and name stands for, in its account and region.
pub fn component(kind: &str, name: &str, region: &str, account: &str) -> Option<CallNode> {
    node::node(&Service::named(kind, name), region, account)
}

/// Services, and where the next ones begin.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Page {
    services: Option<Vec<Service>>,
    next_token: Option<String>,
}

/// The services as components: what is several services to X-Ray, as the two sides of a function's
/// invocation, is one component here, and does not call itself.
fn graph(services: &[Service], account: &str, region: &str) -> CallGraph {
    let components: Vec<_> = services
        .iter()
        .filter_map(|service| Some((service, node::node(service, region, account)?)))
        .collect();
    let by_reference: BTreeMap<i32, String> =
        components.iter().filter_map(|(service, node)| Some((service.reference_id?, node.id()))).collect();
    let mut calls = BTreeSet::new();
    for (service, node) in &components {
        let caller = node.id();
        let edges = service.edges.iter().flatten();
        let callees = edges.filter_map(|edge| by_reference.get(&edge.reference_id?)).cloned();
        calls.extend(
            callees.filter(|callee| *callee != caller).map(|callee| Call { caller: caller.clone(), callee }),
        );
    }
    let nodes: BTreeMap<_, _> = components.into_iter().map(|(_, node)| (node.id(), node)).collect();
    CallGraph { nodes: nodes.into_values().collect(), calls: calls.into_iter().collect() }
}
