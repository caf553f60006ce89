//! From the evidence to a conclusion. Pure: the same evidence in any order concludes the same.

use std::collections::BTreeSet;

use common::{
    ActionId, Arn, Conclusion, Diagnosis, Hypothesis, SymptomState,
    diagnosis::{Proposal, RuledOut},
};

pub use crate::judgement::assess::Case;
use crate::{
    candidates::candidate::{Relation, candidates},
    candidates::resource_kind::function_of,
    engine::engine_only,
    engine::symptom_context::Around,
    evidence::evidence_index::View,
    evidence::text::{SENTENCE_CHARS, one_line},
    judgement::assess::{Assessment, assess},
    judgement::confidence::beside,
    playbooks::playbook::Playbooks,
};

/// Below this an explanation is a guess, and a guess helps nobody at night. An application's
/// resource with a fitting change and no other doubt is at 0.5 to 0.6, one with two doubts below.
pub const THRESHOLD: f64 = 0.4;

/// An action that an earlier attempt took for the same incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    pub attempt: u32,
    pub action: ActionId,
    pub target: Arn,
}

impl Tried {
    /// What an earlier diagnosis had done, if it had anything done.
    pub fn by(earlier: &Diagnosis) -> Option<Self> {
        if earlier.conclusion != Conclusion::Explained {
            return None;
        }
        let Proposal { action, target, .. } = earlier.first()?.proposal.clone()?;
        Some(Self { attempt: earlier.attempt, action, target })
    }

    pub fn find<'a>(tried: &'a [Self], proposal: &Proposal) -> Option<&'a Self> {
        tried.iter().find(|one| one.action == proposal.action && one.target == proposal.target)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Findings {
    pub conclusion: Conclusion,
    /// Best first, one for each component.
    pub hypotheses: Vec<Hypothesis>,
    /// By component.
    pub ruled_out: Vec<RuledOut>,
    /// Whether the first hypothesis is as sure as it is because of the engine's word.
    pub rests_on_engine: bool,
    /// Whether the symptom was seen to be there: only then is there something to explain.
    pub symptom_is_there: bool,
}

pub fn conclude(case: &Case<'_>, playbooks: &Playbooks) -> Findings {
    let view = View::of(case.evidence);
    let weighed = weigh(case, playbooks, &view);
    let hypotheses = if view.engine.is_none() {
        weighed.hypotheses
    } else {
        let unheard = weigh(case, playbooks, &View { engine: None, ..View::of(case.evidence) });
        held(weighed.hypotheses, &unheard.hypotheses, &weighed.suspected)
    };
    let rests_on_engine =
        hypotheses.first().is_some_and(|first| weighed.suspected.contains(&first.component));
    let conclusion = match view.symptom.map(|seen| (seen.it.state, &seen.it.summary)) {
        Some((SymptomState::Firing, _)) => explained_or_not(&hypotheses, weighed.looked_at),
        Some((SymptomState::Recovered, _)) => Conclusion::AlreadyRecovered,
        Some((SymptomState::Unknown, summary)) => {
            abstained(&format!("whether the symptom is there cannot be said ({summary})"), hypotheses.first())
        }
        None => abstained("the symptom could not be read", hypotheses.first()),
    };
    let symptom_is_there = view.symptom.is_some_and(|seen| seen.it.state == SymptomState::Firing);
    Findings { conclusion, hypotheses, ruled_out: weighed.ruled_out, rests_on_engine, symptom_is_there }
}

/// What the candidates come to.
struct Weighed {
    hypotheses: Vec<Hypothesis>,
    ruled_out: Vec<RuledOut>,
    looked_at: usize,
    /// What is, or is a part of, the component that the engine suspects first.
    suspected: BTreeSet<Arn>,
}

