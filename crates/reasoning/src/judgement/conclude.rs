//! Draws the conclusion from the evidence: the same evidence in any order concludes the same.

use std::collections::BTreeSet;

use common::{
    Arn, Conclusion, Evidence, Hypothesis, SymptomState,
    autonomy::UNATTENDED_CONFIDENCE,
    causality::Rival,
    diagnosis::{HypothesisOrigin, RuledOut, RuledOutBy},
};

use crate::{
    candidates::candidate::{Relation, candidates},
    engine::symptom_context::SymptomContext,
    evidence::evidence_index::EvidenceIndex,
    evidence::text::{SENTENCE_CHARS, one_line},
    judgement::assess::{CandidateAssessment, assess_candidate},
    judgement::confidence::{EXPLANATION_THRESHOLD, against_rival},
    judgement::engine_only::{EngineOnly, engine_only_hypothesis},
    judgement::incident_evidence::IncidentEvidence,
    judgement::verdict::{no_fault, verdict},
    playbooks::playbook::Playbooks,
};

/// The conclusion about one incident, with all that it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    pub conclusion: Conclusion,
    /// Best first, one for each component.
    pub hypotheses: Vec<Hypothesis>,
    /// By component.
    pub ruled_out: Vec<RuledOut>,
    /// True if the confidence of the first hypothesis rests on the engine's verdict.
    pub rests_on_engine: bool,
    /// True if the symptom was observed and is no planned state: only then is there something to explain.
    pub symptom_is_there: bool,
}

/// Concludes from the evidence of one incident: weighs every candidate against its rivals, and explains the incident or
/// abstains.
///
/// ```
/// use common::{Conclusion, Observed, OwnRoles};
/// use fakes::{sample, sample_evidence as builders};
/// use reasoning::{
///     judgement::{conclude::conclude, incident_evidence::IncidentEvidence},
///     playbooks::playbook::Playbooks,
/// };
///
/// // An alarm on a function whose alias was moved from version 2 to 3 three minutes before.
/// let moved = builders::change(&builders::alias(), "UpdateAlias", builders::before(3));
/// let evidence = [
///     Observed::Symptom { observation: builders::firing() },
///     builders::alias_state("3", Some("2")),
///     Observed::Change { change: moved },
/// ]
/// .map(builders::evidence);
/// let case = IncidentEvidence {
///     signal: &sample::alarm_signal("event-1", "checkout-errors"),
///     evidence: &evidence,
///     gaps: &[],
///     own_roles: &OwnRoles::default(),
///     attempted: &[],
/// };
///
/// let assessment = conclude(&case, &Playbooks::shipped()?);
///
/// assert_eq!(assessment.conclusion, Conclusion::Explained);
/// let first = &assessment.hypotheses[0];
/// assert_eq!(first.origin.to_string(), "lambda-alias-moved@2");
/// assert!(first.cause.starts_with("Alias live of function checkout was moved from version 2 to 3 by "));
/// assert!(first.confidence > common::autonomy::UNATTENDED_CONFIDENCE);
/// # Ok::<(), reasoning::playbooks::playbook::InvalidPlaybook>(())
/// ```
pub fn conclude(case: &IncidentEvidence<'_>, playbooks: &Playbooks) -> Assessment {
    let index = EvidenceIndex::new(case.evidence);
    let weighed = weigh(case, playbooks, &index);
    let hypotheses = if index.engine.is_none() {
        weighed.hypotheses
    } else {
        let without_engine =
            weigh(case, playbooks, &EvidenceIndex { engine: None, ..EvidenceIndex::new(case.evidence) });
        capped(weighed.hypotheses, &without_engine.hypotheses, &weighed.suspected)
    };
    let hypotheses = marked(case, playbooks, hypotheses);
    let rests_on_engine =
        hypotheses.first().is_some_and(|first| weighed.suspected.contains(&first.component));
    let is_firing = index.symptom.is_some_and(|seen| seen.fact.state == SymptomState::Firing);
    if let Some(reason) = weighed.planned_stop.as_ref().filter(|_| is_firing) {
        // The symptom is what was planned: nothing is left that anything else would explain.
        let ruled_out =
            weighed.ruled_out.into_iter().chain(hypotheses.iter().map(|one| unneeded(one, reason)));
        return Assessment {
            conclusion: no_fault(reason),
            hypotheses: Vec::new(),
            ruled_out: ruled_out.collect(),
            rests_on_engine: false,
            symptom_is_there: false,
        };
    }
    let conclusion = verdict(case, &index, &hypotheses, weighed.looked_at);
    let hypotheses = match conclusion {
        Conclusion::Explained if !is_firing => without_proposals(hypotheses),
        _ => hypotheses,
    };
    let ruled_out = weighed.ruled_out;
    Assessment { conclusion, hypotheses, ruled_out, rests_on_engine, symptom_is_there: is_firing }
}

