//! Lists what the intake recorded, by a sparse index over the events and their further deliveries.
//!
//! An index entry has the outcome and the reason and not the event itself, so it costs one write unit an event, or two where
//! the reason is longer than about 900 bytes. A partition of the index takes 1,000 writes a second, and an index that throttles throttles the table's
//! own writes: an hour is spread over [`SHARDS`] partitions, so that no storm is slowed down by its own accounting.
//!
//! A further delivery is an item of its own and no counter on the event's record: it counts in the hour in which it came, which may
//! be hours after the record (`nightshift redrive`), and whoever may put events may put it too.

use common::{
    EventId,
    ports::{EventOutcome, EventRecord, IntakeEntries, IntakeEntry, PortError},
    sha256_hex,
};
use futures_util::future::try_join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    DynamoStore,
    item::{Item, from_item, text},
    key::{BY_RECORDED_HOUR, EVENT, Key, RECORDED_HOUR},
};
use crate::error::unreadable;

/// The partitions of an hour: an event's is the remainder of its id's hash.
const SHARDS: u8 = 4;

/// The attributes of an entry that the index holds, beside its keys.
#[derive(Deserialize)]
struct Indexed {
    recorded_at: Timestamp,
    outcome: Option<EventOutcome>,
    reason: Option<String>,
}

/// The item of a further delivery, beside its keys.
#[derive(Serialize)]
struct Repeat {
    recorded_at: Timestamp,
}

impl IntakeEntries for DynamoStore {
    async fn intake_entries(&self, within: Timestamp) -> Result<Vec<IntakeEntry>, PortError> {
        let of_shards = try_join_all((0..SHARDS).map(|shard| self.entries_of_shard(within, shard))).await?;
        let mut entries: Vec<_> = of_shards.into_iter().flatten().collect();
        entries.sort_by_key(|entry| entry.recorded_at);
        Ok(entries)
    }
}

impl DynamoStore {
    /// The item of an event's record.
    pub(super) fn event_item(&self, operation: &str, record: &EventRecord) -> Result<Item, PortError> {
        let item = self.to_expiring_item(operation, &Key::event(&record.event_id), record)?;
        Ok(listed(item, &record.event_id, record.recorded_at))
    }

    /// Counts a delivery of an event that has its record. Best effort: the event is recorded, and a repeated delivery must not
    /// fail because nobody could count it.
    pub(super) async fn count_repeat(&self, record: &EventRecord) {
        let key = Key::repeat(&record.event_id, record.recorded_at);
        let operation = format!("PutItem {key}");
        let repeat = Repeat { recorded_at: record.recorded_at };
        if let Ok(item) = self.to_expiring_item(&operation, &key, &repeat) {
            let _ = self.put_item(operation, listed(item, &record.event_id, record.recorded_at)).await;
        }
    }

    async fn entries_of_shard(&self, within: Timestamp, shard: u8) -> Result<Vec<IntakeEntry>, PortError> {
        let partition = hour_partition(within, shard);
        let operation = || format!("Query {BY_RECORDED_HOUR} {partition}");
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(BY_RECORDED_HOUR)
            .key_condition_expression(format!("{RECORDED_HOUR} = :hour"))
            .expression_attribute_values(":hour", text(&partition));
        let items = self.raw_pages(query, usize::MAX, operation).await?;
        items.into_iter().map(|item| entry(operation(), item)).collect()
    }
}

/// Gives the item its place in the index.
fn listed(mut item: Item, event: &EventId, at: Timestamp) -> Item {
    item.insert(RECORDED_HOUR.to_owned(), text(hour_partition(at, shard_of(event))));
    item
}

fn hour_partition(at: Timestamp, shard: u8) -> String {
    format!("{}#{shard}", at.strftime("%Y-%m-%dT%H"))
}

fn shard_of(event: &EventId) -> u8 {
    let digest = sha256_hex(event.as_str());
    let digit = digest.chars().next().and_then(|digit| digit.to_digit(16)).unwrap_or_default();
    u8::try_from(digit % u32::from(SHARDS)).unwrap_or_default()
}

fn entry(operation: String, item: Item) -> Result<IntakeEntry, PortError> {
    let pk = item.get("pk").and_then(|pk| pk.as_s().ok()).map(String::as_str).unwrap_or_default();
    let event_id = pk.strip_prefix(EVENT).unwrap_or(pk).parse();
    let event_id: EventId = event_id.map_err(|error| unreadable(operation.clone(), error))?;
    let Indexed { recorded_at, outcome, reason } = from_item(operation, item)?;
    Ok(IntakeEntry { event_id, recorded_at, outcome, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_an_hour_are_spread_over_all_of_its_partitions() {
        let mut found = std::collections::BTreeSet::new();
        for number in 0..100 {
            let event = format!("e-{number}").parse().unwrap();
            found.insert(hour_partition("2026-12-01T05:59:59.9Z".parse().unwrap(), shard_of(&event)));
        }
        let expected = ["2026-12-01T05#0", "2026-12-01T05#1", "2026-12-01T05#2", "2026-12-01T05#3"];
        assert_eq!(found.into_iter().collect::<Vec<_>>(), expected);
    }
}
