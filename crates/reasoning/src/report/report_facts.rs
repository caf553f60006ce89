//! Renders the facts of an incident, as texts for a permanent fix.

use std::collections::BTreeSet;

use common::{ContextSource, Hypothesis, Observed, Signal, Symptom};

use super::{component_kind::ComponentKind, trigger::Trigger};
use crate::{
    evidence::evidence_index::EvidenceIndex,
    evidence::onset::Onset,
    evidence::text::{SENTENCE_CHARS, VALUE_CHARS, masked_line},
    judgement::incident_evidence::IncidentEvidence,
    playbooks::facts::Facts,
};

/// The facts that are known of every hypothesis.
pub(crate) const ALWAYS: &[&str] = &["arn", "cause", "component", "kind", "mode", "symptom"];

/// The facts that are known of some.
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

/// The most names in a list.
const MAX_NAMES: usize = 5;

/// The inputs of the facts.
pub(crate) struct FactSources<'k, 'a> {
    pub(crate) case: &'k IncidentEvidence<'a>,
    pub(crate) index: &'k EvidenceIndex<'a>,
    pub(crate) first: &'k Hypothesis,
    pub(crate) onset: &'k Onset,
    pub(crate) trigger: Option<&'k Trigger<'a>>,
    pub(crate) impact: Option<&'k str>,
    pub(crate) dependants: &'k [String],
}

/// Returns the facts of an incident.
pub(crate) fn report_facts(sources: &FactSources<'_, '_>) -> Facts {
    let FactSources { case, index, first, .. } = sources;
    let component = &first.component;
    let mut facts = Facts::default();
    let mut set = |name: &'static str, text: &str| facts.set_note(name, masked_line(text, VALUE_CHARS));
    set("arn", &component.to_string());
    set("component", &component.name());
    set("kind", ComponentKind::from_resource(component).map_or("component", ComponentKind::as_str));
    set("mode", &first.failure_mode.as_str().replace('_', " "));
    set("symptom", &symptom(case.signal));
    set("began_at", &sources.onset.at.to_string());
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
    if let Some(trigger) = sources.trigger {
        set("actor", &trigger.actor);
        set("event", &trigger.event);
        set("changed_at", &trigger.at.to_string());
    }
    let readers: BTreeSet<String> = index
        .readers
        .get(component)
        .into_iter()
        .flatten()
        .map(|(function, _)| function.component().name())
        .collect();
    if !readers.is_empty() {
        set("readers", &list(readers.iter()));
    }
    if !sources.dependants.is_empty() {
        set("callers", &list(sources.dependants.iter()));
    }
    if let Some((now, previous)) = index.states.get(component).and_then(|seen| versions(seen.fact)) {
        set("now", &now);
        if let Some(previous) = previous {
            set("previous", &previous);
        }
    }
    if let Some(stack) = stack(sources) {
        set("stack", &stack);
    }
    // These are sentences of their own.
    let mut tell = |name, text: &str| facts.set_note(name, masked_line(text, SENTENCE_CHARS));
    tell("cause", &first.cause);
    if let Some(impact) = sources.impact {
        tell("impact", impact);
    }
    if let Some(trigger) = sources.trigger {
        tell("trigger", &trigger.sentence(sources.onset));
    }
    if let Some(metric) = metric(sources) {
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

/// Returns the version that the resource is at, and the one before.
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

/// Returns the last event of `CloudFormation` about the component.
fn stack(sources: &FactSources<'_, '_>) -> Option<String> {
    let component = sources.first.component.component();
    let notes = sources.case.evidence.iter().filter_map(|one| match &one.observed {
        Observed::Notes { source: ContextSource::StackEvents, notes } => Some(notes),
        _ => None,
    });
    let of_it = notes
        .flatten()
        .filter(|note| note.resource.as_ref().is_some_and(|resource| resource.component() == component));
    let last = of_it.max_by_key(|note| (note.at, &note.what))?;
    Some(format!("The last CloudFormation event about it: {}.", last.what.trim_end_matches('.')))
}

/// Returns the engine's strongest metric of the component.
fn metric<'a>(sources: &FactSources<'_, 'a>) -> Option<&'a str> {
    let component = sources.first.component.component();
    let suspects = &sources.index.engine?.fact.suspects;
    let suspect = suspects.iter().find(|one| one.resource.as_ref() == Some(&component))?;
    suspect.strongest_metric.as_deref()
}

fn list<'n>(names: impl ExactSizeIterator<Item = &'n String>) -> String {
    let more = names.len().saturating_sub(MAX_NAMES);
    let shown: Vec<&str> = names.take(MAX_NAMES).map(String::as_str).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}
