//! Defines the record of a conversation with a model, step by step, and its summary in the diagnosis.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    IncidentId,
    model::{ContentBlock, StopReason, Usage},
    money::MicroUsd,
};

/// One request and its response. A step holds only the blocks that were sent since the step before of the same
/// line of inquiry, so that all steps together are the whole conversation, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasoningStep {
    pub incident_id: IncidentId,
    pub attempt: u32,
    /// The time at which the investigation began, which identifies it: one that was begun again has steps of its
    /// own.
    pub investigation: Timestamp,
    /// The line of inquiry, for example `deployment`, or `weigh`.
    pub line: String,
    /// The step's number in its line of inquiry, from 1.
    pub step: u32,
    pub at: Timestamp,
    pub elapsed_ms: u64,
    /// `<bundle>@<hash>`.
    pub bundle: String,
    pub model: String,
    /// The blocks that were sent.
    pub asked: Vec<ContentBlock>,
    /// The blocks that came back.
    pub answered: Vec<ContentBlock>,
    /// `None` where no response came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<StopReason>,
    pub usage: Usage,
    pub cost: MicroUsd,
    /// The faults of the response, or the reason why there is none, by the names that the metric has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// The summary of an investigation with a model, for the diagnosis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelUse {
    /// `<bundle>@<hash>`.
    pub bundle: String,
    pub verdict: ModelVerdict,
    /// The sentence in which the model states its first cause. It is quoted where people read about the model, and
    /// nowhere else: its words are as untrusted as a log line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    pub requests: u32,
    pub tool_calls: u32,
    pub usage: Usage,
    pub cost: MicroUsd,
    /// The number of times that each fault occurred, by the name that the metric has.
    #[serde(default)]
    pub problems: std::collections::BTreeMap<String, u32>,
    /// The number of times that each kind of secret or personal data was masked before it went to the model.
    #[serde(default)]
    pub masked: std::collections::BTreeMap<String, u32>,
}

/// The result of asking the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ModelVerdict {
    /// The model named a cause, and evidence for it.
    Hypotheses,
    /// The model named no cause.
    Abstained { reason: String },
    /// There was no usable answer: the diagnosis is what it would be without a model.
    Unusable { reason: String },
}