fn weigh(case: &Case<'_>, playbooks: &Playbooks, view: &View<'_>) -> Weighed {
    let around = Around::of(case.signal, view);
    let candidates = candidates(case.signal, view, &around, playbooks, case.own_roles);
    let mut assessments: Vec<_> =
        candidates.iter().map(|candidate| assess(case, view, &around, playbooks, candidate)).collect();
    let mut ruled_out: Vec<RuledOut> =
        assessments.iter_mut().filter_map(|assessment| assessment.ruled_out.take()).collect();
    let unaided = engine_only::hypothesis(case, view, &around, &assessments);
    // What is no cause to any playbook may be one to the engine.
    ruled_out.retain(|out| unaided.as_ref().is_none_or(|unaided| unaided.component != out.component));
    let suspected = candidates.iter().filter(|candidate| candidate.relation == Relation::Suspect);
    let suspected = suspected.map(|candidate| candidate.resource.clone()).collect();
    Weighed {
        hypotheses: ranked(&assessments, unaided.as_ref()),
        ruled_out,
        looked_at: candidates.len(),
        suspected,
    }
}

/// The engine's word may lower any hypothesis, and raise its own suspect alone: by clearing the rivals
/// of another it would raise that one on what anybody can write into traces and logs.
fn held(heard: Vec<Hypothesis>, unheard: &[Hypothesis], suspected: &BTreeSet<Arn>) -> Vec<Hypothesis> {
    let without = |component: &Arn| unheard.iter().find(|one| one.component == *component);
    let mut held: Vec<Hypothesis> = heard
        .into_iter()
        .map(|one| match without(&one.component).filter(|_| !suspected.contains(&one.component)) {
            Some(without) => Hypothesis { confidence: one.confidence.min(without.confidence), ..one },
            None => one,
        })
        .collect();
    held.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
    held
}

fn explained_or_not(hypotheses: &[Hypothesis], looked_at: usize) -> Conclusion {
    match hypotheses.first() {
        None => {
            abstained(&format!("none of the playbooks explains it; resources looked at: {looked_at}"), None)
        }
        Some(best) if best.confidence < THRESHOLD => abstained(
            &format!("the best explanation has a confidence of {:.2}, below {THRESHOLD}", best.confidence),
            Some(best),
        ),
        Some(_) => Conclusion::Explained,
    }
}

fn abstained(why: &str, best: Option<&Hypothesis>) -> Conclusion {
    let reason = match best {
        Some(best) => format!("{why}. Most likely: {}", best.cause),
        None => why.to_owned(),
    };
    Conclusion::Abstained { reason: one_line(&reason, SENTENCE_CHARS) }
}

/// Orders the hypotheses by themselves, then gives each the confidence it has beside its strongest
/// rival. That keeps the order: what takes most from the first is at most itself, and what takes
/// most from any other is at least that one.
fn ranked(assessments: &[Assessment<'_>], unaided: Option<&Hypothesis>) -> Vec<Hypothesis> {
    let of_playbooks = assessments.iter().filter_map(|assessment| {
        Some((Some(assessment.candidate.relation), assessment.hypothesis.as_ref()?))
    });
    let mut found: Vec<_> = of_playbooks.chain(unaided.map(|unaided| (None, unaided))).collect();
    // Candidates come by ARN and the sort is stable: equals stay in that order.
    found.sort_by(|(a, one), (b, other)| {
        // Of equals, what can be acted on comes first.
        let last = |relation: &Option<Relation>| (relation.is_none(), *relation);
        other.confidence.total_cmp(&one.confidence).then(last(a).cmp(&last(b)))
    });
    let beside_rivals = |(_, hypothesis): &(Option<Relation>, &Hypothesis)| Hypothesis {
        confidence: beside(
            hypothesis.confidence,
            strongest_rival(&hypothesis.component, assessments, unaided),
        ),
        ..(*hypothesis).clone()
    };
    found.iter().map(beside_rivals).collect()
}

fn strongest_rival(
    component: &Arn,
    assessments: &[Assessment<'_>],
    unaided: Option<&Hypothesis>,
) -> Option<f64> {
    let function = function_of(component);
    assessments
        .iter()
        .filter(|other| other.candidate.resource != component)
        .filter_map(|other| match &other.hypothesis {
            Some(hypothesis) => Some(hypothesis.confidence),
            // Writing code and publishing it are parts of the deployment that moves the alias.
            None if function.is_some() && function_of(other.candidate.resource) == function => None,
            None => other.unexplained,
        })
        .chain(unaided.filter(|unaided| unaided.component != *component).map(|unaided| unaided.confidence))
        .max_by(f64::total_cmp)
}
