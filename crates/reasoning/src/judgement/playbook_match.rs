//! Playbooks matched against a candidate: a hypothesis where all that a playbook requires holds, else why not.

use std::collections::BTreeSet;

use common::{Hypothesis, autonomy::JUST_BELOW_UNATTENDED, causality::Causality, diagnosis::Proposal};

use crate::{
    candidates::candidate::{Candidate, ChangeTiming, Relation},
    candidates::late_effect::LateEffect,
    engine::engine_verdict::{ComponentVerdict, EVEN_ODDS},
    engine::symptom_context::{SymptomContext, call_path},
    evidence::text::{SENTENCE_CHARS, one_line},
    judgement::causality::beside_alibi,
    judgement::confidence::{ScoreBasis, score, with_unclear_intention, with_usual_symptom},
    judgement::incident_evidence::{AttemptedAction, IncidentEvidence},
    judgement::intended_state::{Intention, intention, may_be_meant},
    judgement::own_traffic::is_unread,
    playbooks::condition::Condition,
    playbooks::facts::{Facts, Value},
    playbooks::playbook::Playbook,
};

/// The outcome of matching a playbook.
pub enum PlaybookMatch {
    /// All that it requires holds.
    Matched(Box<Hypothesis>),
    /// Something that it requires does not hold.
    Missed {
        why: String,
        /// True if the resource's state shows that nothing is wrong with it.
        fine: bool,
        /// The number of requirements that held.
        closeness: usize,
    },
}

/// A candidate, with what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct JudgedCandidate<'a> {
    pub candidate: &'a Candidate<'a>,
    /// The answers about its last change, where that may be the cause, else about itself.
    pub causality: &'a Causality,
    /// The lines that speak for that change though it served as usual since.
    pub late: Option<&'a LateEffect>,
    pub facts: &'a Facts,
}

/// Matches `playbook` against the facts of `candidate`.
pub fn match_playbook(
    case: &IncidentEvidence<'_>,
    context: &SymptomContext<'_>,
    judged: JudgedCandidate<'_>,
    playbook: &Playbook,
) -> PlaybookMatch {
    let JudgedCandidate { candidate, late, facts, .. } = judged;
    let closeness = playbook.requires.iter().filter(|condition| condition.holds(facts)).count();
    let miss = |why: String, fine: bool| PlaybookMatch::Missed { why, fine, closeness };
    if let Some(missed) = playbook.requires.iter().find(|condition| !condition.holds(facts)) {
        if facts.get("state.state").or(facts.get("state.version")).or(facts.get("state.cluster")).is_none() {
            return miss("its state could not be read".to_owned(), false);
        }
        let fine = missed.otherwise_fine && facts.get(&missed.fact).is_some();
        let why = if fine {
            format!("nothing is wrong with it: {}", missed.found(facts))
        } else {
            missed.failure(facts)
        };
        return miss(why, fine);
    }
    let Some(sentence) = playbook.cause.readable(facts) else {
        return miss("a detail of its cause is unknown".to_owned(), false);
    };
    let proposal = match proposal(candidate, playbook, facts) {
        Ok(proposal) => proposal,
        Err(why) => return miss(why, false),
    };
    let (intention, intent_evidence, may_be_meant) = match candidate.change_timing(case.signal.occurred_at) {
        ChangeTiming::BeforeSymptom(change) => {
            let (intention, evidence) = intention(candidate, change);
            (intention, evidence, may_be_meant(case.gaps, change))
        }
        ChangeTiming::Unchanged | ChangeTiming::Excluded(_) => (Intention::NotShown, BTreeSet::new(), false),
    };
    // Where nothing would be put back, there is nothing to decide.
    let intention = match intention {
        Intention::Unclear if proposal.is_none() => Intention::NotShown,
        other => other,
    };
    // What is meant is not put back, whatever the playbook would do.
    let proposal = proposal.filter(|_| !matches!(intention, Intention::Intended(_)));
    let unread_sentence = match &proposal {
        Some(_) if is_unread(case.gaps, candidate.resource) => {
            " Its own metrics could not be read, which may clear it: compare them with those of its function first."
        }
        Some(_) if may_be_meant => {
            " If it is meant could not all be read (tags, earlier days, security findings): look there before you start it."
        }
        _ => "",
    };
    let proposal = proposal.filter(|_| unread_sentence.is_empty());
    if let Some(tried) =
        proposal.as_ref().and_then(|proposal| AttemptedAction::find(case.attempted, proposal))
    {
        return miss(
            format!("{} already ran in attempt {} and did not help", tried.action, tried.attempt),
            false,
        );
    }
    let path = match (candidate.relation, context.first_suspect()) {
        (Relation::Suspect, Some((suspect, _))) => call_path(&suspect.path),
        _ => String::new(),
    };
    let late_sentence = late.map(|late| format!(" {}", late.sentence)).unwrap_or_default();
    let sentence = format!("{sentence}{path}{late_sentence}{}{unread_sentence}", intention.sentence());
    let mut matched = hypothesis(case, context, judged, playbook, &sentence, proposal);
    // What only log lines speak for, a person decides.
    if let Some(late) = late {
        matched.confidence = matched.confidence.min(JUST_BELOW_UNATTENDED);
        matched.supports.extend(late.evidence.iter().cloned());
    }
    if intention == Intention::Unclear {
        matched.confidence = with_unclear_intention(matched.confidence);
    }
    matched.supports.extend(intent_evidence);
    matched.supports.sort();
    matched.supports.dedup();
    PlaybookMatch::Matched(Box::new(matched))
}

