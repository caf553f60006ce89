//! Reads the call graph from X-Ray's service graph.

mod node;

use std::collections::{BTreeMap, BTreeSet};

use aws_config::SdkConfig;
use aws_sdk_xray::{Client, types::Service};
use common::{
    ports::{PortError, Reading, Traces},
    telemetry::{Call, CallGraph, CallNode},
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    cli_command::aws,
    error::{failed, unreadable},
    time::to_sdk,
};

/// X-Ray refuses a longer window.
const LONGEST: SignedDuration = SignedDuration::from_hours(6);
/// A graph that takes more pages is not one that can be reasoned about.
const MAX_PAGES: usize = 10;

/// The port `Traces`.
#[derive(Debug, Clone)]
pub struct XRay {
    client: Client,
}

impl XRay {
    pub const fn new(client: Client) -> Self {
        Self { client }
    }

    pub fn from_config(config: &SdkConfig) -> Self {
        Self::new(Client::new(config))
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
        let operation = || format!("GetServiceGraph from {from} to {to}");
        let mut services = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let answer = self
                .client
                .get_service_graph()
                .start_time(to_sdk(from))
                .end_time(to_sdk(to))
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| failed(operation(), error))?;
            services.extend(answer.services.unwrap_or_default());
            token = answer.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                let (start, end) = (from.to_string(), to.to_string());
                let query = aws(["xray", "get-service-graph", "--start-time", &start, "--end-time", &end]);
                return Ok(Reading::new(query, graph(&services, account, region)));
            }
        }
        Err(unreadable(operation(), format!("it has more than {MAX_PAGES} pages")))
    }
}

/// The component that a node of this type and name stands for, in its account and region.
pub fn component(kind: &str, name: &str, region: &str, account: &str) -> Option<CallNode> {
    node::node(&Service::builder().r#type(kind).name(name).build(), region, account)
}

/// The services as components: what is several services to X-Ray, as the two sides of a function's
/// invocation, is one component here, and does not call itself.
fn graph(services: &[Service], account: &str, region: &str) -> CallGraph {
    let components: Vec<_> = services
        .iter()
        .filter_map(|service| Some((service, node::node(service, region, account)?)))
        .collect();
    let by_reference: BTreeMap<i32, String> =
        components.iter().filter_map(|(service, node)| Some((service.reference_id()?, node.id()))).collect();
    let mut calls = BTreeSet::new();
    for (service, node) in &components {
        let caller = node.id();
        let callees =
            service.edges().iter().filter_map(|edge| by_reference.get(&edge.reference_id()?)).cloned();
        calls.extend(
            callees.filter(|callee| *callee != caller).map(|callee| Call { caller: caller.clone(), callee }),
        );
    }
    let nodes: BTreeMap<_, _> = components.into_iter().map(|(_, node)| (node.id(), node)).collect();
    CallGraph { nodes: nodes.into_values().collect(), calls: calls.into_iter().collect() }
}

#[cfg(test)]
mod tests {
    use aws_sdk_xray::types::Edge;

    use super::*;

    fn service(reference: i32, kind: &str, name: &str, calls: &[i32]) -> Service {
        let edges = calls.iter().map(|callee| Edge::builder().reference_id(*callee).build()).collect();
        Service::builder().reference_id(reference).r#type(kind).name(name).set_edges(Some(edges)).build()
    }

    #[test]
    fn graph_sides_of_an_invocation_are_one_and_clients_and_unknown_references_none() {
        let services = [
            service(0, "client", "shop", &[1]),
            service(1, "AWS::Lambda", "a", &[2]),
            service(2, "AWS::Lambda::Function", "a", &[3, 4, 9]),
            service(3, "AWS::Lambda", "b", &[5]),
            service(4, "remote", "api.example.com", &[]),
            service(5, "AWS::Lambda::Function", "b", &[]),
        ];
        let graph = graph(&services, "123456789012", "eu-west-1");
        let a = "arn:aws:lambda:eu-west-1:123456789012:function:a";
        let b = "arn:aws:lambda:eu-west-1:123456789012:function:b";
        let calls: Vec<_> =
            graph.calls.iter().map(|call| (call.caller.as_str(), call.callee.as_str())).collect();
        assert_eq!(calls, [(a, b), (a, "remote api.example.com")]);
        assert_eq!(graph.nodes.len(), 3);
    }
}
