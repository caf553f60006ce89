//! What one candidate comes to: a hypothesis, or why it is none.

use common::{
    Evidence, Gap, Hypothesis, OwnRoles, Signal,
    diagnosis::{Proposal, RuledOut},
};
use jiff::SignedDuration;

use crate::{
    candidates::candidate::{Candidate, Relation, Standing, Write},
    candidates::candidate_facts::{Facts, Value, facts},
    engine::engine_case::ENGINE,
    engine::engine_only::way_there,
    engine::symptom_context::{Around, HEARD, SURE, Said},
    evidence::evidence_index::View,
    evidence::text::{SENTENCE_CHARS, VALUE_CHARS, one_line},
    judgement::conclude::Tried,
    judgement::confidence::{Basis, of_the_ordinary, score, unexplained_change},
    playbooks::condition::Condition,
    playbooks::playbook::{Playbook, Playbooks},
};

/// All that a conclusion is made of.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    pub signal: &'a Signal,
    pub evidence: &'a [Evidence],
    pub gaps: &'a [Gap],
    pub own_roles: &'a OwnRoles,
    /// What earlier attempts did, in vain.
    pub tried: &'a [Tried],
}

#[derive(Debug)]
pub struct Assessment<'a> {
    pub candidate: &'a Candidate<'a>,
    /// The hypothesis by itself: its confidence is its score.
    pub hypothesis: Option<Hypothesis>,
    pub ruled_out: Option<RuledOut>,
    /// How strongly a change that nothing explains speaks for this candidate.
    pub unexplained: Option<f64>,
}

/// A playbook held against a candidate's facts.
enum Trial {
    Hypothesis(Box<Hypothesis>),
    /// `closeness` counts the requirements that held.
    Miss {
        why: String,
        fine: bool,
        closeness: usize,
    },
}

pub fn assess<'a>(
    case: &Case<'_>,
    view: &View<'_>,
    around: &Around<'_>,
    playbooks: &Playbooks,
    candidate: &'a Candidate<'a>,
) -> Assessment<'a> {
    let nothing = Assessment { candidate, hypothesis: None, ruled_out: None, unexplained: None };
    let suspect = match candidate.standing(case.signal.occurred_at) {
        Standing::Suspect(write) => Some(write),
        Standing::Unwritten => None,
        Standing::Excluded(why) if candidate.kind.is_some() => {
            return Assessment { ruled_out: Some(ruled_out(candidate, "none", &why)), ..nothing };
        }
        Standing::Excluded(_) => return nothing,
    };
    if suspect.is_some()
        && let Some(why) = cleared(candidate)
    {
        return Assessment { ruled_out: Some(ruled_out(candidate, ENGINE, why)), ..nothing };
    }
    let elsewhere = match &candidate.said {
        Said::Cleared { confidence, .. } => Some(*confidence),
        Said::Nothing | Said::Suspected { .. } => None,
    };
    let unexplained =
        suspect.and_then(|write| unexplained_change(candidate.relation, minutes(case, write), elsewhere));
    let Some(kind) = candidate.kind else {
        let ruled_out = suspect.map(|write| ruled_out(candidate, "none", &unknown_change(write)));
        return Assessment { ruled_out, unexplained, ..nothing };
    };

    let facts = facts(case.signal, view, candidate, suspect);
    let mut best: Option<Hypothesis> = None;
    let mut nearest: Option<(usize, &Playbook, String, bool)> = None;
    for playbook in playbooks.for_kind(kind) {
        match hold(case, around, candidate, playbook, &facts) {
            // Playbooks come by id, and only a better one replaces an earlier one.
            Trial::Hypothesis(found)
                if best.as_ref().is_none_or(|best| found.confidence > best.confidence) =>
            {
                best = Some(*found);
            }
            Trial::Hypothesis(_) => {}
            Trial::Miss { why, fine, closeness } => {
                if nearest.as_ref().is_none_or(|(most, ..)| closeness > *most) {
                    nearest = Some((closeness, playbook, why, fine));
                }
            }
        }
    }
    if best.is_some() {
        return Assessment { hypothesis: best, ..nothing };
    }
    let Some((_, playbook, why, fine)) = nearest else { return Assessment { unexplained, ..nothing } };
    Assessment {
        ruled_out: Some(ruled_out(candidate, &playbook.name(), &why)),
        unexplained: unexplained.filter(|_| !fine),
        ..nothing
    }
}

/// Why the engine's word alone rules a candidate out: it is sure of another cause, and what speaks for
/// this one is only where it lies. What is at the symptom itself it can merely weaken.
fn cleared<'c>(candidate: &'c Candidate<'_>) -> Option<&'c str> {
    let at_the_symptom = matches!(candidate.relation, Relation::Same | Relation::Reads);
    match &candidate.said {
        Said::Cleared { why, confidence, .. } if *confidence >= SURE && !at_the_symptom => Some(why),
        _ => None,
    }
}

