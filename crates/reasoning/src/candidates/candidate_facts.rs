//! What is known of one candidate, as a flat map that playbooks' conditions are held against.

use std::collections::{BTreeMap, BTreeSet};

use common::{EvidenceId, Observed, Signal, Symptom, SymptomState};
use jiff::SignedDuration;

use crate::{
    candidates::candidate::{CLOCK_SKEW, Candidate, LOOKBACK, Write},
    candidates::resource_kind::Kind,
    engine::symptom_context::Said,
    evidence::evidence_index::View,
    evidence::text::{VALUE_CHARS, one_line},
};

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    Number(f64),
}

impl Value {
    /// As it was, for what is given to an automation.
    pub fn exact(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
        }
    }

    /// As a person reads it: short, on one line, numbers rounded.
    pub fn readable(&self) -> String {
        match self {
            Self::Text(text) => one_line(text, VALUE_CHARS),
            Self::Number(number) => format!("{number:.0}"),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    pub value: Value,
    pub evidence: BTreeSet<EvidenceId>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts(BTreeMap<&'static str, Fact>);

/// Facts that a candidate of any kind can have.
const COMMON: &[&str] = &[
    "change.actor",
    "change.by_nightshift",
    "change.event",
    "change.minutes_before_symptom",
    "change.before_symptom",
    "change.writes_before_symptom",
    "engine.confidence",
    "engine.rank",
    "relation",
    "resource.name",
    "symptom.kind",
    "symptom.state",
    "symptom.fired_before_change",
];

/// Every fact that a candidate of this kind can have.
pub fn producible(kind: Kind) -> impl Iterator<Item = &'static str> {
    let state: &[&str] = match kind {
        Kind::Parameter => &["state.name", "state.previous_version", "state.type", "state.version"],
        Kind::FunctionAlias => &[
            "change.function_version",
            "state.alias",
            "state.function",
            "state.previous_version",
            "state.version",
            "state.weighted",
        ],
        Kind::Instance => &["state.id", "state.state"],
        Kind::Service => &[
            "state.cluster",
            "state.desired_count",
            "state.previous_task_definition",
            "state.rollout_state",
            "state.running_count",
            "state.service",
            "state.task_definition",
        ],
    };
    COMMON.iter().chain(state).copied()
}

impl Facts {
    pub fn get(&self, name: &str) -> Option<&Fact> {
        self.0.get(name)
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }

    fn set(&mut self, name: &'static str, value: Value, evidence: &BTreeSet<EvidenceId>) {
        self.0.insert(name, Fact { value, evidence: evidence.clone() });
    }

    /// A text that is shown to people and that no condition is held against.
    pub fn note(&mut self, name: &'static str, text: String) {
        self.set(name, Value::Text(text), &BTreeSet::new());
    }

    fn text(&mut self, name: &'static str, text: &str, evidence: &BTreeSet<EvidenceId>) {
        self.set(name, Value::Text(text.to_owned()), evidence);
    }
}

/// The facts of `candidate`, of whose writes `suspect` is the one that may have caused the symptom.
pub fn facts(signal: &Signal, view: &View<'_>, candidate: &Candidate<'_>, suspect: Option<&Write>) -> Facts {
    let mut facts = Facts::default();
    let none = BTreeSet::new();
    facts.text("resource.name", &candidate.resource.name(), &none);
    facts.text("relation", candidate.relation.as_str(), &candidate.relation_evidence);
    facts.text("symptom.kind", symptom_kind(&signal.symptom), &none);
    if let Some(symptom) = view.symptom {
        let state = match symptom.it.state {
            SymptomState::Firing => "firing",
            SymptomState::Recovered => "recovered",
            SymptomState::Unknown => "unknown",
        };
        facts.text("symptom.state", state, &BTreeSet::from([symptom.id.clone()]));
    }
    if let Said::Suspected { rank, confidence, evidence } = &candidate.said {
        let evidence = BTreeSet::from([evidence.clone()]);
        facts.set("engine.rank", Value::Number(f64::from(*rank)), &evidence);
        facts.set("engine.confidence", Value::Number(*confidence), &evidence);
    }
    if let Some(write) = suspect {
        change(&mut facts, signal, view, candidate, write);
    }
    if let Some(seen) = view.states.get(candidate.resource) {
        state(&mut facts, seen.it, &BTreeSet::from([seen.id.clone()]));
    }
    facts
}

const fn symptom_kind(symptom: &Symptom) -> &'static str {
    match symptom {
        Symptom::Alarm { .. } => "alarm",
        Symptom::Instance { .. } => "instance",
        Symptom::EcsService { .. } => "ecs_service",
        Symptom::DeploymentGroup { .. } => "deployment_group",
    }
}

fn change(facts: &mut Facts, signal: &Signal, view: &View<'_>, candidate: &Candidate<'_>, write: &Write) {
    let evidence = BTreeSet::from([write.evidence.clone()]);
    facts.text("change.event", &write.event, &evidence);
    facts.text("change.actor", &write.actor, &evidence);
    if let Some(version) = &write.function_version {
        facts.text("change.function_version", version, &evidence);
    }
    facts.text("change.by_nightshift", if write.by_nightshift { "true" } else { "false" }, &evidence);
    let before = signal.occurred_at.duration_since(write.at).max(SignedDuration::ZERO);
    facts.set("change.minutes_before_symptom", Value::Number(before.as_secs_f64() / 60.0), &evidence);
    facts.text("change.before_symptom", &spoken(before), &evidence);

    // Both counts start anew after Nightshift's own last write: it ended an earlier problem.
    let own = candidate.last_own_write(write.at);
    let hour_before = signal.occurred_at.checked_sub(LOOKBACK).unwrap_or(jiff::Timestamp::MIN);
    let writes: Vec<_> = candidate
        .writes
        .iter()
        .filter(|earlier| !earlier.by_nightshift && earlier.at <= write.at)
        .filter(|earlier| earlier.at >= hour_before && own.is_none_or(|own| earlier.at > own))
        .collect();
    let of_writes = writes.iter().map(|earlier| earlier.evidence.clone()).collect();
    facts.set("change.writes_before_symptom", count(writes.len()), &of_writes);

    if let Some(history) = view.history {
        let from = write.at.checked_sub(LOOKBACK).unwrap_or(jiff::Timestamp::MIN);
        let until = write.at.checked_sub(CLOCK_SKEW).unwrap_or(jiff::Timestamp::MIN);
        let fired = history
            .it
            .iter()
            .filter(|one| one.to == SymptomState::Firing)
            .filter(|one| (from..until).contains(&one.at) && own.is_none_or(|own| one.at > own));
        let of_history = BTreeSet::from([history.id.clone()]);
        facts.set("symptom.fired_before_change", count(fired.count()), &of_history);
    }
}

/// A time as a person says it.
fn spoken(time: SignedDuration) -> String {
    match time.as_secs() {
        seconds @ ..120 => format!("{seconds} s"),
        seconds => format!("{} min", seconds / 60),
    }
}

fn count(number: usize) -> Value {
    Value::Number(f64::from(u32::try_from(number).unwrap_or(u32::MAX)))
}

fn state(facts: &mut Facts, observed: &Observed, evidence: &BTreeSet<EvidenceId>) {
    // Versions stay text: they are compared and handed on, never counted with.
    match observed {
        Observed::Parameter { state } => {
            facts.text("state.name", &state.name, evidence);
            facts.text("state.type", &state.parameter_type, evidence);
            facts.text("state.version", &state.version.to_string(), evidence);
            if let Some(previous) = state.previous_version {
                facts.text("state.previous_version", &previous.to_string(), evidence);
            }
        }
        Observed::Alias { state } => {
            facts.text("state.function", &state.function, evidence);
            facts.text("state.alias", &state.alias, evidence);
            facts.text("state.weighted", if state.weighted { "true" } else { "false" }, evidence);
            facts.text("state.version", &state.version, evidence);
            if let Some(previous) = &state.previous_version {
                facts.text("state.previous_version", previous, evidence);
            }
        }
        Observed::Instance { state } => {
            facts.text("state.id", &state.id, evidence);
            facts.text("state.state", &state.state, evidence);
        }
        Observed::Service { state } => {
            facts.text("state.cluster", &state.cluster, evidence);
            facts.text("state.service", &state.service, evidence);
            facts.text("state.task_definition", &state.task_definition, evidence);
            facts.text("state.rollout_state", &state.rollout_state, evidence);
            facts.set("state.desired_count", Value::Number(f64::from(state.desired_count)), evidence);
            facts.set("state.running_count", Value::Number(f64::from(state.running_count)), evidence);
            if let Some(previous) = &state.previous_task_definition {
                facts.text("state.previous_task_definition", previous, evidence);
            }
        }
        Observed::Symptom { .. }
        | Observed::AlarmHistory { .. }
        | Observed::Application { .. }
        | Observed::Change { .. }
        | Observed::Reads { .. }
        | Observed::Calls { .. }
        | Observed::EventSources { .. }
        | Observed::Metrics { .. }
        | Observed::Logs { .. }
        | Observed::Engine { .. }
        | Observed::Connections { .. }
        | Observed::Notes { .. }
        | Observed::Precedents { .. }
        | Observed::TeamTool { .. } => {}
    }
}
