//! Defines the telemetry of a running system: its call graph, metrics and log lines.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Arn;

/// Holds who calls whom. Node names in traces are whatever the traced program calls itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallGraph {
    pub nodes: Vec<CallNode>,
    pub calls: Vec<Call>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallNode {
    pub name: String,
    /// X-Ray's word, `AWS::Lambda::Function`.
    pub kind: String,
    /// The ARN, where name, kind, account and region determine one. An alias' node is its function.
    pub resource: Option<Arn>,
}

/// One component depends on another: it calls it, or, for a queue or a stream, is emptied by it.
/// Both are [`CallNode::id`]s.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    pub caller: String,
    pub callee: String,
}

impl CallGraph {
    /// The graph, or `None` where it has no calls.
    pub fn non_empty(self) -> Option<Self> {
        (!self.calls.is_empty()).then_some(self)
    }

    /// Says that the nodes of that name that are no resource yet are `resource`.
    pub fn identify(&mut self, name: &str, resource: &Arn) {
        let is_it = |node: &CallNode| node.resource.is_none() && node.name == name;
        let former: Vec<String> = self.nodes.iter().filter(|node| is_it(node)).map(CallNode::id).collect();
        for node in self.nodes.iter_mut().filter(|node| is_it(node)) {
            node.resource = Some(resource.clone());
        }
        for end in self.calls.iter_mut().flat_map(|call| [&mut call.caller, &mut call.callee]) {
            if former.contains(end) {
                *end = resource.to_string();
            }
        }
    }
}

impl CallNode {
    pub fn from_resource(resource: Arn, kind: &str) -> Self {
        Self { name: resource.name(), kind: kind.to_owned(), resource: Some(resource) }
    }

    /// Names the node within a graph, and the same component across graphs.
    pub fn id(&self) -> String {
        self.resource.as_ref().map_or_else(|| format!("{} {}", self.kind, self.name), Arn::to_string)
    }
}

/// Bounds the time that samples are taken from, and the seconds that each one stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampling {
    pub from: Timestamp,
    pub to: Timestamp,
    pub period_seconds: u32,
}

/// One metric's samples, by Unix second. A period without data has none.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricSeries {
    /// The resource that the metric describes; `None` for the symptom's own metric.
    pub resource: Option<Arn>,
    pub metric: String,
    pub statistic: String,
    pub samples: Vec<(i64, f64)>,
}

/// An alias whose metrics are asked for, and the versions that it may have run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasVersions {
    pub alias: Arn,
    pub versions: Vec<String>,
}

/// One metric's samples of an alias: of all its requests, or of those that one version took.
#[derive(Debug, Clone, PartialEq)]
pub struct AliasSeries {
    pub alias: Arn,
    pub executed_version: Option<String>,
    pub metric: String,
    pub statistic: String,
    /// By Unix second. A period without data has none.
    pub samples: Vec<(i64, f64)>,
}

/// A component's log lines of a window, the earliest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogLines {
    pub lines: Vec<String>,
    /// True if there were more lines than were asked for.
    pub truncated: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identify_names_the_node_and_its_calls() {
        let node = |name: &str| CallNode { name: name.to_owned(), kind: "k".to_owned(), resource: None };
        let call = Call { caller: node("shop/prod").id(), callee: node("f").id() };
        let mut graph = CallGraph { nodes: vec![node("shop/prod"), node("f")], calls: vec![call] };
        let stage: Arn = "arn:aws:apigateway:eu-west-1::/restapis/a1/stages/prod".parse().unwrap();
        graph.identify("shop/prod", &stage);
        assert_eq!(graph.nodes[0].resource.as_ref(), Some(&stage));
        assert_eq!(graph.calls, [Call { caller: stage.to_string(), callee: "k f".to_owned() }]);
    }
}
