//! Defines the result of one simulation.

use common::{ActionId, Arn, Decision, Diagnosis, FailureMode, model::Usage, money::MicroUsd};
use serde::Serialize;

use crate::Outcome;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    pub scenario: String,
    /// In autonomous mode: what policy would permit unattended.
    pub outcome: Outcome,
    /// `None` where no cause was found or there is nothing to explain.
    pub cause: Option<Cause>,
    /// The action that diagnose proposes.
    pub proposal: Option<ProposedAction>,
    pub autonomous: ModeOutcome,
    pub supervised: ModeOutcome,
    /// The number of times that the account was read.
    pub looks: u32,
    /// The reads that failed or were left out.
    pub gaps: Vec<String>,
    pub tokens: Usage,
    /// In millionths of a dollar.
    pub cost: MicroUsd,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cause {
    pub component: Arn,
    pub failure_mode: FailureMode,
    /// In thousandths, so that it reads the same everywhere.
    pub confidence: f64,
    pub sentence: String,
    pub by: String,
    /// The bundle of the model without whose opinion the cause would be less sure, or none.
    pub raised_by: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProposedAction {
    pub action: ActionId,
    pub target: Arn,
}

/// The outcome in one mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModeOutcome {
    pub outcome: Outcome,
    /// `None` where there was no plan to judge.
    pub verdict: Option<Decision>,
    pub why: String,
}

impl ModeOutcome {
    pub(crate) const fn unjudged(outcome: Outcome, why: String) -> Self {
        Self { outcome, verdict: None, why }
    }
}

impl Report {
    /// The report of an event that was not diagnosed.
    pub(crate) fn without_diagnosis(scenario: &str, ruling: &ModeOutcome) -> Self {
        Self {
            scenario: scenario.to_owned(),
            outcome: ruling.outcome,
            cause: None,
            proposal: None,
            autonomous: ruling.clone(),
            supervised: ruling.clone(),
            looks: 0,
            gaps: Vec::new(),
            tokens: Usage::default(),
            cost: MicroUsd::ZERO,
        }
    }
}

impl Cause {
    /// The first hypothesis, where the diagnosis concludes with it.
    pub(crate) fn from_diagnosis(diagnosis: &Diagnosis) -> Option<Self> {
        if diagnosis.conclusion != common::Conclusion::Explained {
            return None;
        }
        let first = diagnosis.first()?;
        Some(Self {
            component: first.component.clone(),
            failure_mode: first.failure_mode,
            confidence: (first.confidence * 1_000.0).round() / 1_000.0,
            sentence: first.cause.clone(),
            by: first.origin.to_string(),
            raised_by: first.raised_by.clone(),
        })
    }
}
