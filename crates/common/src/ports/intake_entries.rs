//! Defines the port that lists what the intake recorded, for accounting.

use jiff::{SignedDuration, Timestamp};

use super::{EventOutcome, PortError};
use crate::EventId;

/// One delivery of an event that the intake recorded: the event's record, or a repeated delivery of an event that had one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntakeEntry {
    pub event_id: EventId,
    pub recorded_at: Timestamp,
    /// `None` for a repeated delivery.
    pub outcome: Option<EventOutcome>,
    /// The reason why it was ignored or rejected.
    pub reason: Option<String>,
}

/// Lists what the intake recorded, by the hour.
pub trait IntakeEntries {
    /// Returns the entries that were recorded in the UTC hour that `within` lies in, oldest first. What was recorded a moment ago
    /// may be missing, and so is every event that a version without this listing recorded.
    async fn intake_entries(&self, within: Timestamp) -> Result<Vec<IntakeEntry>, PortError>;
}

/// Returns the beginning of the UTC hour that `at` lies in.
pub fn start_of_hour(at: Timestamp) -> Timestamp {
    let past = at.as_second().rem_euclid(3600);
    let whole_seconds = at.as_second().saturating_sub(past);
    // Only within the first hour of the year -9999 is there no such time.
    Timestamp::from_second(whole_seconds).unwrap_or(at)
}

/// The length of an hour of accounting.
pub const HOUR: SignedDuration = SignedDuration::from_hours(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_of_hour_is_at_or_before_a_time() {
        for (at, expected) in [
            ("2026-12-01T05:00:00Z", "2026-12-01T05:00:00Z"),
            ("2026-12-01T05:59:59.999999999Z", "2026-12-01T05:00:00Z"),
            ("1969-12-31T23:30:00.5Z", "1969-12-31T23:00:00Z"),
        ] {
            assert_eq!(start_of_hour(at.parse().unwrap()), expected.parse().unwrap(), "{at}");
        }
        assert_eq!(start_of_hour(Timestamp::MIN), Timestamp::MIN);
    }
}
