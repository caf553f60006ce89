//! Draws the conclusion from the evidence: the same evidence in any order concludes the same.

use std::collections::BTreeSet;

use common::{
    Arn, Conclusion, Evidence, Hypothesis, SymptomState,
    autonomy::UNATTENDED_CONFIDENCE,
    diagnosis::{HypothesisOrigin, RuledOut, RuledOutBy},
};

use crate::{
    candidates::candidate::{Relation, candidates},
    engine::symptom_context::SymptomContext,
    evidence::evidence_index::EvidenceIndex,
    evidence::text::{SENTENCE_CHARS, one_line},
    judgement::assess::assess_candidate,
    judgement::confidence::EXPLANATION_THRESHOLD,
    judgement::engine_only::engine_only_hypothesis,
    judgement::incident_evidence::IncidentEvidence,
    judgement::rivals::ranked,
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
