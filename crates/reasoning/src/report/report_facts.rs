//! Renders the facts of an incident, as texts for a permanent fix.

use std::collections::BTreeSet;

use common::{ContextSource, Hypothesis, Observed, Signal, Symptom, evidence::TaskDefinitionName};

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
    "failed",
    "function",
    "good",
    "impact",
    "metric",
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
        let changed_to = sources.trigger.and_then(|trigger| trigger.version.as_deref());
        let Versions { failed, good } = versions_at_fault(&now, previous.as_deref(), changed_to);
        set("failed", failed);
        if let Some(good) = good {
            set("good", good);
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
        Symptom::Event { source, subject } => format!("what {source} reported about {subject}"),
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

/// The version that failed, and the one that is known to be better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Versions<'v> {
    failed: &'v str,
    good: Option<&'v str>,
}

/// Returns the versions of a resource that is at `now`, was at `previous`, and that the change to blame set to
/// `changed_to`. Where it is at another one since, somebody has already gone back, and where it is now is the good one.
fn versions_at_fault<'v>(
    now: &'v str,
    previous: Option<&'v str>,
    changed_to: Option<&'v str>,
) -> Versions<'v> {
    if let Some(later) = previous.filter(|previous| named(previous).is_later_than(named(now))) {
        return Versions { failed: later, good: Some(now) };
    }
    // A family without a revision says nothing.
    let says_which = |set: &&str| !now.contains(":task-definition/") || named(set).revision.is_some();
    match changed_to.filter(says_which) {
        Some(set) if set != now && !named(set).is_same(named(now)) => {
            Versions { failed: set, good: Some(now) }
        }
        _ => Versions { failed: now, good: previous },
    }
}

fn named(text: &str) -> TaskDefinitionName<'_> {
    TaskDefinitionName::parse(text)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_at_fault_never_calls_the_good_one_failed() {
        let td = |revision: u32| format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/web:{revision}");
        let (good, bad) = (td(47), td(48));
        for (now, previous, changed_to, failed, better) in [
            ("3", Some("2"), Some("3"), "3", Some("2")),
            ("3", Some("2"), None, "3", Some("2")),
            // Somebody has gone back to 2 since.
            ("2", Some("3"), Some("3"), "3", Some("2")),
            ("3", None, Some("3"), "3", None),
            (&bad, Some(&good), Some("web:48"), &bad, Some(&good)),
            (&bad, Some(&good), Some("web"), &bad, Some(&good)),
            // The release was taken back, by a call or by ECS itself.
            (&good, Some(&bad), Some("web:47"), &bad, Some(&good)),
            (&good, None, Some("web:48"), "web:48", Some(&good)),
        ] {
            let expected = Versions { failed, good: better };
            assert_eq!(versions_at_fault(now, previous, changed_to), expected, "{now} {changed_to:?}");
        }
    }
}
