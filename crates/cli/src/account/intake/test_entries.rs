//! Entries of the intake for tests.

use common::ports::{EventOutcome, IntakeEntry};
use jiff::{SignedDuration, Timestamp};

/// Ten minutes past five.
pub(super) fn at(minutes: i64) -> Timestamp {
    "2026-12-01T05:10:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

/// An entry of so many minutes after ten past five.
pub(super) fn entry(event: &str, minutes: i64, outcome: Option<EventOutcome>) -> IntakeEntry {
    IntakeEntry { event_id: event.parse().unwrap(), recorded_at: at(minutes), outcome, reason: None }
}
