//! What was said to a model and by it, step by step.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    IncidentId,
    model::{Said, StopReason, Usage},
    money::MicroUsd,
};

/// One request and its answer. Each holds only what was said since the step before of the same line of
/// inquiry, so that all steps together are the whole conversation, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasoningStep {
    pub incident_id: IncidentId,
    pub attempt: u32,
    /// When the investigation began: one that was begun again has steps of its own.
    pub investigation: Timestamp,
    /// The line of inquiry, for example `deployment`, or `weigh`.
    pub line: String,
    /// From 1 in each line.
    pub step: u32,
    pub at: Timestamp,
    pub elapsed_ms: u64,
    /// `<bundle>@<hash>`.
    pub bundle: String,
    pub model: String,
    pub asked: Vec<Said>,
    pub answered: Vec<Said>,
    /// `None` where no answer came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<StopReason>,
    pub usage: Usage,
    pub cost: MicroUsd,
    /// What was wrong with the answer, or why there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// What asking a model came to, for the diagnosis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelUse {
    /// `<bundle>@<hash>`.
    pub bundle: String,
    pub verdict: ModelVerdict,
    pub requests: u32,
    pub tool_calls: u32,
    pub usage: Usage,
    pub cost: MicroUsd,
    /// How often each thing went wrong, by the name that the metric has too.
    #[serde(default)]
    pub problems: std::collections::BTreeMap<String, u32>,
    /// How often each kind of secret or personal data was masked before it went to the model.
    #[serde(default)]
    pub masked: std::collections::BTreeMap<String, u32>,
}

/// What the model's word was worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ModelVerdict {
    /// It named a cause that the evidence bears.
    Hypotheses,
    Abstained {
        reason: String,
    },
    /// No answer that could be used: the diagnosis is what it would be without a model.
    Unusable {
        reason: String,
    },
}
