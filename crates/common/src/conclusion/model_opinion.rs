//! Defines a model's opinion of an incident, as it was parsed from its answers.

use crate::{ActionId, Arn, Evidence, EvidenceId, FailureMode, diagnosis::LastingFix, reasoning::ModelUse};

/// Components that may be named, at most: more would only be paid for, and the nearest come first.
pub const MOST_COMPONENTS: usize = 40;

/// The opinion of a model on one incident: proposals, never facts.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelOpinion {
    pub model_use: ModelUse,
    /// Best first. Empty unless the verdict is [`crate::reasoning::ModelVerdict::Hypotheses`].
    pub hypotheses: Vec<ModelHypothesis>,
    /// The evidence that the model's tools read, whatever the verdict.
    pub evidence: Vec<Evidence>,
    pub lasting_fix: Option<LastingFix>,
    /// The effect that customers notice, in the model's words.
    pub impact: Option<String>,
}

/// One cause that the model considers possible. Component, failure mode, action and evidence are from the closed lists:
/// these are its claim, which Nightshift weighs and renders. The statement is a line of text like any other from outside,
/// and is only ever quoted.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelHypothesis {
    pub component: Arn,
    pub failure_mode: FailureMode,
    pub action: Option<ActionId>,
    pub statement: String,
    /// Never empty.
    pub supports: Vec<EvidenceId>,
    pub contradicts: Vec<EvidenceId>,
    /// From 0 to 1, as the model said it. Recorded, never used.
    pub own_confidence: f64,
}
