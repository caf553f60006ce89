//! Defines the diagnosis of an incident: its cause, what supports it, and what people need beside it.

mod origin;
mod specification;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use origin::{HypothesisOrigin, InvalidOrigin, RuledOutBy};

use crate::{
    ActionId, Arn, EvidenceId, Gap, IncidentId, Severity, causality::Causality, reasoning::ModelUse,
};

/// Holds the result of one attempt to explain an incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Diagnosis {
    pub incident_id: IncidentId,
    /// 1 for the first, one more after each remediation that did not help.
    pub attempt: u32,
    pub made_at: Timestamp,
    /// The producer of the diagnosis: `playbooks@<hash of the playbooks> engine@<version>`.
    pub producer: String,
    pub conclusion: Conclusion,
    /// Best first.
    pub hypotheses: Vec<Hypothesis>,
    pub ruled_out: Vec<RuledOut>,
    pub gaps: Vec<Gap>,
    /// The ids of all evidence that was read.
    pub evidence: Vec<EvidenceId>,
    /// The time that collecting the evidence took, in milliseconds, without the model's part.
    #[serde(default)]
    pub gathered_in_ms: u64,
    /// The use of a model, its cost and verdict; `None` where none was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelUse>,
    /// Stored as `story`.
    #[serde(default, rename = "story", alias = "report")]
    pub report: IncidentReport,
}

/// The report that people get beside the cause: what triggered the incident, when it began, what happened in which
/// order, who is affected, and what would keep it from coming back.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IncidentReport {
    /// The evidence of the change that triggered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<EvidenceId>,
    /// The time when the symptom began, as data shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began_at: Option<Timestamp>,
    /// Oldest first.
    #[serde(default)]
    pub timeline: Vec<TimelineEntry>,
    /// The dependants of the broken component, the nearest first, as far as calls are known; itself not included.
    #[serde(default)]
    pub blast_radius: Vec<String>,
    /// The effect that customers notice; `None` where no data shows one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact: Option<String>,
    /// The severity that the measured impact calls for; `None` where no data shows one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasting_fix: Option<LastingFix>,
    /// `None` where no change is known, where it should stay, or where its record does not hold what stood there before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revert: Option<RevertCommand>,
}

/// A command of the AWS CLI with which a person takes the trigger back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevertCommand {
    pub command: String,
    /// The places in it, such as `MEMORY_SIZE_BEFORE`, that stand for a value from before the change: no evidence shows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
    /// The command instead, if the setting did not exist before the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_unset: Option<String>,
}

impl RevertCommand {
    /// Returns the command, and what has to be put in first.
    pub fn in_words(&self) -> String {
        if self.unknown.is_empty() {
            return self.command.clone();
        }
        let places = self.unknown.join(" and ");
        let otherwise = self
            .if_unset
            .as_ref()
            .map(|command| format!("; if it was not set: {command}"))
            .unwrap_or_default();
        format!(
            "{} (for {places} put in what it was before the change: no evidence shows it{otherwise})",
            self.command
        )
    }
}

/// One line of the timeline: something that happened, and what shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimelineEntry {
    pub at: Timestamp,
    pub what: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceId>,
}

/// The permanent fix, which would keep the incident from coming back: a specification that a person or a coding agent
/// can take as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastingFix {
    pub problem: String,
    pub evidence: Vec<EvidenceId>,
    /// The place where the change belongs.
    pub place: String,
    pub change: String,
    /// The conditions that must hold afterwards.
    pub tests: Vec<String>,
    /// `nightshift`, or `<bundle>@<hash>` where a model wrote it.
    pub by: String,
}

impl Diagnosis {
    /// Returns the likeliest hypothesis: the one to act on, if any.
    pub fn first(&self) -> Option<&Hypothesis> {
        self.hypotheses.first()
    }
}

/// The outcome of a diagnosis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Conclusion {
    /// The first hypothesis is the cause.
    Explained,
    /// The symptom had gone by itself when it was looked at.
    AlreadyRecovered,
    /// No fault was found: the state that was reported is meant or usual, for this reason.
    NoFault { reason: String },
    /// No hypothesis explains the incident well enough.
    Abstained { reason: String },
}

/// A possible cause, with its confidence and the evidence for and against it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hypothesis {
    pub component: Arn,
    pub failure_mode: FailureMode,
    /// One or two sentences for people.
    pub cause: String,
    /// From 0 to 1, computed, never asked for.
    pub confidence: f64,
    /// The playbook, engine or model that made it. Stored as `playbook`.
    #[serde(rename = "playbook", alias = "origin")]
    pub origin: HypothesisOrigin,
    pub supports: Vec<EvidenceId>,
    pub contradicts: Vec<EvidenceId>,
    pub proposal: Option<Proposal>,
    /// The bundle of the model without whose opinion the confidence would be lower; such a hypothesis is never acted
    /// on unattended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raised_by: Option<String>,
    /// True if evidence that outsiders may write, such as metrics, traces and logs, lifted the confidence to what acts
    /// unattended: without it a person would be asked. Such a hypothesis is never acted on unattended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub raised_by_untrusted: bool,
    /// The answers that tell this cause from a coincidence; `None` where nobody asked: the engine's and a model's own
    /// causes, and records of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causality: Option<Causality>,
}

/// The action that a hypothesis calls for. Only the catalogue makes a plan of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    pub action: ActionId,
    pub target: Arn,
    pub parameters: BTreeMap<String, String>,
}

/// A component that was considered and is not the cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuledOut {
    pub component: Arn,
    /// The rule that took it out. Stored as `playbook`.
    #[serde(rename = "playbook", alias = "by")]
    pub by: RuledOutBy,
    pub why: String,
}

/// The way in which a component is broken: a closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureMode {
    BadConfiguration,
    BadDeployment,
    Stopped,
    Capacity,
    Dependency,
    Permissions,
    /// It answers, and takes too long.
    Slow,
    /// It answers with errors.
    Failing,
    Cpu,
    Memory,
    Disk,
    /// Connections, threads or concurrent executions are used up.
    Connections,
    /// It refuses requests because a limit was reached.
    Throttled,
    /// It takes far more requests than usual.
    Overload,
    /// Work piles up before it.
    Backlog,
    Unknown,
}

impl FailureMode {
    pub const ALL: [Self; 16] = [
        Self::BadConfiguration,
        Self::BadDeployment,
        Self::Stopped,
        Self::Capacity,
        Self::Dependency,
        Self::Permissions,
        Self::Slow,
        Self::Failing,
        Self::Cpu,
        Self::Memory,
        Self::Disk,
        Self::Connections,
        Self::Throttled,
        Self::Overload,
        Self::Backlog,
        Self::Unknown,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadConfiguration => "bad_configuration",
            Self::BadDeployment => "bad_deployment",
            Self::Stopped => "stopped",
            Self::Capacity => "capacity",
            Self::Dependency => "dependency",
            Self::Permissions => "permissions",
            Self::Slow => "slow",
            Self::Failing => "failing",
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Disk => "disk",
            Self::Connections => "connections",
            Self::Throttled => "throttled",
            Self::Overload => "overload",
            Self::Backlog => "backlog",
            Self::Unknown => "unknown",
        }
    }
}