fn hypothesis(
    case: &IncidentEvidence<'_>,
    context: &SymptomContext<'_>,
    judged: JudgedCandidate<'_>,
    playbook: &Playbook,
    sentence: &str,
    proposal: Option<Proposal>,
) -> Hypothesis {
    let JudgedCandidate { candidate, causality, facts, .. } = judged;
    let holding = |conditions: &'_ [Condition]| -> Vec<Condition> {
        conditions.iter().filter(|condition| condition.holds(facts)).cloned().collect()
    };
    let (supports, contradicts) = (holding(&playbook.supports), holding(&playbook.contradicts));
    let evidence_of = |conditions: &[&Condition]| {
        let all: std::collections::BTreeSet<_> =
            conditions.iter().flat_map(|condition| condition.evidence(facts)).collect();
        all.into_iter().collect()
    };
    let (engine, against) = match &candidate.engine_verdict {
        ComponentVerdict::Suspected { rank: 1, confidence, evidence } => {
            (Some((*confidence, evidence)), None)
        }
        ComponentVerdict::Cleared { confidence, evidence, .. } if *confidence >= EVEN_ODDS => {
            (None, Some(evidence))
        }
        _ => (None, None),
    };
    let basis = ScoreBasis {
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
    contradicting.extend(context.evidence_of_usual_symptom().cloned());
    if causality.alibi.is_some() {
        contradicting.extend(causality.evidence.iter().cloned());
    }
    let score = score(&basis) * beside_alibi(causality.alibi.as_ref());
    contradicting.sort();
    contradicting.dedup();
    Hypothesis {
        component: candidate.resource.clone(),
        failure_mode: playbook.failure_mode,
        cause: one_line(sentence, SENTENCE_CHARS),
        confidence: if context.evidence_of_usual_symptom().is_some() {
            with_usual_symptom(score)
        } else {
            score
        },
        origin: playbook.origin(),
        supports: supporting,
        contradicts: contradicting,
        proposal,
        raised_by: None,
        raised_by_untrusted: false,
        causality: Some(causality.clone()),
    }
}

fn proposal(
    candidate: &Candidate<'_>,
    playbook: &Playbook,
    facts: &Facts,
) -> Result<Option<Proposal>, String> {
    let Some(action) = &playbook.action else { return Ok(None) };
    let parameters = action.parameters.iter().map(|(name, template)| {
        let value = template
            .exact(facts)
            .ok_or_else(|| format!("the value of the action's parameter {name} is unknown"))?;
        Ok::<_, String>((name.clone(), value))
    });
    Ok(Some(Proposal {
        action: action.id.clone(),
        target: candidate.resource.clone(),
        parameters: parameters.collect::<Result<_, _>>()?,
    }))
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
