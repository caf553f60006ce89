//! Collects the facts of one candidate, against which playbooks' conditions are matched.

use std::collections::BTreeSet;

use common::{EvidenceId, Observed, Signal, Symptom, SymptomState};
use jiff::SignedDuration;

use crate::{
    candidates::candidate::Candidate,
    candidates::change_record::ChangeRecord,
    candidates::resource_words::resource_in_words,
    candidates::service_facts::{blamed, set_service_facts},
    engine::engine_verdict::ComponentVerdict,
    evidence::evidence_index::EvidenceIndex,
    evidence::onset::{CLOCK_SKEW, LOOKBACK, Onset},
    playbooks::facts::{Facts, Value},
    playbooks::playbook_resource::PlaybookResource,
};

/// Returns the facts of `candidate`, of whose changes `suspect` is the one that may have caused the symptom.
pub fn candidate_facts(
    signal: &Signal,
    index: &EvidenceIndex<'_>,
    candidate: &Candidate<'_>,
    suspect: Option<&ChangeRecord>,
) -> Facts {
    let mut facts = Facts::default();
    let none = BTreeSet::new();
    facts.set_text("resource.name", &candidate.resource.name(), &none);
    facts.set_text("relation", candidate.relation.as_str(), &candidate.relation_evidence);
    facts.set_text("symptom.kind", symptom_kind(&signal.symptom), &none);
    if let Some(symptom) = index.symptom {
        let state = match symptom.fact.state {
            SymptomState::Firing => "firing",
            SymptomState::Recovered => "recovered",
            SymptomState::Unknown => "unknown",
        };
        facts.set_text("symptom.state", state, &BTreeSet::from([symptom.id.clone()]));
    }
    if let ComponentVerdict::Suspected { rank, confidence, evidence } = &candidate.engine_verdict {
        let evidence = BTreeSet::from([evidence.clone()]);
        facts.set("engine.rank", Value::Number(f64::from(*rank)), &evidence);
        facts.set("engine.confidence", Value::Number(*confidence), &evidence);
    }
    let suspect = suspect.map(|suspect| blamed(index, candidate, suspect));
    if let Some(record) = suspect {
        set_change(&mut facts, signal, index, candidate, record);
    }
    if let Some(explained) = candidate.explains.as_ref().filter(|_| suspect.is_some()) {
        facts.set_text("resource.words", &resource_in_words(candidate.resource), &none);
        facts.set_text("change.effect", explained.effect.as_str(), &none);
        facts.set_text("change.sign", explained.sign, &explained.evidence);
    }
    let seen = index.states.get(candidate.resource);
    if let Some(seen) = seen {
        set_state(&mut facts, seen.fact, &BTreeSet::from([seen.id.clone()]));
    }
    if candidate.kind == Some(PlaybookResource::Service) {
        let state = seen.and_then(|seen| match seen.fact {
            Observed::Service { state } => Some((state, seen.id)),
            _ => None,
        });
        set_service_facts(&mut facts, signal, index, candidate, suspect, state);
    }
    facts
}

const fn symptom_kind(symptom: &Symptom) -> &'static str {
    match symptom {
        Symptom::Alarm { .. } => "alarm",
        Symptom::Instance { .. } => "instance",
        Symptom::EcsService { .. } => "ecs_service",
        Symptom::DeploymentGroup { .. } => "deployment_group",
        Symptom::Event { .. } => "event",
    }
}

fn set_change(
    facts: &mut Facts,
    signal: &Signal,
    index: &EvidenceIndex<'_>,
    candidate: &Candidate<'_>,
    record: &ChangeRecord,
) {
    let evidence = BTreeSet::from([record.evidence.clone()]);
    facts.set_text("change.event", &record.event, &evidence);
    facts.set_text("change.actor", &record.actor, &evidence);
    if let Some(version) = &record.function_version {
        facts.set_text("change.function_version", version, &evidence);
    }
    facts.set_text("change.by_nightshift", if record.by_nightshift { "true" } else { "false" }, &evidence);
    let onset = Onset::new(signal, index);
    let began = if onset.measured.is_some() { onset.at } else { signal.occurred_at };
    let before = began.duration_since(record.at).max(SignedDuration::ZERO);
    facts.set("change.minutes_before_symptom", Value::Number(before.as_secs_f64() / 60.0), &evidence);
    facts.set_text("change.timing", &onset.relative(record.at), &evidence);

    // Both counts start anew after Nightshift's own last change: it ended an earlier problem.
    let own = candidate.last_own_change(record.at);
    let hour_before = signal.occurred_at.checked_sub(LOOKBACK).unwrap_or(jiff::Timestamp::MIN);
    let changes: Vec<_> = candidate
        .changes
        .iter()
        .filter(|earlier| !earlier.by_nightshift && earlier.at <= record.at)
        .filter(|earlier| earlier.at >= hour_before && own.is_none_or(|own| earlier.at > own))
        .collect();
    let of_changes = changes.iter().map(|earlier| earlier.evidence.clone()).collect();
    facts.set("change.writes_before_symptom", count(changes.len()), &of_changes);

    if let Some(history) = index.history {
        let from = record.at.checked_sub(LOOKBACK).unwrap_or(jiff::Timestamp::MIN);
        let until = record.at.checked_sub(CLOCK_SKEW).unwrap_or(jiff::Timestamp::MIN);
        let fired = history
            .fact
            .iter()
            .filter(|one| one.to == SymptomState::Firing)
            .filter(|one| (from..until).contains(&one.at) && own.is_none_or(|own| one.at > own));
        let of_history = BTreeSet::from([history.id.clone()]);
        facts.set("symptom.fired_before_change", count(fired.count()), &of_history);
    }
}

fn count(number: usize) -> Value {
    Value::Number(f64::from(u32::try_from(number).unwrap_or(u32::MAX)))
}

fn set_state(facts: &mut Facts, observed: &Observed, evidence: &BTreeSet<EvidenceId>) {
    // Versions stay text: they are compared and handed on, never counted with.
    match observed {
        Observed::Parameter { state } => {
            facts.set_text("state.name", &state.name, evidence);
            facts.set_text("state.type", &state.parameter_type, evidence);
            facts.set_text("state.version", &state.version.to_string(), evidence);
            if let Some(previous) = state.previous_version {
                facts.set_text("state.previous_version", &previous.to_string(), evidence);
            }
        }
        Observed::Alias { state } => {
            facts.set_text("state.function", &state.function, evidence);
            facts.set_text("state.alias", &state.alias, evidence);
            facts.set_text("state.weighted", if state.weighted { "true" } else { "false" }, evidence);
            facts.set_text("state.version", &state.version, evidence);
            if let Some(previous) = &state.previous_version {
                facts.set_text("state.previous_version", previous, evidence);
            }
        }
        Observed::Instance { state } => {
            facts.set_text("state.id", &state.id, evidence);
            facts.set_text("state.state", &state.state, evidence);
        }
        // Its state and its changes are told together.
        Observed::Service { .. }
        | Observed::Symptom { .. }
        | Observed::AlarmHistory { .. }
        | Observed::Application { .. }
        | Observed::Change { .. }
        | Observed::Intent { .. }
        | Observed::Reads { .. }
        | Observed::Calls { .. }
        | Observed::EventSources { .. }
        | Observed::Metrics { .. }
        | Observed::AliasTraffic { .. }
        | Observed::Logs { .. }
        | Observed::Engine { .. }
        | Observed::Connections { .. }
        | Observed::Notes { .. }
        | Observed::Precedents { .. }
        | Observed::TeamTool { .. } => {}
    }
}