fn hold(
    case: &Case<'_>,
    around: &Around<'_>,
    candidate: &Candidate<'_>,
    playbook: &Playbook,
    facts: &Facts,
) -> Trial {
    let closeness = playbook.requires.iter().filter(|condition| condition.holds(facts)).count();
    let miss = |why: String, fine: bool| Trial::Miss { why, fine, closeness };
    if let Some(missed) = playbook.requires.iter().find(|condition| !condition.holds(facts)) {
        if facts.get("state.state").or(facts.get("state.version")).or(facts.get("state.cluster")).is_none() {
            return miss("its state could not be read".to_owned(), false);
        }
        let fine = missed.otherwise_fine && facts.get(&missed.fact).is_some();
        let why = missed.miss(facts);
        return miss(if fine { format!("its state is fine: {why}") } else { why }, fine);
    }
    let Some(sentence) = playbook.cause.readable(facts) else {
        return miss("what its sentence names is not known".to_owned(), false);
    };
    let proposal = match proposal(candidate, playbook, facts) {
        Ok(proposal) => proposal,
        Err(why) => return miss(why, false),
    };
    if let Some(tried) = proposal.as_ref().and_then(|proposal| Tried::find(case.tried, proposal)) {
        return miss(
            format!("{} was tried in attempt {} and did not help", tried.action, tried.attempt),
            false,
        );
    }
    let sentence = match (candidate.relation, around.first_suspect()) {
        (Relation::Suspect, Some((suspect, _))) => format!("{sentence}{}", way_there(&suspect.path)),
        _ => sentence,
    };
    Trial::Hypothesis(Box::new(hypothesis(case, around, candidate, playbook, facts, &sentence, proposal)))
}

fn hypothesis(
    case: &Case<'_>,
    around: &Around<'_>,
    candidate: &Candidate<'_>,
    playbook: &Playbook,
    facts: &Facts,
    sentence: &str,
    proposal: Option<Proposal>,
) -> Hypothesis {
    let holding = |conditions: &'_ [Condition]| -> Vec<Condition> {
        conditions.iter().filter(|condition| condition.holds(facts)).cloned().collect()
    };
    let (supports, contradicts) = (holding(&playbook.supports), holding(&playbook.contradicts));
    let evidence_of = |conditions: &[&Condition]| {
        let all: std::collections::BTreeSet<_> =
            conditions.iter().flat_map(|condition| condition.evidence(facts)).collect();
        all.into_iter().collect()
    };
    let (engine, against) = match &candidate.said {
        Said::Suspected { rank: 1, confidence, evidence } => (Some((*confidence, evidence)), None),
        Said::Cleared { confidence, evidence, .. } if *confidence >= HEARD => (None, Some(evidence)),
        _ => (None, None),
    };
    let basis = Basis {
        relation: candidate.relation,
        engine: engine.map(|(confidence, _)| confidence),
        supports_held: small(supports.len()),
        supports_total: small(playbook.supports.len()),
        contradictions: small(contradicts.len()).saturating_add(u32::from(against.is_some())),
        minutes_before_symptom: match facts.get("change.minutes_before_symptom").map(|fact| &fact.value) {
            Some(Value::Number(minutes)) => Some(*minutes),
            _ => None,
        },
        gaps: small(case.gaps.len()),
    };
    let mut supporting: Vec<_> = evidence_of(&playbook.requires.iter().chain(&supports).collect::<Vec<_>>());
    supporting.extend(candidate.relation_evidence.iter().cloned());
    supporting.extend(engine.map(|(_, evidence)| evidence.clone()));
    supporting.sort();
    supporting.dedup();
    let mut contradicting: Vec<_> = evidence_of(&contradicts.iter().collect::<Vec<_>>());
    contradicting.extend(against.cloned());
    contradicting.extend(around.ordinary().cloned());
    contradicting.sort();
    contradicting.dedup();
    Hypothesis {
        component: candidate.resource.clone(),
        failure_mode: playbook.failure_mode,
        cause: one_line(sentence, SENTENCE_CHARS),
        confidence: if around.ordinary().is_some() { of_the_ordinary(score(&basis)) } else { score(&basis) },
        playbook: playbook.name(),
        supports: supporting,
        contradicts: contradicting,
        proposal,
        raised_by: None,
    }
}

fn proposal(
    candidate: &Candidate<'_>,
    playbook: &Playbook,
    facts: &Facts,
) -> Result<Option<Proposal>, String> {
    let Some(action) = &playbook.action else { return Ok(None) };
    let parameters = action.parameters.iter().map(|(name, template)| {
        let value = template.exact(facts).ok_or_else(|| format!("the action's {name} is not known"))?;
        Ok::<_, String>((name.clone(), value))
    });
    Ok(Some(Proposal {
        action: action.id.clone(),
        target: candidate.resource.clone(),
        parameters: parameters.collect::<Result<_, _>>()?,
    }))
}

fn ruled_out(candidate: &Candidate<'_>, playbook: &str, why: &str) -> RuledOut {
    RuledOut {
        component: candidate.resource.clone(),
        playbook: playbook.to_owned(),
        why: one_line(why, SENTENCE_CHARS),
    }
}

fn unknown_change(write: &Write) -> String {
    format!("not explained: no playbook knows what {} does to it", one_line(&write.event, VALUE_CHARS))
}

fn minutes(case: &Case<'_>, write: &Write) -> f64 {
    let before = case.signal.occurred_at.duration_since(write.at).max(SignedDuration::ZERO);
    before.as_secs_f64() / 60.0
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
