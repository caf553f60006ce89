//! What is believed to be wrong, and why.

mod specification;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ActionId, Arn, EvidenceId, Gap, IncidentId, reasoning::ModelUse};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Diagnosis {
    pub incident_id: IncidentId,
    /// 1 for the first, one more after each remediation that did not help.
    pub attempt: u32,
    pub made_at: Timestamp,
    /// Who made it: `playbooks@<hash of the playbooks> engine@<version>`.
    pub producer: String,
    pub conclusion: Conclusion,
    /// Best first.
    pub hypotheses: Vec<Hypothesis>,
    pub ruled_out: Vec<RuledOut>,
    pub gaps: Vec<Gap>,
    /// All that was looked at.
    pub evidence: Vec<EvidenceId>,
    /// How long gathering it took, without asking a model.
    #[serde(default)]
    pub gathered_in_ms: u64,
    /// What asking a model came to; `None` where none was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelUse>,
    #[serde(default)]
    pub story: Story,
}

/// What a human needs beside the cause.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// The change that set it off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<EvidenceId>,
    /// When the symptom began, as data shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began_at: Option<Timestamp>,
    /// Oldest first.
    #[serde(default)]
    pub timeline: Vec<Moment>,
    /// What depends on the broken component, as far as calls are known; itself not included.
    #[serde(default)]
    pub blast_radius: Vec<String>,
    /// What customers notice, where data shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasting_fix: Option<LastingFix>,
}

/// Something that happened, in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    pub at: Timestamp,
    pub what: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceId>,
}

/// What would keep it from coming back, as a specification that a person or a coding agent can take as
/// it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastingFix {
    pub problem: String,
    pub evidence: Vec<EvidenceId>,
    /// Where the change belongs.
    pub place: String,
    pub change: String,
    /// What must hold afterwards.
    pub tests: Vec<String>,
    /// `nightshift`, or `<bundle>@<hash>` where a model wrote it.
    pub by: String,
}

impl Diagnosis {
    /// The hypothesis to act on.
    pub fn first(&self) -> Option<&Hypothesis> {
        self.hypotheses.first()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Conclusion {
    /// The first hypothesis is the cause.
    Explained,
    /// The symptom had gone by itself when it was looked at.
    AlreadyRecovered,
    /// Nothing explains it well enough.
    Abstained { reason: String },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hypothesis {
    pub component: Arn,
    pub failure_mode: FailureMode,
    /// One or two sentences for people.
    pub cause: String,
    /// From 0 to 1, computed, never asked for.
    pub confidence: f64,
    /// What made it: the playbook and its version, or `engine@<version>`, which proposes nothing.
    pub playbook: String,
    pub supports: Vec<EvidenceId>,
    pub contradicts: Vec<EvidenceId>,
    pub proposal: Option<Proposal>,
    /// The bundle of the model without whose word it would be worth less; such a hypothesis is never acted
    /// on unasked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raised_by: Option<String>,
}

/// What a hypothesis would have done; only the catalogue makes a plan of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    pub action: ActionId,
    pub target: Arn,
    pub parameters: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuledOut {
    pub component: Arn,
    pub playbook: String,
    pub why: String,
}

/// How something is broken: a closed list.
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