/// Returns `hypothesis` as what is not asked for beside a planned stop.
fn unneeded(hypothesis: &Hypothesis, why: &str) -> RuledOut {
    let by = match &hypothesis.origin {
        HypothesisOrigin::Playbook { id, version } => {
            RuledOutBy::Playbook { id: id.clone(), version: *version }
        }
        HypothesisOrigin::Engine { version } => RuledOutBy::Engine { version: version.clone() },
        HypothesisOrigin::Model { .. } => RuledOutBy::NoPlaybook,
    };
    let why = one_line(&format!("there is no fault that it would explain: {why}"), SENTENCE_CHARS);
    RuledOut { component: hypothesis.component.clone(), by, why }
}

/// Takes the proposals out: what nobody sees to be broken is not put right.
fn without_proposals(hypotheses: Vec<Hypothesis>) -> Vec<Hypothesis> {
    hypotheses.into_iter().map(|one| Hypothesis { proposal: None, ..one }).collect()
}

/// The candidates, weighed against each other.
struct WeighedCandidates {
    hypotheses: Vec<Hypothesis>,
    ruled_out: Vec<RuledOut>,
    looked_at: usize,
    /// The resources that are, or are a part of, the component that the engine suspects first.
    suspected: BTreeSet<Arn>,
    /// The reason for which nothing is broken, if the symptom is a planned stop.
    planned_stop: Option<String>,
}

fn weigh(case: &IncidentEvidence<'_>, playbooks: &Playbooks, index: &EvidenceIndex<'_>) -> WeighedCandidates {
    let context = SymptomContext::new(case.signal, index);
    let candidates = candidates(case.signal, index, &context, playbooks, case.own_roles);
    let mut assessments: Vec<_> = candidates
        .iter()
        .map(|candidate| assess_candidate(case, index, &context, playbooks, candidate))
        .collect();
    let mut ruled_out: Vec<RuledOut> =
        assessments.iter_mut().filter_map(|assessment| assessment.ruled_out.take()).collect();
    let engine_only = engine_only_hypothesis(case, index, &context, &assessments);
    // What is no cause to any playbook may be one to the engine.
    let by_candidates = ranked(&assessments, engine_only.as_ref(), false);
    let told = engine_only.as_ref().filter(|engine_only| {
        // What a candidate explains too weakly to be told is told as the engine found it.
        !by_candidates.iter().any(|one| {
            engine_only.explained_by.contains(&one.component) && one.confidence >= EXPLANATION_THRESHOLD
        })
    });
    ruled_out.retain(|out| told.is_none_or(|told| told.hypothesis.component != out.component));
    let suspected = candidates.iter().filter(|candidate| candidate.relation == Relation::Suspect);
    let suspected = suspected.map(|candidate| candidate.resource.clone()).collect();
    let planned_stop = assessments.iter().find_map(|one| one.planned_stop.clone());
    WeighedCandidates {
        hypotheses: match told {
            Some(_) => ranked(&assessments, engine_only.as_ref(), true),
            None => by_candidates,
        },
        ruled_out,
        looked_at: candidates.len(),
        suspected,
        planned_stop,
    }
}

/// Caps each hypothesis at what it is worth without the engine. The engine's verdict may lower any hypothesis, and raise
/// its own suspect alone: by clearing the rivals of another it would raise that one on what anybody can write into traces
/// and logs.
fn capped(
    with_engine: Vec<Hypothesis>,
    without_engine: &[Hypothesis],
    suspected: &BTreeSet<Arn>,
) -> Vec<Hypothesis> {
    let without = |component: &Arn| without_engine.iter().find(|one| one.component == *component);
    let mut capped: Vec<Hypothesis> = with_engine
        .into_iter()
        .map(|one| match without(&one.component).filter(|_| !suspected.contains(&one.component)) {
            Some(without) => Hypothesis { confidence: one.confidence.min(without.confidence), ..one },
            None => one,
        })
        .collect();
    capped.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
    capped
}

