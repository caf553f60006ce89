//! Fakes the listing of what the intake recorded.

use common::{
    PortError,
    ports::{EventRecord, IntakeEntries, IntakeEntry, start_of_hour},
};
use jiff::Timestamp;

use super::{MemoryStore, Tables};

impl Tables {
    /// Tells whether the event has a record, and counts this delivery of it where it has.
    pub(super) fn is_repeat(&mut self, record: &EventRecord) -> bool {
        let known = self.events.contains_key(&record.event_id);
        if known {
            self.repeats.insert((record.event_id.clone(), record.recorded_at));
        }
        known
    }
}

impl IntakeEntries for MemoryStore {
    async fn intake_entries(&self, within: Timestamp) -> Result<Vec<IntakeEntry>, PortError> {
        self.faults.call("IntakeEntries::intake_entries", || {
            let tables = self.tables();
            let records = tables.events.values().map(|record| IntakeEntry {
                event_id: record.event_id.clone(),
                recorded_at: record.recorded_at,
                outcome: Some(record.outcome),
                reason: record.reason.clone(),
            });
            let repeats = tables.repeats.iter().map(|(event_id, at)| IntakeEntry {
                event_id: event_id.clone(),
                recorded_at: *at,
                outcome: None,
                reason: None,
            });
            let hour = start_of_hour(within);
            let mut found: Vec<_> =
                records.chain(repeats).filter(|entry| start_of_hour(entry.recorded_at) == hour).collect();
            found.sort_by_key(|entry| entry.recorded_at);
            found
        })
    }
}
