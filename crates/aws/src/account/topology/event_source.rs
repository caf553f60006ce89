//! Converts event-source mappings to a graph: what waits in a queue or a stream waits for its function.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_lambda::types::EventSourceMappingConfiguration;
use common::{
    Arn,
    telemetry::{Call, CallGraph, CallNode},
};

pub(super) fn graph(mappings: &[EventSourceMappingConfiguration]) -> CallGraph {
    let pairs = mappings.iter().filter_map(|mapping| {
        let source = source(mapping.event_source_arn()?)?;
        let function = mapping.function_arn()?.parse::<Arn>().ok()?.function()?;
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
    use super::*;

    #[test]
    fn graph_of_mappings_leads_from_the_source_to_the_function() {
        let mapping = |source: &str, function: &str| {
            EventSourceMappingConfiguration::builder()
                .event_source_arn(format!("arn:aws:{source}"))
                .function_arn(format!("arn:aws:lambda:r:1:function:{function}"))
                .build()
        };
        let graph = graph(&[
            mapping("sqs:r:1:orders", "pay:live"),
            mapping("sqs:r:1:orders", "pay"),
            mapping("dynamodb:r:1:table/orders/stream/2026-11-20T00:00:00.000", "index"),
            mapping("kinesis:r:1:stream/clicks/consumer/c:1", "count"),
            EventSourceMappingConfiguration::builder().build(),
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
}