/// Marks each hypothesis that acts unattended only because of evidence that outsiders may write: whoever may put
/// metrics, trace segments or log lines would otherwise choose what is done. What counts is what the trusted evidence
/// alone concludes.
fn marked(
    case: &IncidentEvidence<'_>,
    playbooks: &Playbooks,
    hypotheses: Vec<Hypothesis>,
) -> Vec<Hypothesis> {
    let acts = |one: &Hypothesis| one.confidence >= UNATTENDED_CONFIDENCE;
    if !hypotheses.iter().any(acts) {
        return hypotheses;
    }
    let trusted: Vec<Evidence> = case.evidence.iter().filter(|one| one.trusted).cloned().collect();
    let case = IncidentEvidence { evidence: &trusted, ..*case };
    let by_trusted = weigh(&case, playbooks, &EvidenceIndex::new(&trusted)).hypotheses;
    let holds = |one: &Hypothesis| {
        by_trusted
            .iter()
            .any(|other| other.component == one.component && other.proposal == one.proposal && acts(other))
    };
    hypotheses
        .into_iter()
        .map(|one| Hypothesis { raised_by_untrusted: acts(&one) && !holds(&one), ..one })
        .collect()
}

/// Orders the hypotheses by their own scores, then gives each the confidence it has beside its strongest
/// rival. That keeps the order: what takes most from the first is at most itself, and what takes
/// most from any other is at least that one. The engine's own is among them where `is_told` is true, and a rival in any case.
fn ranked(
    assessments: &[CandidateAssessment<'_>],
    engine_only: Option<&EngineOnly>,
    is_told: bool,
) -> Vec<Hypothesis> {
    let of_playbooks = assessments.iter().filter_map(|assessment| {
        Some((Some(assessment.candidate.relation), assessment.hypothesis.as_ref()?))
    });
    let told = engine_only.filter(|_| is_told);
    let mut found: Vec<_> = of_playbooks.chain(told.map(|told| (None, &told.hypothesis))).collect();
    // Candidates come by ARN and the sort is stable: equals stay in that order.
    found.sort_by(|(a, one), (b, other)| {
        // Of equals, what can be acted on comes first.
        let last = |relation: &Option<Relation>| (relation.is_none(), *relation);
        other.confidence.total_cmp(&one.confidence).then(last(a).cmp(&last(b)))
    });
    let against_rivals = |(_, hypothesis): &(Option<Relation>, &Hypothesis)| {
        let rival = strongest_rival(&hypothesis.component, assessments, engine_only);
        let alike = measured_alike(hypothesis, assessments);
        let mut beside_rival = (*hypothesis).clone();
        beside_rival.confidence = against_rival(hypothesis.confidence, rival.map(|(_, score)| score));
        if let Some(causality) = &mut beside_rival.causality {
            causality.rival = match (alike, rival) {
                (Some(component), _) => {
                    let behind = rival.map_or(0.0, |(_, score)| hypothesis.confidence - score);
                    Some(Rival { component: component.clone(), margin: behind.min(0.0) })
                }
                (None, Some((component, score))) => {
                    Some(Rival { component: component.clone(), margin: hypothesis.confidence - score })
                }
                (None, None) => None,
            };
        }
        beside_rival
    };
    found.iter().map(against_rivals).collect()
}

/// Returns another component whose fault began with its own change too, if that is what speaks for `hypothesis`: one run of
/// a pipeline may change both, and no measurement tells which of the two breaks the other.
fn measured_alike<'a>(
    hypothesis: &Hypothesis,
    assessments: &'a [CandidateAssessment<'_>],
) -> Option<&'a Arn> {
    let function = hypothesis.component.function();
    let is_it =
        |other: &Arn| *other == hypothesis.component || (function.is_some() && other.function() == function);
    let own = assessments.iter().find(|one| *one.candidate.resource == hypothesis.component)?;
    assessments
        .iter()
        .filter(|other| own.discriminates && other.discriminates && !is_it(other.candidate.resource))
        // What is ruled out otherwise is none.
        .find(|other| other.hypothesis.is_some() || other.unexplained.is_some())
        .map(|other| other.candidate.resource)
}

/// Returns the highest score that speaks for another component than this one, with that component.
fn strongest_rival<'a>(
    component: &Arn,
    assessments: &'a [CandidateAssessment<'_>],
    engine_only: Option<&'a EngineOnly>,
) -> Option<(&'a Arn, f64)> {
    let function = component.function();
    assessments
        .iter()
        .filter(|other| other.candidate.resource != component)
        .filter_map(|other| {
            let score = match &other.hypothesis {
                Some(hypothesis) => Some(hypothesis.confidence),
                // Writing code and publishing it are parts of the deployment that moves the alias.
                None if function.is_some() && other.candidate.resource.function() == function => None,
                None => other.unexplained,
            };
            Some((other.candidate.resource, score?))
        })
        .chain(
            engine_only
                .filter(|engine_only| !engine_only.explained_by.contains(component))
                .map(|engine_only| &engine_only.hypothesis)
                .filter(|hypothesis| hypothesis.component != *component)
                .map(|hypothesis| (&hypothesis.component, hypothesis.confidence)),
        )
        .max_by(|(_, one), (_, other)| one.total_cmp(other))
}
