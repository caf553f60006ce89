//! Defines the facts that playbooks' conditions and sentences name, and which of them a kind of resource can
//! have.

use std::collections::{BTreeMap, BTreeSet};

use common::EvidenceId;

use crate::{
    evidence::text::{VALUE_CHARS, one_line},
    playbooks::playbook_resource::PlaybookResource,
};

/// A fact's value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    Number(f64),
}

impl Value {
    /// Returns the value unchanged, as an automation's parameter needs it.
    pub fn exact(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
        }
    }

    /// Returns the value as a person reads it: short, on one line, numbers rounded to integers.
    pub fn readable(&self) -> String {
        match self {
            Self::Text(text) => one_line(text, VALUE_CHARS),
            Self::Number(number) => format!("{number:.0}"),
        }
    }
}

/// A value, with the evidence that it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    pub value: Value,
    pub evidence: BTreeSet<EvidenceId>,
}

/// The known facts by name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts(BTreeMap<&'static str, Fact>);

/// Facts that a candidate of any kind can have.
const COMMON: &[&str] = &[
    "change.actor",
    "change.by_nightshift",
    "change.event",
    "change.minutes_before_symptom",
    "change.timing",
    "change.writes_before_symptom",
    "engine.confidence",
    "engine.rank",
    "relation",
    "resource.name",
    "symptom.kind",
    "symptom.state",
    "symptom.fired_before_change",
];

/// Returns every fact that a candidate of this kind can have.
pub fn producible(kind: PlaybookResource) -> impl Iterator<Item = &'static str> {
    let state: &[&str] = match kind {
        PlaybookResource::Parameter => {
            &["state.name", "state.previous_version", "state.type", "state.version"]
        }
        PlaybookResource::FunctionAlias => &[
            "change.function_version",
            "state.alias",
            "state.function",
            "state.previous_version",
            "state.version",
            "state.weighted",
        ],
        PlaybookResource::Instance => &["state.id", "state.state"],
        PlaybookResource::Other => &["change.effect", "change.sign", "resource.words"],
        PlaybookResource::Service => &[
            "change.minutes_before_onset",
            "change.precedes_onset",
            "change.sort",
            "change.task_definition",
            "release.actor",
            "release.covers_onset",
            "release.taken_back_by",
            "release.task_definition",
            "release.timing",
            "state.cluster",
            "state.desired_count",
            "state.failed_tasks",
            "state.failed_tasks_note",
            "state.failed_tasks_of_others",
            "state.is_well",
            "state.previous_release",
            "state.previous_task_definition",
            "state.release",
            "state.rollout_settled",
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

    /// Sets a text that is shown to people and that no condition is matched against.
    pub fn set_note(&mut self, name: &'static str, text: String) {
        self.set(name, Value::Text(text), &BTreeSet::new());
    }

    pub(crate) fn set(&mut self, name: &'static str, value: Value, evidence: &BTreeSet<EvidenceId>) {
        self.0.insert(name, Fact { value, evidence: evidence.clone() });
    }

    pub(crate) fn set_text(&mut self, name: &'static str, text: &str, evidence: &BTreeSet<EvidenceId>) {
        self.set(name, Value::Text(text.to_owned()), evidence);
    }
}
