//! Builds the timeline: what happened, in order.

use common::{
    ContextSource, Evidence, EvidenceId, Observed, Signal, Symptom, SymptomState, context_source::Note,
    diagnosis::TimelineEntry,
};
use jiff::SignedDuration;

use crate::{
    evidence::evidence_index::EvidenceIndex,
    evidence::evidence_window::before,
    evidence::onset::{CLOCK_SKEW, LOOKBACK, Onset},
    evidence::text::{LINE_CHARS, VALUE_CHARS, masked_line},
    judgement::incident_evidence::IncidentEvidence,
};

/// The most entries: more than these nobody reads at night.
const MAX_ENTRIES: usize = 20;

/// An event about an alarm and the alarm's own history may be this far apart.
const SAME_EVENT: SignedDuration = SignedDuration::from_secs(60);

/// The priority of an entry where there are too many, the highest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Priority {
    Key,
    Change,
    Rest,
}

/// Returns the timeline, oldest first; of too many entries, what matters most and then what is nearest to the onset.
pub(crate) fn timeline(
    case: &IncidentEvidence<'_>,
    index: &EvidenceIndex<'_>,
    onset: &Onset,
    trigger: Option<&EvidenceId>,
) -> Vec<TimelineEntry> {
    let mut entries = Vec::new();
    add_signal(case.signal, index, onset, &mut entries);
    add_changes(index, &mut entries);
    for Evidence { id, observed, .. } in case.evidence {
        if let Observed::Notes { source, notes } = observed
            && reports_events(*source)
        {
            entries.extend(
                notes.iter().filter_map(|note| Some((Priority::Change, entry_of_note(*source, note, id)?))),
            );
        }
    }
    for (priority, entry) in &mut entries {
        if trigger.is_some() && entry.evidence.as_ref() == trigger {
            *priority = Priority::Key;
        }
    }
    let earliest = before(onset.at, LOOKBACK);
    entries.retain(|(priority, entry)| *priority == Priority::Key || entry.at >= earliest);
    let sorted = |(priority, one): &(Priority, TimelineEntry)| {
        let apart = one.at.duration_since(onset.at).abs();
        (*priority, apart, one.at, one.what.clone(), one.evidence.clone())
    };
    entries.sort_by_cached_key(sorted);
    entries.truncate(MAX_ENTRIES);
    let mut entries: Vec<TimelineEntry> = entries.into_iter().map(|(_, entry)| entry).collect();
    entries.sort_by(|one, other| {
        (one.at, &one.what, &one.evidence).cmp(&(other.at, &other.what, &other.evidence))
    });
    entries.dedup();
    entries
}

/// Adds the onset, and what the alarm did: its history, or the event alone.
fn add_signal(
    signal: &Signal,
    index: &EvidenceIndex<'_>,
    onset: &Onset,
    entries: &mut Vec<(Priority, TimelineEntry)>,
) {
    if let Some(id) = &onset.measured {
        let what = "the symptom began (first abnormal sample)".to_owned();
        entries.push((Priority::Key, TimelineEntry { at: onset.at, what, evidence: Some(id.clone()) }));
    }
    let name = match &signal.symptom {
        Symptom::Alarm { name } => masked_line(name, VALUE_CHARS),
        _ => String::new(),
    };
    let mut known = false;
    if let Some(seen) = index.history {
        for transition in seen.fact {
            let event = match transition.to {
                SymptomState::Firing => "fired",
                SymptomState::Recovered => "went back to OK",
                SymptomState::Unknown => "had no data",
            };
            let is_it = transition.to == SymptomState::Firing
                && transition.at.duration_since(signal.occurred_at).abs() <= SAME_EVENT;
            known |= is_it;
            let priority = if is_it { Priority::Key } else { Priority::Rest };
            let what = format!("alarm {name} {event}");
            entries
                .push((priority, TimelineEntry { at: transition.at, what, evidence: Some(seen.id.clone()) }));
        }
    }
    if !known {
        let what = masked_line(&signal.title, LINE_CHARS);
        entries.push((Priority::Key, TimelineEntry { at: signal.occurred_at, what, evidence: None }));
    }
}

/// Adds the changes, and those that a parameter's own history alone tells of.
fn add_changes(index: &EvidenceIndex<'_>, entries: &mut Vec<(Priority, TimelineEntry)>) {
    let mut push = |at, event: &str, resource: &str, actor: &str, id: &EvidenceId| {
        let name = |text| masked_line(text, VALUE_CHARS);
        let what = format!("{} on {} by {}", name(event), name(resource), name(actor));
        let entry = TimelineEntry { at, what: masked_line(&what, LINE_CHARS), evidence: Some(id.clone()) };
        entries.push((Priority::Change, entry));
    };
    for change in &index.changes {
        let actor = if change.fact.by_nightshift { "Nightshift" } else { change.fact.actor.as_str() };
        push(change.fact.at, &change.fact.event_name, &change.fact.resource.name(), actor, change.id);
    }
    for seen in index.states.values() {
        let Observed::Parameter { state } = seen.fact else { continue };
        let listed = index.changes.iter().any(|change| {
            change.fact.resource == state.arn
                && change.fact.event_name == "PutParameter"
                && change.fact.at.duration_since(state.modified_at).abs() <= CLOCK_SKEW
        });
        if !listed {
            push(state.modified_at, "PutParameter", &state.name, &state.modified_by, seen.id);
        }
    }
}

/// Returns true if a source reports events, and not how things are.
const fn reports_events(source: ContextSource) -> bool {
    match source {
        ContextSource::Deployments
        | ContextSource::Pipelines
        | ContextSource::StackEvents
        | ContextSource::FunctionVersions
        | ContextSource::ConfigurationItems
        | ContextSource::Health => true,
        ContextSource::FaultyTraces
        | ContextSource::LogInsights
        | ContextSource::ResourceState
        | ContextSource::DatabaseLoad
        | ContextSource::Quotas
        | ContextSource::SecurityFindings => false,
    }
}

fn entry_of_note(source: ContextSource, note: &Note, id: &EvidenceId) -> Option<TimelineEntry> {
    let by = note.actor.as_ref().map(|actor| format!(" by {actor}")).unwrap_or_default();
    let what = format!("{}: {}{by}", source.as_str().replace('_', " "), note.what);
    Some(TimelineEntry { at: note.at?, what: masked_line(&what, LINE_CHARS), evidence: Some(id.clone()) })
}
