//! What a model's word is worth. Pure. It is told to a human as it is; of what is done unasked it can
//! only ever take away:
//!
//! - a hypothesis that it shares and that was too weak to be told is raised as far as asking a human
//!   for it, never farther, and says so;
//! - where it blames something else, every other hypothesis that could act becomes one that asks;
//! - a cause of its own comes without an action: no playbook stands behind it;
//! - where it says nothing that can be used, nothing changes.

use std::collections::BTreeSet;

use common::{
    Conclusion, Evidence, EvidenceId, Hypothesis, ModelHypothesis, Observed, Opinion, diagnosis::Story,
};

use crate::judgement::conclude::{Findings, THRESHOLD};

/// The most that a hypothesis is worth because a model shares it: below what acts unasked.
pub const SHARED: f64 = 0.65;

/// What a cause is worth at most that the model alone names, with evidence about it that is no free text.
pub const ALONE: f64 = 0.5;

/// And without: below what explains anything.
pub const MENTIONED: f64 = 0.3;

/// What a doubt that the model raises leaves of a hypothesis that would have acted unasked.
pub const DOUBTED: f64 = 0.69;

/// How much sharing adds, as a share of what was there.
const AGREEMENT: f64 = 1.25;

/// `findings` with what the model thinks of them, where one was asked and had an answer.
pub fn weigh(findings: Findings, opinion: Option<&Opinion>, gathered: &[Evidence]) -> Findings {
    let Some(opinion) = opinion else { return findings };
    let Opinion { hypotheses: opinions, model_use, .. } = opinion;
    let Some(likeliest) = opinions.first() else { return findings };
    let bundle = &model_use.bundle;
    // Nothing to act for, and nothing to find out.
    if findings.conclusion == Conclusion::AlreadyRecovered {
        return findings;
    }
    // Where it blames another than the first, not even what it shares acts unasked in the first's place.
    let agrees = findings.hypotheses.first().is_some_and(|first| is_about(first, likeliest));
    let mut hypotheses: Vec<Hypothesis> = findings
        .hypotheses
        .into_iter()
        .map(|one| {
            let shares = is_about(&one, likeliest);
            let weighed = if shares { shared(one, likeliest, bundle) } else { doubted(one, likeliest) };
            let most = if shares && agrees { 1.0 } else { DOUBTED };
            Hypothesis { confidence: weighed.confidence.min(most), ..weighed }
        })
        .collect();
    let seen: Vec<&Evidence> = gathered.iter().chain(&opinion.evidence).collect();
    let can_act = hypotheses.iter().filter(|one| one.proposal.is_some() && one.confidence >= THRESHOLD);
    let most = can_act.map(|one| one.confidence).fold(1.0, f64::min);
    for opinion in opinions {
        if !hypotheses.iter().any(|one| one.component.component() == opinion.component.component()) {
            hypotheses.push(alone(opinion, bundle, &seen, most));
        }
    }
    // Stable: of equals the one that was there first stays ahead.
    hypotheses.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
    let mut conclusion = findings.conclusion;
    let best =
        hypotheses.first_mut().filter(|best| findings.symptom_is_there && best.confidence >= THRESHOLD);
    if let (Conclusion::Abstained { .. }, Some(best)) = (&conclusion, best) {
        // Whatever its number, without the model it would not have been told.
        best.raised_by = Some(bundle.clone());
        conclusion = Conclusion::Explained;
    }
    Findings { conclusion, hypotheses, ..findings }
}

/// The story with what the model adds where no data of ours says anything, in its own name.
pub fn told(story: Story, opinion: Option<&Opinion>) -> Story {
    let Some(Opinion { lasting_fix, impact, .. }) = opinion else { return story };
    Story {
        impact: story
            .impact
            .or_else(|| impact.as_ref().map(|impact| format!("According to the model: {impact}"))),
        lasting_fix: story.lasting_fix.or_else(|| lasting_fix.clone()),
        ..story
    }
}

fn is_about(hypothesis: &Hypothesis, opinion: &ModelHypothesis) -> bool {
    hypothesis.component.component() == opinion.component.component()
}

/// Worth more where it was too weak, and never as much as what acts unasked.
fn shared(mut hypothesis: Hypothesis, opinion: &ModelHypothesis, bundle: &str) -> Hypothesis {
    let raised = (hypothesis.confidence * AGREEMENT).min(SHARED);
    if raised > hypothesis.confidence {
        hypothesis.confidence = raised;
        hypothesis.raised_by = Some(bundle.to_owned());
    }
    contradict(&mut hypothesis, &opinion.contradicts);
    hypothesis
}

fn doubted(mut hypothesis: Hypothesis, opinion: &ModelHypothesis) -> Hypothesis {
    contradict(&mut hypothesis, &opinion.supports);
    hypothesis
}

/// What the model cites against it. What it cites for it is not taken over: the policy asks for evidence
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

/// A cause that only the model names, without an action. Where nothing but free text is about that
/// component, which anybody may have written, it is mentioned and explains nothing. It is never ahead of
/// what could be done.
fn alone(opinion: &ModelHypothesis, bundle: &str, evidence: &[&Evidence], most: f64) -> Hypothesis {
    let component = opinion.component.component();
    // That something carries the application's tag is no word about it.
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
        confidence: if structured { ALONE.min(most) } else { MENTIONED.min(most) },
        playbook: bundle.to_owned(),
        supports: opinion.supports.clone(),
        contradicts: opinion.contradicts.clone(),
        proposal: None,
        raised_by: Some(bundle.to_owned()),
    }
}
