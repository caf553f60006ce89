//! Moves a cause further before the onset.

use common::{Arn, Observed, OwnRoles, context_source::Note};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{Record, Recording, resources::WrittenNote};

/// The same incident, where the last change of `cause` was made this much earlier, and what was good before the onset
/// was good for that much longer. `None` where the recording has no change of it before `onset`, or where the change
/// would come before another one of it.
pub fn with_cause_earlier(
    recording: &Recording,
    cause: &Arn,
    onset: Timestamp,
    by: SignedDuration,
) -> Option<Recording> {
    let component = cause.component();
    let known = recording.resources.by_arn.keys().filter(|arn| arn.component() == component);
    let of_it: Vec<Arn> = known.chain([&component]).cloned().collect();
    let nobody = OwnRoles::default();
    let is_about = |record: &Record| !record.changes(&of_it, &nobody).is_empty();
    let mut times: Vec<Timestamp> =
        recording.records.iter().filter(|record| is_about(record)).map(|record| record.at).collect();
    times.sort();
    let last = times.pop().filter(|last| *last <= onset)?;
    let moved = last.checked_sub(by).ok()?;
    if times.last().is_some_and(|before| *before >= moved) {
        return None;
    }
    let mut changed = recording.clone();
    for record in changed.records.iter_mut().filter(|record| record.at == last && is_about(record)) {
        let mut document: Value = serde_json::from_str(&record.text).ok()?;
        document.as_object_mut()?.insert("eventTime".to_owned(), json!(moved));
        *record = Record { at: moved, text: document.to_string() };
    }
    changed.records.sort_by_key(|record| record.at);
    // What else has the time of the change.
    let earlier = |at: Timestamp| {
        let near = at.duration_since(last).abs() <= SignedDuration::from_mins(2);
        if near { at.checked_sub(by).unwrap_or(at) } else { at }
    };
    for (arn, recorded) in &mut changed.resources.by_arn {
        if arn.component() != component {
            continue;
        }
        if let Some(Observed::Parameter { state }) = &mut recorded.state {
            state.modified_at = earlier(state.modified_at);
        }
        for WrittenNote { at, .. } in &mut recorded.notes {
            *at = at.map(earlier);
        }
    }
    for (_, Note { at, resource, .. }) in &mut changed.resources.notes {
        if resource.as_ref().is_some_and(|arn| arn.component() == component) {
            *at = at.map(earlier);
        }
    }
    Some(changed)
}
