//! Evidence: what was read, with the call that anyone could repeat, and what it showed.

mod gap;
mod read_source;
mod resource_state;
mod service_state;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    ActorKind, Arn, EvidenceId, Observation, SymptomState,
    alias_traffic::AliasTraffic,
    context_source::{ContextSource, Note},
    findings::{EngineFindings, LogTemplate, MetricDigest},
    intent::IntentSign,
    precedent::Precedent,
    sha256_hex,
    telemetry::CallGraph,
};

pub use gap::{Gap, gap_lines};
pub use read_source::{ConnectionSource, ReadSource};
pub use resource_state::{AliasState, InstanceState, ParameterState};
pub use service_state::{ServiceDeployment, ServiceState, StoppedTasks, TaskDefinitionName, TaskFailure};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    pub id: EvidenceId,
    /// The call that anyone could repeat, as an AWS CLI command.
    #[serde(rename = "query")]
    pub command: String,
    /// Says which part of the answer was not read; `None` where all of it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truncation: Option<Truncation>,
    pub observed_at: Timestamp,
    /// SHA-256 of `observed`'s JSON.
    pub digest: String,
    /// `true` where all of it is the service's own structured answer. Free text makes it untrusted.
    pub trusted: bool,
    /// True if a model chose to have it read. It tells people more and supports no action: it makes no target seen, and is
    /// no structured evidence.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub chosen_by_model: bool,
    /// One line for people.
    pub summary: String,
    pub observed: Observed,
}

impl Evidence {
    /// Evidence of a whole answer.
    pub fn new(command: String, observed_at: Timestamp, summary: String, observed: Observed) -> Self {
        let digest = sha256_hex(serde_json::to_vec(&observed).unwrap_or_default());
        Self {
            id: EvidenceId::from_parts(&[&command, &digest]),
            command,
            truncation: None,
            observed_at,
            digest,
            trusted: observed.is_structured(),
            chosen_by_model: false,
            summary,
            observed,
        }
    }

    /// The same evidence, of which `truncation` says what was not read.
    #[must_use]
    pub fn truncated(self, truncation: Option<Truncation>) -> Self {
        Self { truncation, ..self }
    }

    /// The same reading, filed apart because a model chose it: with an id of its own, so that it never stands in the place
    /// of what Nightshift read by itself.
    #[must_use]
    pub fn chosen_by_model(self) -> Self {
        let id = EvidenceId::from_parts(&[&self.command, &self.digest, "chosen by a model"]);
        Self { id, chosen_by_model: true, ..self }
    }

    /// The command as people read it: followed, as a shell comment, by what of its answer was not read.
    pub fn command_line(&self) -> String {
        match &self.truncation {
            Some(truncation) => format!("{} # {}", self.command, truncation.reason),
            None => self.command.clone(),
        }
    }
}

/// Describes what is missing of an answer that was read in part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Truncation {
    /// Says to people what is missing, and why.
    pub reason: String,
    /// The oldest instant that was read, where the newest came first and the older part is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached: Option<Timestamp>,
}

impl Truncation {
    /// A truncation that `reason` explains, and that does not follow time.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), reached: None }
    }
}

