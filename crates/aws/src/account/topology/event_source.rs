//! Reads event-source mappings and converts them to a graph: what waits in a queue or a stream waits for its function.

use std::collections::{BTreeMap, BTreeSet};

use common::{
    Arn,
    ports::PortError,
    telemetry::{Call, CallGraph, CallNode},
};
use serde::Deserialize;

use crate::signed_http::{Input, Operation, SignedClient, services::LAMBDA};

/// <https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html>
const MAPPINGS: Operation =
    Operation::at(&LAMBDA, "ListEventSourceMappings", "GET", "/2015-03-31/event-source-mappings");

/// Mappings, and where the next ones begin.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Page {
    event_source_mappings: Option<Vec<Mapping>>,
    next_marker: Option<String>,
}

/// A mapping of what waits to the function that works on it. One that Kafka feeds names no source.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Mapping {
    event_source_arn: Option<String>,
    function_arn: Option<String>,
}

impl Page {
    pub(super) fn next(&self) -> Option<&str> {
        self.next_marker.as_deref().filter(|marker| !marker.is_empty())
    }

    pub(super) fn into_mappings(self) -> Vec<Mapping> {
        self.event_source_mappings.unwrap_or_default()
    }
}

/// Reads a page of the account's and region's mappings.
pub(super) async fn page(client: &SignedClient, after: Option<&str>) -> Result<Page, PortError> {
    client.parsed(&MAPPINGS, &Input::new("").page("Marker", after)).await
}

pub(super) fn graph(mappings: &[Mapping]) -> CallGraph {
    let pairs = mappings.iter().filter_map(|mapping| {
        let source = source(mapping.event_source_arn.as_deref()?)?;
        let function = mapping.function_arn.as_deref()?.parse::<Arn>().ok()?.function()?;
        Some((
            CallNode::from_resource(source, "event source"),
            CallNode::from_resource(function, "AWS::Lambda::Function"),
        ))
    });
    let mut nodes = BTreeMap::new();
    let mut calls = BTreeSet::new();
    for (source, function) in pairs {
        calls.insert(Call { caller: source.id(), callee: function.id() });
        nodes.extend([source, function].map(|node| (node.id(), node)));
    }
    CallGraph { nodes: nodes.into_values().collect(), calls: calls.into_iter().collect() }
}

/// The source itself: a table's stream is its table, a consumer of a stream is the stream.
fn source(text: &str) -> Option<Arn> {
    let arn: Arn = text.parse().ok()?;
    let end = match arn.service() {
        "dynamodb" => "/stream/",
        "kinesis" => "/consumer/",
        _ => return Some(arn),
    };
    text.split(end).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::signed_http::garbled::garbled;

    #[test]
    fn graph_of_mappings_leads_from_the_source_to_the_function() {
        let mapping = |source: &str, function: &str| Mapping {
            event_source_arn: Some(format!("arn:aws:{source}")),
            function_arn: Some(format!("arn:aws:lambda:r:1:function:{function}")),
        };
        let graph = graph(&[
            mapping("sqs:r:1:orders", "pay:live"),
            mapping("sqs:r:1:orders", "pay"),
            mapping("dynamodb:r:1:table/orders/stream/2026-11-20T00:00:00.000", "index"),
            mapping("kinesis:r:1:stream/clicks/consumer/c:1", "count"),
            Mapping::default(),
        ]);
        let calls: Vec<_> = graph
            .calls
            .iter()
            .map(|call| format!("{} > {}", call.caller, call.callee).replace("arn:aws:", ""))
            .collect();
        assert_eq!(
            calls,
            [
                "dynamodb:r:1:table/orders > lambda:r:1:function:index",
                "kinesis:r:1:stream/clicks > lambda:r:1:function:count",
                "sqs:r:1:orders > lambda:r:1:function:pay",
            ]
        );
        assert_eq!(graph.nodes.len(), 6);
    }

    /// An answer as the API reference shows it.
    fn recorded() -> Value {
        json!({"NextMarker": "m", "EventSourceMappings": [{
            "UUID": "14e0db71-xmpl-4eb5-b481-8945cf9d10c2",
            "BatchSize": 5,
            "EventSourceArn": "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks/consumer/c:1",
            "FunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:count:live",
            "LastModified": 1_569_284_520.333,
            "State": "Enabled",
            "StateTransitionReason": "USER_INITIATED",
        }]})
    }

    #[test]
    fn graph_of_an_answer_as_documented() {
        let page: Page = serde_json::from_value(recorded()).unwrap();
        assert_eq!(page.next(), Some("m"));
        assert_eq!(super::graph(&page.into_mappings()).calls.len(), 1);
    }

    proptest! {
        #[test]
        fn mappings_of_any_answer_are_a_graph_or_an_error(answer in garbled(recorded())) {
            if let Ok(page) = serde_json::from_value::<Page>(answer) {
                let mappings = page.into_mappings();
                prop_assert!(super::graph(&mappings).calls.len() <= mappings.len());
            }
        }
    }
}
