//! Names the sources of context: what is worth knowing about an incident in words of who, what and when,
//! beside what has a shape of its own.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Arn, money::MicroUsd};

/// One source of context. A closed list: what is not here is never asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContextSource {
    /// `CodeDeploy`'s deployments of the window.
    Deployments,
    /// `CodePipeline`'s executions of the window.
    Pipelines,
    /// The events of the `CloudFormation` stacks that own the resources.
    StackEvents,
    /// The versions that were published of the functions.
    FunctionVersions,
    /// AWS Config's items: how a resource's configuration changed.
    ConfigurationItems,
    /// Summaries of X-Ray traces with faults and errors.
    FaultyTraces,
    /// Error lines counted by Logs Insights, where `FilterLogEvents` is too slow for their number.
    LogInsights,
    /// The state of what has no reader of its own, by Cloud Control.
    ResourceState,
    /// AWS Health: what AWS itself says is wrong.
    Health,
    /// RDS Performance Insights: what a database waits for.
    DatabaseLoad,
    /// Service Quotas: limits that are nearly reached.
    Quotas,
    /// Security Hub's findings about the resources.
    SecurityFindings,
}

impl ContextSource {
    pub const ALL: [Self; 12] = [
        Self::Deployments,
        Self::Pipelines,
        Self::StackEvents,
        Self::FunctionVersions,
        Self::ConfigurationItems,
        Self::FaultyTraces,
        Self::LogInsights,
        Self::ResourceState,
        Self::Health,
        Self::DatabaseLoad,
        Self::Quotas,
        Self::SecurityFindings,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deployments => "deployments",
            Self::Pipelines => "pipelines",
            Self::StackEvents => "stack_events",
            Self::FunctionVersions => "function_versions",
            Self::ConfigurationItems => "configuration_items",
            Self::FaultyTraces => "faulty_traces",
            Self::LogInsights => "log_insights",
            Self::ResourceState => "resource_state",
            Self::Health => "health",
            Self::DatabaseLoad => "database_load",
            Self::Quotas => "quotas",
            Self::SecurityFindings => "security_findings",
        }
    }
}

/// Bounds the question that a source is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    pub account: String,
    pub region: String,
    /// The symptom's own component first, then the nearest.
    pub resources: Vec<Arn>,
    /// From here to `incident_from` everything was as usual.
    pub from: Timestamp,
    pub incident_from: Timestamp,
    pub to: Timestamp,
    /// Most bytes that a query which is paid by the byte may scan.
    pub most_bytes: u64,
}

/// One thing that a source knows. Its text is the service's, or anybody's who may write there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Arn>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// One line.
    pub what: String,
}

/// The most that one look may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    pub calls: u32,
    /// Bytes that a query scans.
    pub bytes: u64,
    pub money: MicroUsd,
}
