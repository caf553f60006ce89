//! Defines the port that remembers problems which came back soon after their incident had ended.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::PortError;
use crate::{Fingerprint, IncidentId, Signal};

/// A problem that came back soon after its incident had ended. It opens another incident only if it stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// The latest signal of it that was taken in.
    pub signal: Signal,
    /// The incident that had ended.
    pub incident_id: IncidentId,
    /// The number of times that it has come back since the incident ended.
    pub returns: u32,
    /// Since when it is back; `None` where it is gone again, or its return was taken in as a signal.
    pub firing_since: Option<Timestamp>,
    /// The latest known change of each of its alarms, by the alarm's name: a problem whose alarms are in tiers has several.
    pub alarms: BTreeMap<String, AlarmChange>,
    /// One more with each write, so that none is lost to another one at the same time.
    pub version: u64,
}

impl Return {
    /// The same problem, for which an incident was opened: it is looked at no more.
    #[must_use]
    pub fn taken_in(&self) -> Self {
        Self { firing_since: None, version: self.version.saturating_add(1), ..self.clone() }
    }
}

/// A change of an alarm, by the service's own time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmChange {
    pub at: Timestamp,
    pub fires: bool,
}

/// Stores the latest return of each problem, for a day.
pub trait Returns {
    /// Returns the latest return of a problem, read consistently.
    async fn returned(&self, fingerprint: &Fingerprint) -> Result<Option<Return>, PortError>;

    /// Stores the return in place of the one of the version before, or where there is none. Returns false, and stores nothing,
    /// where another one was stored meanwhile.
    async fn put_return(&self, returned: &Return) -> Result<bool, PortError>;

    /// Returns the problems that are back since `until` or longer, the longest first. One that went away a moment ago may
    /// still be among them; one that cannot be read is left out.
    async fn back_since(&self, until: Timestamp) -> Result<Vec<Return>, PortError>;
}
