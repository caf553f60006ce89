//! Assesses each candidate: a hypothesis, or why it is none.

use common::{
    Hypothesis,
    causality::{Causality, Discrimination},
    diagnosis::{RuledOut, RuledOutBy},
};
use jiff::SignedDuration;

use crate::{
    candidates::candidate::{Candidate, ChangeTiming, Relation},
    candidates::candidate_facts::candidate_facts,
    candidates::change_record::ChangeRecord,
    engine::engine_run::ENGINE_VERSION,
    engine::engine_verdict::{CONFIDENT, ComponentVerdict},
    engine::symptom_context::SymptomContext,
    evidence::evidence_index::EvidenceIndex,
    evidence::text::{SENTENCE_CHARS, VALUE_CHARS, one_line},
    judgement::causality::{ChangeJudgement, beside_alibi, judge_change, with_late_effect, without_change},
    judgement::confidence::{cleared_change_score, unexplained_change_score},
    judgement::incident_evidence::IncidentEvidence,
    judgement::planned_stop::planned_stop,
    judgement::playbook_match::{JudgedCandidate, PlaybookMatch, match_playbook},
    playbooks::playbook::{Playbook, Playbooks},
};

/// The assessment of one candidate: a hypothesis, or why it is none.
#[derive(Debug)]
pub struct CandidateAssessment<'a> {
    pub candidate: &'a Candidate<'a>,
    /// The hypothesis by itself: its confidence is its score, before rivals take from it.
    pub hypothesis: Option<Hypothesis>,
    pub ruled_out: Option<RuledOut>,
    /// The score, from 0 to 1, of a change that no playbook explains: it makes the candidate a rival of the others.
    pub unexplained: Option<f64>,
    /// True if its fault began with its change, or its new version alone fails.
    pub discriminates: bool,
    /// The reason for which nothing is broken, if the hypothesis is a planned stop.
    pub planned_stop: Option<String>,
}

