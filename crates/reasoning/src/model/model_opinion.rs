//! Weighs a model's opinion: a witness that can be wrong, and right. Of what is done and asked for it can only ever take
//! away:
//!
//! - what the model shares, citing evidence that shows the fault, is worth more to people, and asks for nothing that
//!   Nightshift would not have asked for without it;
//! - what the model disputes, or finds undecided, acts no more; what it disputes with evidence that shows the fault
//!   elsewhere is not even asked for;
//! - a cause that only the model names comes without an action, and is told as the cause only where the evidence that it
//!   cites shows the fault ([`FaultEvidence`]);
//! - where the model says nothing that can be used, nothing changes.

use std::collections::BTreeSet;

use common::{
    Conclusion, Evidence, EvidenceId, Hypothesis, ModelHypothesis, ModelOpinion, Signal,
    diagnosis::{HypothesisOrigin, IncidentReport, Proposal},
    reasoning::ModelVerdict,
};

use crate::{
    judgement::conclude::Assessment,
    judgement::confidence::EXPLANATION_THRESHOLD,
    model::{
        claim::is_same_claim,
        claim_text::rendered_claim,
        fault_evidence::FaultEvidence,
        stance::{MODEL_ONLY_CAP, Stance, UNSHOWN_CLAIM_CAP, weighed_confidence},
    },
};

/// Returns `assessment` as the model's opinion leaves it, where one was asked and answered. `collected` is what Nightshift
/// itself read.
pub fn apply_opinion(
    assessment: Assessment,
    opinion: Option<&ModelOpinion>,
    signal: &Signal,
    collected: &[Evidence],
) -> Assessment {
    let Some(opinion) = opinion else { return assessment };
    // There is nothing to act for, and nothing to find out.
    if matches!(assessment.conclusion, Conclusion::AlreadyRecovered | Conclusion::NoFault { .. }) {
        return assessment;
    }
    let asked_before = asked_for(&assessment.conclusion, &assessment.hypotheses).cloned();
    let bundle = &opinion.model_use.bundle;
    let evidence: Vec<&Evidence> = collected.iter().chain(&opinion.evidence).collect();
    let faults = FaultEvidence { signal, evidence: &evidence };
    let mut hypotheses = match (&opinion.model_use.verdict, opinion.hypotheses.first()) {
        (ModelVerdict::Abstained { .. }, _) => abstained_from(assessment.hypotheses),
        (ModelVerdict::Hypotheses, Some(first)) => {
            let weighed = weighed(assessment.hypotheses, first, faults.shows(first), bundle);
            with_claims(weighed, &opinion.hypotheses, faults, bundle)
        }
        (ModelVerdict::Hypotheses | ModelVerdict::Unusable { .. }, _) => return assessment,
    };
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
    // Only facts make Nightshift ask: another target, or any, is not asked for because of a model.
    if asked_for(&conclusion, &hypotheses) != asked_before.as_ref()
        && let Some(first) = hypotheses.first_mut()
    {
        first.proposal = None;
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

/// Returns the action that such a diagnosis leads to, whether it runs or is asked for.
fn asked_for<'a>(conclusion: &Conclusion, hypotheses: &'a [Hypothesis]) -> Option<&'a Proposal> {
    hypotheses.first().filter(|_| *conclusion == Conclusion::Explained)?.proposal.as_ref()
}

/// Weighs each hypothesis by the model's first claim. Where the model shares the first one, the others stay as they are.
fn weighed(
    hypotheses: Vec<Hypothesis>,
    claim: &ModelHypothesis,
    shown: bool,
    bundle: &str,
) -> Vec<Hypothesis> {
    let shared = hypotheses.iter().position(|one| is_same_claim(one, claim));
    let stances = hypotheses.into_iter().enumerate().map(|(rank, one)| {
        let stance = (shared == Some(rank)).then_some(Stance::Shares { shown });
        let disputes = (shared != Some(0)).then_some(Stance::Disputes { shown });
        (one, stance.or(disputes))
    });
    stances
        .map(|(one, stance)| {
            let cited = match stance {
                Some(Stance::Shares { .. }) => &claim.contradicts,
                _ => &claim.supports,
            };
            let contradicts = contradicting(&one, cited);
            let confidence = stance.map_or(one.confidence, |stance| {
                weighed_confidence(one.confidence, one.proposal.is_some(), stance)
            });
            let raised_by = if confidence > one.confidence { Some(bundle.to_owned()) } else { one.raised_by };
            Hypothesis { confidence, contradicts, raised_by, ..one }
        })
        .collect()
}

fn abstained_from(hypotheses: Vec<Hypothesis>) -> Vec<Hypothesis> {
    let weigh =
        |one: &Hypothesis| weighed_confidence(one.confidence, one.proposal.is_some(), Stance::Abstains);
    hypotheses.into_iter().map(|one| Hypothesis { confidence: weigh(&one), ..one }).collect()
}

/// Returns what contradicts the hypothesis, with what the model cites against it. What it cites for it is not taken over:
/// the policy asks for evidence that is no free text among what supports a proposal, and the model must not supply that.
fn contradicting(hypothesis: &Hypothesis, cited: &[EvidenceId]) -> Vec<EvidenceId> {
    let against: BTreeSet<EvidenceId> = hypothesis
        .contradicts
        .iter()
        .chain(cited)
        .filter(|id| !hypothesis.supports.contains(id))
        .cloned()
        .collect();
    against.into_iter().collect()
}

/// Adds the claims that no hypothesis makes, each without an action, and none ahead of what is still asked for.
fn with_claims(
    mut hypotheses: Vec<Hypothesis>,
    claims: &[ModelHypothesis],
    faults: FaultEvidence<'_>,
    bundle: &str,
) -> Vec<Hypothesis> {
    let asked = hypotheses
        .iter()
        .filter(|one| one.proposal.is_some() && one.confidence >= EXPLANATION_THRESHOLD)
        .map(|one| one.confidence);
    let most = asked.fold(1.0, f64::min);
    for claim in claims {
        if hypotheses.iter().any(|one| is_same_claim(one, claim)) {
            continue;
        }
        let cap = if faults.shows(claim) { MODEL_ONLY_CAP } else { UNSHOWN_CLAIM_CAP };
        hypotheses.push(Hypothesis {
            component: claim.component.clone(),
            failure_mode: claim.failure_mode,
            cause: rendered_claim(claim, faults.evidence),
            confidence: cap.min(most),
            origin: HypothesisOrigin::Model { bundle: bundle.to_owned() },
            supports: claim.supports.clone(),
            contradicts: claim.contradicts.clone(),
            proposal: None,
            raised_by: Some(bundle.to_owned()),
            raised_by_untrusted: false,
            causality: None,
        });
    }
    hypotheses
}
