//! What happened, in order.

use common::{
    ContextSource, Evidence, EvidenceId, Observed, Signal, Symptom, SymptomState, context_source::Note,
    diagnosis::Moment,
};
use jiff::{SignedDuration, Timestamp};

use super::{LINE_CHARS, shown};
use crate::{
    candidates::candidate::{CLOCK_SKEW, LOOKBACK},
    evidence::evidence_index::View,
    evidence::evidence_window::before,
    evidence::text::VALUE_CHARS,
    judgement::conclude::Case,
};

/// More than these nobody reads at night.
const MOST_MOMENTS: usize = 20;

/// An event about an alarm and the alarm's own history may be this far apart.
const SAME: SignedDuration = SignedDuration::from_secs(60);

/// When the symptom began, and what says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Beginning {
    pub(crate) at: Timestamp,
    /// What shows that in data, beside the signal itself.
    measured: Option<EvidenceId>,
}

/// As the data shows it, else as the alarm noticed it, else as the signal says.
pub(crate) fn beginning(signal: &Signal, view: &View<'_>) -> Beginning {
    if let Some((at, seen)) = view.engine.and_then(|seen| Some((seen.it.onset?, seen))) {
        return Beginning { at, measured: Some(seen.id.clone()) };
    }
    let transitions = view.history.into_iter().flat_map(|seen| seen.it);
    let fired = transitions
        .filter(|one| one.to == SymptomState::Firing)
        .map(|one| one.at)
        .filter(|at| signal.occurred_at.duration_since(*at) >= -CLOCK_SKEW)
        .max();
    Beginning { at: fired.unwrap_or(signal.occurred_at), measured: None }
}

/// How much a moment matters where there are too many, the most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    Key,
    Change,
    Rest,
}

/// Oldest first; of too many, what matters most and then what is nearest to the beginning.
pub(crate) fn timeline(
    case: &Case<'_>,
    view: &View<'_>,
    beginning: &Beginning,
    trigger: Option<&EvidenceId>,
) -> Vec<Moment> {
    let mut moments = Vec::new();
    signalled(case.signal, view, beginning, &mut moments);
    changed(view, &mut moments);
    for Evidence { id, observed, .. } in case.evidence {
        if let Observed::Notes { source, notes } = observed
            && happens(*source)
        {
            moments.extend(notes.iter().filter_map(|note| Some((Weight::Change, noted(*source, note, id)?))));
        }
    }
    for (weight, moment) in &mut moments {
        if trigger.is_some() && moment.evidence.as_ref() == trigger {
            *weight = Weight::Key;
        }
    }
    let earliest = before(beginning.at, LOOKBACK);
    moments.retain(|(weight, moment)| *weight == Weight::Key || moment.at >= earliest);
    let sorted = |(weight, one): &(Weight, Moment)| {
        let apart = one.at.duration_since(beginning.at).abs();
        (*weight, apart, one.at, one.what.clone(), one.evidence.clone())
    };
    moments.sort_by_cached_key(sorted);
    moments.truncate(MOST_MOMENTS);
    let mut moments: Vec<Moment> = moments.into_iter().map(|(_, moment)| moment).collect();
    moments.sort_by(|one, other| {
        (one.at, &one.what, &one.evidence).cmp(&(other.at, &other.what, &other.evidence))
    });
    moments.dedup();
    moments
}

/// The beginning, and what the alarm did: its history, or the event alone.
fn signalled(signal: &Signal, view: &View<'_>, beginning: &Beginning, moments: &mut Vec<(Weight, Moment)>) {
    if let Some(id) = &beginning.measured {
        let what = "the symptom began, as its metric shows".to_owned();
        moments.push((Weight::Key, Moment { at: beginning.at, what, evidence: Some(id.clone()) }));
    }
    let name = match &signal.symptom {
        Symptom::Alarm { name } => shown(name, VALUE_CHARS),
        _ => String::new(),
    };
    let mut known = false;
    if let Some(seen) = view.history {
        for transition in seen.it {
            let said = match transition.to {
                SymptomState::Firing => "fired",
                SymptomState::Recovered => "went back to OK",
                SymptomState::Unknown => "had no data",
            };
            let is_it = transition.to == SymptomState::Firing
                && transition.at.duration_since(signal.occurred_at).abs() <= SAME;
            known |= is_it;
            let weight = if is_it { Weight::Key } else { Weight::Rest };
            let what = format!("alarm {name} {said}");
            moments.push((weight, Moment { at: transition.at, what, evidence: Some(seen.id.clone()) }));
        }
    }
    if !known {
        let what = shown(&signal.title, LINE_CHARS);
        moments.push((Weight::Key, Moment { at: signal.occurred_at, what, evidence: None }));
    }
}

/// The writes, and those that a parameter's own history alone tells of.
fn changed(view: &View<'_>, moments: &mut Vec<(Weight, Moment)>) {
    let mut push = |at, event: &str, resource: &str, actor: &str, id: &EvidenceId| {
        let name = |text| shown(text, VALUE_CHARS);
        let what = format!("{} on {} by {}", name(event), name(resource), name(actor));
        let moment = Moment { at, what: shown(&what, LINE_CHARS), evidence: Some(id.clone()) };
        moments.push((Weight::Change, moment));
    };
    for change in &view.changes {
        let actor = if change.it.by_nightshift { "Nightshift" } else { change.it.actor.as_str() };
        push(change.it.at, &change.it.event_name, &change.it.resource.name(), actor, change.id);
    }
    for seen in view.states.values() {
        let Observed::Parameter { state } = seen.it else { continue };
        let listed = view.changes.iter().any(|change| {
            change.it.resource == state.arn
                && change.it.event_name == "PutParameter"
                && change.it.at.duration_since(state.modified_at).abs() <= CLOCK_SKEW
        });
        if !listed {
            push(state.modified_at, "PutParameter", &state.name, &state.modified_by, seen.id);
        }
    }
}

/// Whether a source tells of what happened, and not of how things are.
const fn happens(source: ContextSource) -> bool {
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

fn noted(source: ContextSource, note: &Note, id: &EvidenceId) -> Option<Moment> {
    let by = note.actor.as_ref().map(|actor| format!(" by {actor}")).unwrap_or_default();
    let what = format!("{}: {}{by}", source.as_str().replace('_', " "), note.what);
    Some(Moment { at: note.at?, what: shown(&what, LINE_CHARS), evidence: Some(id.clone()) })
}