/// Assesses one candidate: matches every playbook for its kind, and keeps the best match or the nearest miss.
pub fn assess_candidate<'a>(
    case: &IncidentEvidence<'_>,
    index: &EvidenceIndex<'_>,
    context: &SymptomContext<'_>,
    playbooks: &Playbooks,
    candidate: &'a Candidate<'a>,
) -> CandidateAssessment<'a> {
    let nothing = CandidateAssessment {
        candidate,
        hypothesis: None,
        ruled_out: None,
        unexplained: None,
        discriminates: false,
        planned_stop: None,
    };
    let suspect = match candidate.change_timing(case.signal.occurred_at) {
        ChangeTiming::BeforeSymptom(change) => Some(change),
        ChangeTiming::Unchanged => None,
        ChangeTiming::Excluded(why) if candidate.kind.is_some() => {
            return CandidateAssessment {
                ruled_out: Some(ruled_out(candidate, RuledOutBy::NoPlaybook, &why)),
                ..nothing
            };
        }
        ChangeTiming::Excluded(_) => return nothing,
    };
    let causality = match suspect.map(|change| judge_change(case.signal, index, candidate, change)) {
        Some(ChangeJudgement::Innocent(why)) => {
            let by = RuledOutBy::Engine { version: ENGINE_VERSION.to_owned() };
            return CandidateAssessment { ruled_out: Some(ruled_out(candidate, by, &why)), ..nothing };
        }
        Some(ChangeJudgement::ClearedByItsOwnMetrics(why)) => {
            let by = RuledOutBy::Engine { version: ENGINE_VERSION.to_owned() };
            let score =
                |change| cleared_change_score(candidate.relation, minutes_before_symptom(case, change));
            return CandidateAssessment {
                ruled_out: Some(ruled_out(candidate, by, &why)),
                unexplained: suspect.map(score),
                ..nothing
            };
        }
        Some(ChangeJudgement::MayBeTheCause(causality)) => causality,
        None => without_change(index, candidate),
    };
    let (causality, late) = with_late_effect(candidate, causality);
    let nothing = CandidateAssessment { discriminates: discriminates(&causality), ..nothing };
    if suspect.is_some()
        && let Some(why) = cleared_by_engine(candidate)
    {
        return CandidateAssessment {
            ruled_out: Some(ruled_out(
                candidate,
                RuledOutBy::Engine { version: ENGINE_VERSION.to_owned() },
                why,
            )),
            ..nothing
        };
    }
    let elsewhere = match &candidate.engine_verdict {
        ComponentVerdict::Cleared { confidence, .. } => Some(*confidence),
        ComponentVerdict::NotNamed | ComponentVerdict::Suspected { .. } => None,
    };
    let unexplained = suspect.and_then(|change| {
        let score =
            unexplained_change_score(candidate.relation, minutes_before_symptom(case, change), elsewhere);
        Some(score? * beside_alibi(causality.alibi.as_ref()))
    });
    let Some(kind) = candidate.kind else {
        let ruled_out =
            suspect.map(|change| ruled_out(candidate, RuledOutBy::NoPlaybook, &unknown_change(change)));
        return CandidateAssessment { ruled_out, unexplained, ..nothing };
    };

    let facts = candidate_facts(case.signal, index, candidate, suspect);
    let judged = JudgedCandidate { candidate, causality: &causality, late, facts: &facts };
    let mut best: Option<Hypothesis> = None;
    let mut nearest: Option<(usize, &Playbook, String, bool)> = None;
    for playbook in playbooks.for_kind(kind) {
        match match_playbook(case, context, judged, playbook) {
            // Playbooks come by id, and only a better one replaces an earlier one.
            PlaybookMatch::Matched(found)
                if best.as_ref().is_none_or(|best| found.confidence > best.confidence) =>
            {
                best = Some(*found);
            }
            PlaybookMatch::Matched(_) => {}
            PlaybookMatch::Missed { why, fine, closeness } => {
                if nearest.as_ref().is_none_or(|(most, ..)| closeness > *most) {
                    nearest = Some((closeness, playbook, why, fine));
                }
            }
        }
    }
    if best.is_some() {
        let planned_stop =
            suspect.and_then(|change| planned_stop(case.signal, index, case.gaps, candidate, change));
        return CandidateAssessment { hypothesis: best, planned_stop, ..nothing };
    }
    let Some((_, playbook, why, fine)) = nearest else {
        return CandidateAssessment { unexplained, ..nothing };
    };
    CandidateAssessment {
        ruled_out: Some(ruled_out(candidate, playbook.ruled_out_by(), &why)),
        unexplained: unexplained.filter(|_| !fine),
        ..nothing
    }
}

fn discriminates(causality: &Causality) -> bool {
    matches!(
        causality.discrimination,
        Some(Discrimination::FaultBeganWithChange | Discrimination::NewVersionFails(_))
    )
}

/// Returns why the engine's verdict alone rules a candidate out: the engine is confident of another cause, and what
/// supports this one is only where it lies. A candidate at the symptom itself it can only weaken.
fn cleared_by_engine<'c>(candidate: &'c Candidate<'_>) -> Option<&'c str> {
    let at_the_symptom = matches!(candidate.relation, Relation::Same | Relation::Reads);
    match &candidate.engine_verdict {
        ComponentVerdict::Cleared { why, confidence, .. } if *confidence >= CONFIDENT && !at_the_symptom => {
            Some(why)
        }
        _ => None,
    }
}

fn ruled_out(candidate: &Candidate<'_>, by: RuledOutBy, why: &str) -> RuledOut {
    RuledOut { component: candidate.resource.clone(), by, why: one_line(why, SENTENCE_CHARS) }
}

fn unknown_change(change: &ChangeRecord) -> String {
    format!(
        "no playbook covers its change {}, so the effect is unknown",
        one_line(&change.event, VALUE_CHARS)
    )
}

fn minutes_before_symptom(case: &IncidentEvidence<'_>, change: &ChangeRecord) -> f64 {
    let before = case.signal.occurred_at.duration_since(change.at).max(SignedDuration::ZERO);
    before.as_secs_f64() / 60.0
}
