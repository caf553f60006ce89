//! What every listing of the intake's records must hold.

use common::{
    EventId,
    ports::{EventOutcome, EventRecord, Events, Intake, IntakeEntries, IntakeEntry, IntakeWrite},
};
use jiff::SignedDuration;

use crate::samples::{at, attached, incident, opened, record, signal};

fn ignored(event: &str, seconds: i64) -> EventRecord {
    let event: EventId = event.parse().unwrap();
    let record = record(&event, EventOutcome::Ignored, None);
    EventRecord {
        recorded_at: at(seconds),
        reason: Some("no signal".into()),
        raw: Some("{}".into()),
        ..record
    }
}

fn entry(event: &str, seconds: i64, outcome: Option<EventOutcome>) -> IntakeEntry {
    let reason = (outcome == Some(EventOutcome::Ignored)).then(|| "no signal".to_owned());
    IntakeEntry { event_id: event.parse().unwrap(), recorded_at: at(seconds), outcome, reason }
}

pub(crate) async fn entries_of_nothing_are_none(store: impl IntakeEntries) {
    assert_eq!(store.intake_entries(at(0)).await.unwrap(), []);
}

pub(crate) async fn entries_are_of_their_hour_and_in_order(store: impl Intake + Events + IntakeEntries) {
    let incident = incident("a", "e-1");
    store.open(&incident, None, &opened(&incident)).await.unwrap();
    let second = signal("a", "e-2", 2);
    let attach = EventRecord { recorded_at: at(2), ..attached(&second, &incident) };
    store.attach(incident.id, &second, &attach).await.unwrap();
    for (event, seconds) in [("e-4", 3599), ("e-3", 3), ("e-5", 3600), ("e-0", -1)] {
        store.keep(&ignored(event, seconds)).await.unwrap();
    }
    let expected = [
        entry("e-1", 1, Some(EventOutcome::Opened)),
        entry("e-2", 2, Some(EventOutcome::Attached)),
        entry("e-3", 3, Some(EventOutcome::Ignored)),
        entry("e-4", 3599, Some(EventOutcome::Ignored)),
    ];
    // Any time of the hour stands for it.
    for within in [at(0), at(1800), at(3600) - SignedDuration::from_nanos(1)] {
        assert_eq!(store.intake_entries(within).await.unwrap(), expected, "{within}");
    }
    assert_eq!(
        store.intake_entries(at(3600)).await.unwrap(),
        [entry("e-5", 3600, Some(EventOutcome::Ignored))]
    );
}

pub(crate) async fn entries_count_each_further_delivery_in_the_hour_it_came(
    store: impl Intake + Events + IntakeEntries,
) {
    let incident = incident("a", "e-1");
    store.open(&incident, None, &opened(&incident)).await.unwrap();
    let again = |seconds| EventRecord { recorded_at: at(seconds), ..opened(&incident) };
    for seconds in [5, 6, 4000] {
        let written = store.open(&incident, None, &again(seconds)).await.unwrap();
        assert_eq!(written, IntakeWrite::EventKnown);
    }
    // The same delivery, tried again after its answer was lost.
    store.open(&incident, None, &again(6)).await.unwrap();
    let second = signal("a", "e-2", 2);
    for seconds in [2, 7] {
        let attach = EventRecord { recorded_at: at(seconds), ..attached(&second, &incident) };
        store.attach(incident.id, &second, &attach).await.unwrap();
        store.keep(&ignored("e-3", seconds + 1)).await.unwrap();
    }
    let expected = [
        entry("e-1", 1, Some(EventOutcome::Opened)),
        entry("e-2", 2, Some(EventOutcome::Attached)),
        entry("e-3", 3, Some(EventOutcome::Ignored)),
        entry("e-1", 5, None),
        entry("e-1", 6, None),
        entry("e-2", 7, None),
        entry("e-3", 8, None),
    ];
    assert_eq!(store.intake_entries(at(0)).await.unwrap(), expected);
    assert_eq!(store.intake_entries(at(4000)).await.unwrap(), [entry("e-1", 4000, None)]);
}

pub(crate) async fn entries_count_one_delivery_of_many_at_once_as_a_record(
    store: impl Events + IntakeEntries,
) {
    let deliveries: Vec<_> = (0..20).map(|seconds| ignored("e-1", seconds)).collect();
    futures_util::future::join_all(deliveries.iter().map(|delivery| store.keep(delivery))).await;
    let entries = store.intake_entries(at(0)).await.unwrap();
    let records = entries.iter().filter(|entry| entry.outcome.is_some()).count();
    assert_eq!((entries.len(), records), (20, 1));
}

pub(crate) async fn entries_leave_the_record_as_it_was(store: impl Intake + Events + IntakeEntries) {
    let first = ignored("e-1", 0);
    store.keep(&first).await.unwrap();
    store.keep(&ignored("e-1", 9)).await.unwrap();
    assert_eq!(store.recorded(&first.event_id).await.unwrap(), Some(first));
}
