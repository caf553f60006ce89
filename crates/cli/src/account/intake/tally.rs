//! Counts what the intake recorded: each event once by its outcome, each further delivery, and the reasons. Pure.

use std::collections::BTreeMap;

use common::{
    EventId,
    ports::{EventOutcome, IntakeEntry},
};
use serde::Serialize;

/// The events that were recorded in some time, by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Tally {
    pub(crate) opened: u64,
    pub(crate) attached: u64,
    pub(crate) recovered: u64,
    pub(crate) suppressed: u64,
    pub(crate) ignored: u64,
    pub(crate) rejected: u64,
    /// Further deliveries of events that had a record.
    pub(crate) repeated: u64,
    /// Looks at what came back, by a schedule.
    pub(crate) looks: u64,
    /// Signals of batches beyond each event's first, which is counted above, and those of problems that came back and stay: they
    /// reached the intake in another's delivery.
    pub(crate) further_signals: u64,
}

impl Tally {
    pub(super) fn add(&mut self, entry: &IntakeEntry) {
        let count = match entry.outcome {
            _ if entry.event_id == EventId::of_looks() => &mut self.looks,
            // A repeated delivery of a batch repeats each of its signals.
            None if entry.event_id.is_further_signal() => return,
            _ if entry.event_id.is_further_signal() => &mut self.further_signals,
            None => &mut self.repeated,
            Some(EventOutcome::Opened) => &mut self.opened,
            Some(EventOutcome::Attached) => &mut self.attached,
            Some(EventOutcome::Recovered) => &mut self.recovered,
            Some(EventOutcome::Suppressed) => &mut self.suppressed,
            Some(EventOutcome::Ignored) => &mut self.ignored,
            Some(EventOutcome::Rejected) => &mut self.rejected,
        };
        *count = count.saturating_add(1);
    }

    /// The deliveries that are accounted for: each event once, and each of its further deliveries.
    pub(crate) fn deliveries(&self) -> u64 {
        let Self {
            opened,
            attached,
            recovered,
            suppressed,
            ignored,
            rejected,
            repeated,
            looks,
            further_signals: _,
        } = *self;
        [opened, attached, recovered, suppressed, ignored, rejected, repeated, looks]
            .into_iter()
            .fold(0, u64::saturating_add)
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            opened: self.opened.saturating_add(other.opened),
            attached: self.attached.saturating_add(other.attached),
            recovered: self.recovered.saturating_add(other.recovered),
            suppressed: self.suppressed.saturating_add(other.suppressed),
            ignored: self.ignored.saturating_add(other.ignored),
            rejected: self.rejected.saturating_add(other.rejected),
            repeated: self.repeated.saturating_add(other.repeated),
            looks: self.looks.saturating_add(other.looks),
            further_signals: self.further_signals.saturating_add(other.further_signals),
        }
    }
}

/// A reason why events were ignored or rejected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct ReasonCount {
    pub(super) outcome: EventOutcome,
    pub(super) reason: String,
    pub(super) count: u64,
    /// The latest of them.
    pub(super) event_id: EventId,
}

/// Returns the `most` most frequent reasons of each of both outcomes, rejections first.
pub(super) fn top_reasons(entries: &[IntakeEntry], most: usize) -> Vec<ReasonCount> {
    let of_outcome = |outcome| {
        let mut counted: BTreeMap<&str, (u64, &IntakeEntry)> = BTreeMap::new();
        let events = entries.iter().filter(|entry| entry.event_id != EventId::of_looks());
        for entry in events.filter(|entry| entry.outcome == Some(outcome)) {
            let reason = entry.reason.as_deref().unwrap_or("no reason was recorded");
            let (count, latest) = counted.entry(reason).or_insert((0, entry));
            *count = count.saturating_add(1);
            if entry.recorded_at >= latest.recorded_at {
                *latest = entry;
            }
        }
        let reasons = counted.into_iter().map(|(reason, (count, latest))| ReasonCount {
            outcome,
            reason: reason.to_owned(),
            count,
            event_id: latest.event_id.clone(),
        });
        let mut reasons: Vec<_> = reasons.collect();
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.count));
        reasons.truncate(most);
        reasons
    };
    [EventOutcome::Rejected, EventOutcome::Ignored].into_iter().flat_map(of_outcome).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fakes::{Faults, MemoryStore, sample};
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::{super::test_entries::entry, *};
    use EventOutcome::{Attached, Ignored, Opened, Rejected};

    fn tally(entries: &[IntakeEntry]) -> Tally {
        let mut tally = Tally::default();
        for entry in entries {
            tally.add(entry);
        }
        tally
    }

    #[test]
    fn tally_counts_a_batch_once() {
        let entries = [
            entry("e-1", 0, Some(Opened)),
            entry("e-1.2", 0, Some(Attached)),
            entry("e-1.3", 1, Some(Ignored)),
            entry("e-2", 2, Some(Ignored)),
            // The batch once more.
            entry("e-1", 3, None),
            entry("e-1.2", 3, None),
            entry("e-1.3", 3, None),
        ];
        let expected = Tally { opened: 1, ignored: 1, repeated: 1, further_signals: 2, ..Tally::default() };
        assert_eq!(tally(&entries), expected);
        assert_eq!(tally(&entries).deliveries(), 3);
    }

    #[test]
    fn top_reasons_are_the_most_frequent_with_their_latest_event() {
        let because = |event: &str, minutes, outcome, reason: &str| IntakeEntry {
            reason: Some(reason.to_owned()),
            ..entry(event, minutes, Some(outcome))
        };
        let entries = [
            because("e-1", 1, Ignored, "test"),
            because("e-2", 2, Ignored, "no incident is open"),
            because("e-3", 3, Ignored, "no incident is open"),
            because("e-4", 4, Rejected, "detail: missing"),
            because("e-5", 5, Opened, "test"),
        ];
        let found = top_reasons(&entries, 1);
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.outcome, one.reason.as_str(), one.count, one.event_id.as_str()))
            .collect();
        assert_eq!(
            found,
            [(Rejected, "detail: missing", 1, "e-4"), (Ignored, "no incident is open", 2, "e-3")]
        );
    }

    proptest! {
        /// Whatever comes in whatever order, and comes again: the sum is that of the deliveries.
        #[test]
        fn deliveries_are_distinct_events_and_repeats(events in prop::collection::vec((0_u8..20, any::<bool>()), 0..60)) {
            use common::ports::{EventRecord, Events as _, IntakeEntries as _};
            let store = MemoryStore::new(&Faults::default());
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let found = runtime.block_on(async {
                for (second, (event, is_rejected)) in (0..).zip(&events) {
                    let outcome = if *is_rejected { EventOutcome::Rejected } else { EventOutcome::Ignored };
                    let record = EventRecord {
                        event_id: format!("e-{event}").parse().unwrap(),
                        outcome,
                        incident_id: None,
                        recorded_at: sample::at() + SignedDuration::from_secs(second),
                        reason: None,
                        raw: None,
                    };
                    store.keep(&record).await.unwrap();
                }
                store.intake_entries(sample::at()).await.unwrap()
            });
            let distinct: BTreeSet<_> = events.iter().map(|(event, _)| event).collect();
            let tally = tally(&found);
            prop_assert_eq!(tally.deliveries(), u64::try_from(events.len()).unwrap());
            prop_assert_eq!(tally.ignored + tally.rejected, u64::try_from(distinct.len()).unwrap());
        }
    }
}
