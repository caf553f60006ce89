use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ContextSource;

/// Names the further sources of connections, beside traces, tags and event sources. A closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionSource {
    /// The `CloudFormation` stacks that created resources. Only the stacks of the resources asked for are read.
    Stacks,
    /// Load balancers, their target groups and targets. All of the account and region.
    LoadBalancers,
    /// `EventBridge`'s rules and what they start. All of the account and region.
    Rules,
    /// The resources that the roles of functions and services name in their permissions. Only the roles of the
    /// resources asked for are read.
    Permissions,
}

impl ConnectionSource {
    pub const ALL: [Self; 4] = [Self::Stacks, Self::LoadBalancers, Self::Rules, Self::Permissions];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stacks => "stacks",
            Self::LoadBalancers => "load_balancers",
            Self::Rules => "rules",
            Self::Permissions => "permissions",
        }
    }
}

/// A source that a diagnosis, or a map, reads. A closed list: every read names its source where it is
/// made, so that nothing has to be found out from a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadSource {
    /// A gap that was stored before gaps named their sources.
    #[default]
    Unrecorded,
    /// The present state of the symptom.
    Symptom,
    AlarmHistory,
    /// The application that the tags of the signal's resources name.
    ApplicationTag,
    /// The resources that carry the application's tag.
    ApplicationResources,
    /// The parameters that a function's environment names.
    FunctionEnvironment,
    /// The changes of the hour that is judged.
    Changes,
    /// The changes that set what an alias or a service points to.
    TargetChanges,
    ResourceState,
    /// The tags of a resource that may be acted on.
    ResourceTags,
    /// The changes of a resource in the fortnight before.
    Habit,
    /// The security findings about a resource that may be acted on.
    SecurityFindings,
    Traces,
    EventSources,
    Metrics,
    /// The metrics of changed aliases, and of the versions that they run.
    AliasMetrics,
    Logs,
    /// An optional source of context.
    Context(ContextSource),
    Connections(ConnectionSource),
    /// A map that was drawn before.
    TopologyCache,
    /// The call graph around the symptom, of which only so much is kept.
    CallGraph,
    TeamKnowledge,
    KnowledgeBase,
    TeamTools,
    /// Earlier incidents of the application.
    Precedents,
    /// The evidence that a model's assessment rests on.
    ModelEvidence,
    /// An optional setting, by the name of its variable.
    Configuration(String),
}

impl ReadSource {
    /// Returns `true` for a gap that was stored before gaps named their source.
    pub const fn is_unrecorded(&self) -> bool {
        matches!(self, Self::Unrecorded)
    }

    /// Returns true if conclusions never rest on this source. Connections count as context except where the
    /// reader says otherwise.
    pub const fn is_context(&self) -> bool {
        matches!(
            self,
            Self::Context(_)
                | Self::Connections(_)
                | Self::TopologyCache
                | Self::TeamKnowledge
                | Self::KnowledgeBase
                | Self::TeamTools
                | Self::Precedents
                | Self::ModelEvidence
                | Self::Configuration(_)
        )
    }
}

impl fmt::Display for ReadSource {
    /// The source as an engineer calls it: by its AWS service where that is the usual name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unrecorded => "Unknown source",
            Self::Symptom => "Symptom",
            Self::AlarmHistory => "Alarm history",
            Self::ApplicationTag => "Application tag",
            Self::ApplicationResources => "Application resources",
            Self::FunctionEnvironment => "Function environment",
            Self::Changes => "Changes",
            Self::TargetChanges => "Earlier deployments",
            Self::ResourceState => "Resource state",
            Self::ResourceTags => "Resource tags",
            Self::Habit => "Changes of two weeks",
            Self::SecurityFindings => "Open security findings",
            Self::Traces => "Traces",
            Self::EventSources => "Event sources",
            Self::Metrics => "Metrics",
            Self::AliasMetrics => "Metrics of aliases",
            Self::Logs => "Logs",
            Self::Context(provider) => service(*provider),
            Self::Connections(ConnectionSource::Stacks) => "CloudFormation stacks",
            Self::Connections(ConnectionSource::LoadBalancers) => "Load balancers",
            Self::Connections(ConnectionSource::Rules) => "EventBridge rules",
            Self::Connections(ConnectionSource::Permissions) => "Role permissions",
            Self::TopologyCache => "Topology",
            Self::CallGraph => "Call graph",
            Self::TeamKnowledge => "Team knowledge",
            Self::KnowledgeBase => "Knowledge base",
            Self::TeamTools => "Team tools",
            Self::Precedents => "Earlier incidents",
            Self::ModelEvidence => "Model assessment",
            Self::Configuration(name) => return write!(f, "Configuration {name}"),
        })
    }
}

const fn service(provider: ContextSource) -> &'static str {
    match provider {
        ContextSource::Deployments => "CodeDeploy",
        ContextSource::Pipelines => "CodePipeline",
        ContextSource::StackEvents => "CloudFormation events",
        ContextSource::FunctionVersions => "Lambda versions",
        ContextSource::ConfigurationItems => "AWS Config",
        ContextSource::FaultyTraces => "X-Ray traces",
        ContextSource::LogInsights => "Logs Insights",
        ContextSource::ResourceState => "Cloud Control",
        ContextSource::Health => "AWS Health",
        ContextSource::DatabaseLoad => "Performance Insights",
        ContextSource::Quotas => "Service Quotas",
        ContextSource::SecurityFindings => "Security Hub",
    }
}
