//! What is known of an incident, as texts for a specification.

use std::collections::BTreeSet;

use common::{ContextSource, Hypothesis, Observed, Signal, Symptom};
use jiff::Timestamp;

use super::{lasting_fixes::Component, shown, trigger::Trigger};
use crate::{
    candidates::candidate_facts::Facts,
    evidence::evidence_index::View,
    evidence::text::{SENTENCE_CHARS, VALUE_CHARS},
    judgement::conclude::Case,
};

/// Known of every hypothesis.
pub(crate) const ALWAYS: &[&str] = &["arn", "cause", "component", "kind", "mode", "symptom"];

/// Known of some.
pub(crate) const SOMETIMES: &[&str] = &[
    "actor",
    "application",
    "began_at",
    "callers",
    "changed_at",
    "event",
    "function",
    "impact",
    "metric",
    "now",
    "previous",
    "readers",
    "stack",
    "trigger",
];

/// Most names in a list.
const MOST_NAMES: usize = 5;

pub(crate) struct Known<'k, 'a> {
    pub(crate) case: &'k Case<'a>,
    pub(crate) view: &'k View<'a>,
    pub(crate) first: &'k Hypothesis,
    pub(crate) began_at: Timestamp,
    pub(crate) trigger: Option<&'k Trigger<'a>>,
    pub(crate) impact: Option<&'k str>,
    pub(crate) dependants: &'k [String],
}

pub(crate) fn facts(known: &Known<'_, '_>) -> Facts {
    let Known { case, view, first, .. } = known;
    let component = &first.component;
    let mut facts = Facts::default();
    let mut set = |name: &'static str, text: &str| facts.note(name, shown(text, VALUE_CHARS));
    set("arn", &component.to_string());
    set("component", &component.name());
    set("kind", Component::of(component).map_or("component", Component::as_str));
    set("mode", &first.failure_mode.as_str().replace('_', " "));
    set("symptom", &symptom(case.signal));
    set("began_at", &known.began_at.to_string());
    if let Some(function) = component.function() {
        set("function", &function.name());
    }
    let application = case.evidence.iter().filter_map(|one| match &one.observed {
        Observed::Application { name, .. } => Some(name),
        _ => None,
    });
    if let Some(application) = application.max().or(case.signal.application.as_ref()) {
        set("application", application);
    }
    if let Some(trigger) = known.trigger {
        set("actor", &trigger.actor);
        set("event", &trigger.event);
        set("changed_at", &trigger.at.to_string());
    }
    let readers: BTreeSet<String> = view
        .readers
        .get(component)
        .into_iter()
        .flatten()
        .map(|(function, _)| function.component().name())
        .collect();
    if !readers.is_empty() {
        set("readers", &list(readers.iter()));
    }
    if !known.dependants.is_empty() {
        set("callers", &list(known.dependants.iter()));
    }
    if let Some((now, previous)) = view.states.get(component).and_then(|seen| versions(seen.it)) {
        set("now", &now);
        if let Some(previous) = previous {
            set("previous", &previous);
        }
    }
    if let Some(stack) = stack(known) {
        set("stack", &stack);
    }
    // These are sentences of their own.
    let mut tell = |name, text: &str| facts.note(name, shown(text, SENTENCE_CHARS));
    tell("cause", &first.cause);
    if let Some(impact) = known.impact {
        tell("impact", impact);
    }
    if let Some(trigger) = known.trigger {
        tell("trigger", &trigger.sentence());
    }
    if let Some(metric) = metric(known) {
        tell("metric", metric);
    }
    facts
}

fn symptom(signal: &Signal) -> String {
    match &signal.symptom {
        Symptom::Alarm { name } => format!("alarm {name}"),
        Symptom::Instance { id } => format!("state of the instance {id}"),
        Symptom::EcsService { cluster, service } => format!("deployment of the service {cluster}/{service}"),
        Symptom::DeploymentGroup { application, group } => {
            format!("deployment of {application} to the group {group}")
        }
    }
}

/// What the resource is at, and what it was at before.
fn versions(state: &Observed) -> Option<(String, Option<String>)> {
    match state {
        Observed::Parameter { state } => {
            Some((state.version.to_string(), state.previous_version.map(|version| version.to_string())))
        }
        Observed::Alias { state } => Some((state.version.clone(), state.previous_version.clone())),
        Observed::Service { state } => {
            Some((state.task_definition.clone(), state.previous_task_definition.clone()))
        }
        _ => None,
    }
}

/// What `CloudFormation` said last of the component.
fn stack(known: &Known<'_, '_>) -> Option<String> {
    let component = known.first.component.component();
    let notes = known.case.evidence.iter().filter_map(|one| match &one.observed {
        Observed::Notes { source: ContextSource::StackEvents, notes } => Some(notes),
        _ => None,
    });
    let of_it = notes
        .flatten()
        .filter(|note| note.resource.as_ref().is_some_and(|resource| resource.component() == component));
    let last = of_it.max_by_key(|note| (note.at, &note.what))?;
    Some(format!("CloudFormation's last word on it: {}.", last.what.trim_end_matches('.')))
}

/// The engine's strongest metric of the component.
fn metric<'a>(known: &Known<'_, 'a>) -> Option<&'a str> {
    let component = known.first.component.component();
    let suspects = &known.view.engine?.it.suspects;
    let suspect = suspects.iter().find(|one| one.resource.as_ref() == Some(&component))?;
    suspect.strongest_metric.as_deref()
}

fn list<'n>(names: impl ExactSizeIterator<Item = &'n String>) -> String {
    let more = names.len().saturating_sub(MOST_NAMES);
    let shown: Vec<&str> = names.take(MOST_NAMES).map(String::as_str).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}