/// The answer of a read, by the kind of thing that was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Observed {
    Symptom {
        observation: Observation,
    },
    AlarmHistory {
        transitions: Vec<AlarmTransition>,
    },
    /// The resources that carry the application's tag.
    Application {
        name: String,
        resources: Vec<Arn>,
    },
    Change {
        change: Change,
    },
    Parameter {
        state: ParameterState,
    },
    Alias {
        state: AliasState,
    },
    /// The requests of an alias by Lambda's own metrics of it, and of its versions.
    AliasTraffic {
        traffic: AliasTraffic,
    },
    Instance {
        state: InstanceState,
    },
    Service {
        state: ServiceState,
    },
    /// The signs that the state of a resource is meant; none where none was found.
    Intent {
        resource: Arn,
        signs: Vec<IntentSign>,
    },
    /// The parameters that a function's environment names, by the function's ARN.
    Reads {
        function: Arn,
        parameters: Vec<Arn>,
    },
    /// The calls between components, by the names that traced programs give themselves.
    Calls {
        graph: CallGraph,
    },
    /// The functions that read queues and streams, by their event-source mappings.
    EventSources {
        graph: CallGraph,
    },
    /// The connections that load balancers and rules are configured to make. They may be hours old.
    Connections {
        graph: CallGraph,
    },
    /// Summaries of the metrics around the symptom; the samples themselves are not kept.
    Metrics {
        from: Timestamp,
        incident_from: Timestamp,
        to: Timestamp,
        period_seconds: u32,
        series: Vec<MetricDigest>,
    },
    /// The log of a function; of its lines only the templates that stand out are kept.
    Logs {
        function: Arn,
        baseline_lines: u64,
        incident_lines: u64,
        /// True if there were more lines than were read.
        truncated: bool,
        templates: Vec<LogTemplate>,
    },
    /// The engine's findings about all the telemetry.
    Engine {
        findings: EngineFindings,
    },
    /// The notes of a source of context.
    Notes {
        #[serde(rename = "provider")]
        source: ContextSource,
        notes: Vec<Note>,
    },
    /// Earlier incidents of the application, and what came of them.
    Precedents {
        precedents: Vec<Precedent>,
    },
    /// The answer of one of the team's own tools.
    TeamTool {
        tool: String,
        text: String,
    },
}

impl Observed {
    /// An alarm's history quotes its reasons, which hold text that anybody who can name an alarm
    /// writes. Traces, log lines and custom metrics are what programs say of themselves, and the
    /// engine quotes all three. Lambda alone writes the metrics of an alias: `AWS/` is reserved. Connections may be hours old. Anybody who may tag writes tags.
    const fn is_structured(&self) -> bool {
        !matches!(
            self,
            Self::AlarmHistory { .. }
                | Self::Intent { .. }
                | Self::Calls { .. }
                | Self::Metrics { .. }
                | Self::Logs { .. }
                | Self::Engine { .. }
                | Self::Connections { .. }
                | Self::Notes { .. }
                | Self::Precedents { .. }
                | Self::TeamTool { .. }
        )
    }

    /// The resources that were looked at and are there for certain.
    pub fn subjects(&self) -> Vec<&Arn> {
        match self {
            Self::Symptom { .. }
            | Self::AlarmHistory { .. }
            // Metrics outlive what they are of.
            | Self::AliasTraffic { .. }
            | Self::Calls { .. }
            | Self::Metrics { .. }
            | Self::Logs { .. }
            | Self::Engine { .. }
            | Self::Notes { .. }
            | Self::Precedents { .. }
            | Self::TeamTool { .. }
            // It may be gone by now.
            | Self::Connections { .. } => Vec::new(),
            Self::EventSources { graph } => {
                graph.nodes.iter().filter_map(|node| node.resource.as_ref()).collect()
            }
            Self::Application { resources, .. } => resources.iter().collect(),
            Self::Change { change } => vec![&change.resource],
            Self::Parameter { state } => vec![&state.arn],
            Self::Alias { state } => vec![&state.arn],
            Self::Instance { state } => vec![&state.arn],
            Self::Service { state } => vec![&state.arn],
            Self::Intent { resource, .. } => vec![resource],
            Self::Reads { function, parameters } => std::iter::once(function).chain(parameters).collect(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlarmTransition {
    pub at: Timestamp,
    pub to: SymptomState,
    pub summary: String,
}

/// One write that CloudTrail recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    pub event_id: String,
    /// The API's name without the version that some services append: `UpdateAlias`, not
    /// `UpdateAlias20150331`.
    pub event_name: String,
    pub at: Timestamp,
    /// The caller's ARN as CloudTrail wrote it.
    pub actor: String,
    /// True if one of Nightshift's own automation roles made the change.
    pub by_nightshift: bool,
    /// Unknown in records of the first version, which did not have it.
    #[serde(default)]
    pub actor_kind: ActorKind,
    pub resource: Arn,
    /// The request's parameters that the playbooks compare; never values that could be secret.
    pub request: BTreeMap<String, String>,
}
