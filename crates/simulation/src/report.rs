//! Defines the result of one simulation.

use common::{
    ActionId, Arn, Conclusion, Decision, Diagnosis, FailureMode, Hypothesis, diagnosis::HypothesisOrigin,
    model::Usage, money::MicroUsd,
};
use jiff::Timestamp;
use serde::Serialize;

use crate::Outcome;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    pub scenario: String,
    /// In autonomous mode: what policy would permit unattended.
    pub outcome: Outcome,
    /// `None` where no cause was found or there is nothing to explain.
    pub cause: Option<Cause>,
    /// The other hypotheses, best first; all of them where no cause was found.
    pub rivals: Vec<Cause>,
    /// The onset of the symptom as the engine measured it; `None` where the data shows none.
    pub onset: Option<Timestamp>,
    /// The components that the event is about.
    pub symptom_components: Vec<Arn>,
    /// The resources that call the named cause, are called by it or are read by it.
    #[serde(skip)]
    pub cause_neighbours: Vec<Arn>,
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
    pub raised_by: CauseSource,
    /// The playbook with its version, the engine with its version, or the bundle of the model.
    pub by: String,
    /// The bundle of the model without whose opinion the confidence would be lower.
    pub lifted_by: Option<String>,
}

/// The kind of maker that raised a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CauseSource {
    Playbook,
    Engine,
    Model,
}

impl CauseSource {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Playbook => "playbook",
            Self::Engine => "engine",
            Self::Model => "model",
        }
    }
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
            rivals: Vec::new(),
            onset: None,
            symptom_components: Vec::new(),
            cause_neighbours: Vec::new(),
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
    /// The first hypothesis where the diagnosis concludes with it, and the others.
    pub(crate) fn and_rivals(diagnosis: &Diagnosis) -> (Option<Self>, Vec<Self>) {
        let mut causes = diagnosis.hypotheses.iter().map(Self::from_hypothesis);
        let cause = if diagnosis.conclusion == Conclusion::Explained { causes.next() } else { None };
        (cause, causes.collect())
    }

    fn from_hypothesis(hypothesis: &Hypothesis) -> Self {
        let raised_by = match &hypothesis.origin {
            HypothesisOrigin::Playbook { .. } => CauseSource::Playbook,
            HypothesisOrigin::Engine { .. } => CauseSource::Engine,
            HypothesisOrigin::Model { .. } => CauseSource::Model,
        };
        Self {
            component: hypothesis.component.clone(),
            failure_mode: hypothesis.failure_mode,
            confidence: (hypothesis.confidence * 1_000.0).round() / 1_000.0,
            sentence: hypothesis.cause.clone(),
            raised_by,
            by: hypothesis.origin.to_string(),
            lifted_by: hypothesis.raised_by.clone(),
        }
    }
}

impl Report {
    /// The best hypothesis, whether or not the diagnosis concludes with it.
    pub fn first_place(&self) -> Option<&Cause> {
        self.cause.as_ref().or(self.rivals.first())
    }

    /// The action that would run or be asked for.
    pub fn proposed(&self) -> Option<&ProposedAction> {
        let proposes = self.autonomous.outcome.proposes() || self.supervised.outcome.proposes();
        self.proposal.as_ref().filter(|_| proposes)
    }

    /// The outcome of the mode in which more would be done.
    pub fn boldest(&self) -> Outcome {
        // Ordered from the boldest to the most cautious.
        self.autonomous.outcome.min(self.supervised.outcome)
    }
}
