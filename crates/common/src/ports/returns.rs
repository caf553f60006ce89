//! Defines the port that remembers problems which came back soon after their incident had ended.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::PortError;
use crate::{Fingerprint, IncidentId, Signal};

/// A problem that came back soon after its incident had ended. It opens another incident only if it stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// The latest signal of it that fired, or that told the recovery where none has fired yet.
    pub signal: Signal,
    /// The incident that had ended.
    pub incident_id: IncidentId,
    /// The number of times that it has come back since the incident ended.
    pub returns: u32,
    /// Since when it is back; `None` where it is gone again, or an incident was opened for it.
    pub firing_since: Option<Timestamp>,
    /// The service's own time of the latest recovery.
    pub recovered_at: Option<Timestamp>,
}

/// Stores the latest return of each problem, for a day.
pub trait Returns {
    /// Returns the latest return of a problem, read consistently.
    async fn returned(&self, fingerprint: &Fingerprint) -> Result<Option<Return>, PortError>;

    /// Stores the return in place of the last one of the same problem.
    async fn put_return(&self, returned: &Return) -> Result<(), PortError>;

    /// Returns the problems that are back since `until` or longer, the longest first. One that went away a moment ago may
    /// still be among them.
    async fn back_since(&self, until: Timestamp) -> Result<Vec<Return>, PortError>;
}
