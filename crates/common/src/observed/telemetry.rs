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

/// A component's log lines of a window, the earliest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogLines {
    pub lines: Vec<String>,
    /// True if there were more lines than were asked for.
    pub truncated: bool,
}
