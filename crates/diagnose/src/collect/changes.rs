//! Collects the changes of the hour before the symptom.

use common::{
    Observed, Signal,
    evidence::{Change, ReadSource, Truncation},
    ports::Reading,
};
use jiff::Timestamp;
use reasoning::{
    evidence::evidence_window::before,
    evidence::onset::LOOKBACK,
    evidence::text::{VALUE_CHARS, one_line},
};

use super::collected_evidence::CollectedEvidence;

/// Most changes that are kept, the newest: a DynamoDB write each.
const MOST_CHANGES: usize = 100;

/// Returns the newest changes and records them. A trail that was read in part is a gap only where part of
/// the hour that is judged is missing.
pub(super) fn record_changes(
    signal: &Signal,
    now: Timestamp,
    reading: Option<Reading<Vec<Change>>>,
    collected: &mut CollectedEvidence,
) -> Vec<Change> {
    let Some(Reading { command, value: found, truncation }) = reading else { return Vec::new() };
    let judged_from = before(signal.occurred_at, LOOKBACK);
    if let Some(truncation) = &truncation
        && truncation.reached.is_none_or(|oldest| oldest > judged_from)
    {
        collected.add_gap(ReadSource::Changes, &command, &truncation.reason);
    }
    if found.len() > MOST_CHANGES {
        collected.add_gap(
            ReadSource::Changes,
            &command,
            &format!("{} changes were found; only the newest {MOST_CHANGES} were kept", found.len()),
        );
    }
    let kept: Vec<_> = found.into_iter().take(MOST_CHANGES).collect();
    add_changes(&kept, now, &command, truncation.as_ref(), collected);
    kept
}

/// Adds each change as evidence of its own.
pub(super) fn add_changes(
    changes: &[Change],
    now: Timestamp,
    command: &str,
    truncation: Option<&Truncation>,
    collected: &mut CollectedEvidence,
) {
    for change in changes {
        let actor = one_line(&change.actor, VALUE_CHARS);
        let summary =
            format!("{} on {} by {actor} at {}", change.event_name, change.resource.name(), change.at);
        let observed = Observed::Change { change: change.clone() };
        collected.add_part(now, command, truncation.cloned(), &summary, observed);
    }
}

#[cfg(test)]
mod tests {
    use fakes::sample;
    use jiff::SignedDuration;

    use super::*;

    fn gaps(truncation: Option<Truncation>) -> usize {
        let mut collected = CollectedEvidence::default();
        let reading = Reading::new("lookup-events".to_owned(), Vec::new()).truncated(truncation);
        record_changes(&sample::alarm_signal("event-1", "x"), sample::at(), Some(reading), &mut collected);
        collected.gaps.len()
    }

    #[test]
    fn record_changes_trail_read_in_part_is_a_gap_only_where_the_judged_hour_is_missing() {
        let partial = |minutes| {
            let reached = Some(sample::at() - SignedDuration::from_mins(minutes));
            Some(Truncation { reason: "too many events".to_owned(), reached })
        };
        assert_eq!(gaps(partial(30)), 1);
        assert_eq!(gaps(partial(90)), 0);
        assert_eq!(gaps(Some(Truncation::new("incomplete"))), 1);
        assert_eq!(gaps(None), 0);
    }
}
