//! Weighs a model's opinion. People are told it as it is; of what is done unattended it can only ever take
//! away:
//!
//! - a hypothesis that the model shares and that was too weak is raised as far as asking a person for its action, never
//!   farther, and says so;
//! - where the model names another cause, every other hypothesis that could act becomes one that asks;
//! - a cause that only the model names comes without an action: no playbook supports it;
//! - where the model says nothing that can be used, nothing changes.

use std::collections::BTreeSet;

use common::{
    Conclusion, Evidence, EvidenceId, Hypothesis, ModelHypothesis, ModelOpinion, Observed,
    autonomy::{JUST_BELOW_UNATTENDED, UNATTENDED_CONFIDENCE},
    diagnosis::{HypothesisOrigin, IncidentReport},
};

use crate::judgement::conclude::{Assessment, EXPLANATION_THRESHOLD};

/// The most confidence that a hypothesis can reach because a model shares it: below what acts unattended.
pub const SHARED_CAUSE_CAP: f64 = 0.65;
const _: () = assert!(SHARED_CAUSE_CAP < UNATTENDED_CONFIDENCE);

/// The most confidence in a cause that only the model names, with evidence about it that is no free text.
pub const MODEL_ONLY_CAP: f64 = 0.5;

/// The most confidence in a cause that only the model names, where all evidence about it is free text: below what explains
/// anything.
pub const FREE_TEXT_ONLY_CAP: f64 = 0.3;
const _: () = assert!(FREE_TEXT_ONLY_CAP < EXPLANATION_THRESHOLD);

/// The factor by which agreement of the model raises a confidence.
const AGREEMENT_FACTOR: f64 = 1.25;

/// Returns `assessment` as the model's opinion leaves it, where one was asked and answered.
pub fn apply_opinion(
    assessment: Assessment,
    opinion: Option<&ModelOpinion>,
    gathered: &[Evidence],
) -> Assessment {
    let Some(opinion) = opinion else { return assessment };
    let ModelOpinion { hypotheses: opinions, model_use, .. } = opinion;
    let Some(likeliest) = opinions.first() else { return assessment };
    let bundle = &model_use.bundle;
    // There is nothing to act for, and nothing to find out.
    if assessment.conclusion == Conclusion::AlreadyRecovered {
        return assessment;
    }
    // Where the model names another cause than the first, not even what it shares acts unattended in the first's place.
    let agrees = assessment.hypotheses.first().is_some_and(|first| is_about(first, likeliest));
    let mut hypotheses: Vec<Hypothesis> = assessment
        .hypotheses
        .into_iter()
        .map(|one| {
            let shares = is_about(&one, likeliest);
            let weighed = if shares { agreed(one, likeliest, bundle) } else { disputed(one, likeliest) };
            let most = if shares && agrees { 1.0 } else { JUST_BELOW_UNATTENDED };
            Hypothesis { confidence: weighed.confidence.min(most), ..weighed }
        })
        .collect();
    let seen: Vec<&Evidence> = gathered.iter().chain(&opinion.evidence).collect();
    let can_act =
        hypotheses.iter().filter(|one| one.proposal.is_some() && one.confidence >= EXPLANATION_THRESHOLD);
    let most = can_act.map(|one| one.confidence).fold(1.0, f64::min);
    for opinion in opinions {
        if !hypotheses.iter().any(|one| one.component.component() == opinion.component.component()) {
            hypotheses.push(model_only(opinion, bundle, &seen, most));
        }
    }
    // Stable: of equals the one that was there first stays ahead.
    hypotheses.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
    let mut conclusion = assessment.conclusion;
    let best = hypotheses
        .first_mut()
        .filter(|best| assessment.symptom_is_there && best.confidence >= EXPLANATION_THRESHOLD);
    if let (Conclusion::Abstained { .. }, Some(best)) = (&conclusion, best) {
        // Whatever its confidence, without the model it would not have explained anything.
        best.raised_by = Some(bundle.clone());
        conclusion = Conclusion::Explained;
    }
    Assessment { conclusion, hypotheses, ..assessment }
}

/// Returns the report with the model's impact and permanent fix where no data of ours shows one, marked as the model's.
pub fn add_to_report(report: IncidentReport, opinion: Option<&ModelOpinion>) -> IncidentReport {
    let Some(ModelOpinion { lasting_fix, impact, .. }) = opinion else { return report };
    IncidentReport {
        impact: report
            .impact
            .or_else(|| impact.as_ref().map(|impact| format!("According to the model: {impact}"))),
        lasting_fix: report.lasting_fix.or_else(|| lasting_fix.clone()),
        ..report
    }
}

/// Returns true if both name the same component.
fn is_about(hypothesis: &Hypothesis, opinion: &ModelHypothesis) -> bool {
    hypothesis.component.component() == opinion.component.component()
}

/// Raises what was too weak, and never as far as what acts unattended.
fn agreed(mut hypothesis: Hypothesis, opinion: &ModelHypothesis, bundle: &str) -> Hypothesis {
    let raised = (hypothesis.confidence * AGREEMENT_FACTOR).min(SHARED_CAUSE_CAP);
    if raised > hypothesis.confidence {
        hypothesis.confidence = raised;
        hypothesis.raised_by = Some(bundle.to_owned());
    }
    contradict(&mut hypothesis, &opinion.contradicts);
    hypothesis
}

/// Lowers nothing by itself: records what the model cites for another cause as evidence against this one.
fn disputed(mut hypothesis: Hypothesis, opinion: &ModelHypothesis) -> Hypothesis {
    contradict(&mut hypothesis, &opinion.supports);
    hypothesis
}

/// Adds what the model cites against it. What it cites for it is not taken over: the policy asks for evidence
/// that is no free text among what supports a proposal, and the model must not supply that.
fn contradict(hypothesis: &mut Hypothesis, cited: &[EvidenceId]) {
    let against: BTreeSet<EvidenceId> = hypothesis
        .contradicts
        .iter()
        .chain(cited)
        .filter(|id| !hypothesis.supports.contains(id))
        .cloned()
        .collect();
    hypothesis.contradicts = against.into_iter().collect();
}

/// Returns the hypothesis of a cause that only the model names, without an action. Where nothing but free text is about
/// that component, which anybody may have written, it is listed and explains nothing. It is never ahead of a cause that
/// can be acted on.
fn model_only(opinion: &ModelHypothesis, bundle: &str, evidence: &[&Evidence], most: f64) -> Hypothesis {
    let component = opinion.component.component();
    // The application's tag on it says nothing about it.
    let is_about = |one: &Evidence| {
        !matches!(one.observed, Observed::Application { .. })
            && one.observed.subjects().iter().any(|subject| subject.component() == component)
    };
    let structured =
        evidence.iter().any(|one| one.trusted && opinion.supports.contains(&one.id) && is_about(one));
    Hypothesis {
        component: opinion.component.clone(),
        failure_mode: opinion.failure_mode,
        cause: opinion.cause.clone(),
        confidence: if structured { MODEL_ONLY_CAP.min(most) } else { FREE_TEXT_ONLY_CAP.min(most) },
        origin: HypothesisOrigin::Model { bundle: bundle.to_owned() },
        supports: opinion.supports.clone(),
        contradicts: opinion.contradicts.clone(),
        proposal: None,
        raised_by: Some(bundle.to_owned()),
        raised_by_untrusted: false,
        causality: None,
    }
}
