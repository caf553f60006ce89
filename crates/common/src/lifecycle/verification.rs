//! Defines the record of verifying one attempt: whether the symptom is gone, and stays gone.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Observation, PlanHash, alarm_evaluation::AlarmWindow};

/// The state of verifying one attempt, stored between two checks of the symptom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verification {
    pub attempt: u32,
    /// The plan whose effect is verified; none where the symptom went away by itself.
    pub plan_hash: Option<PlanHash>,
    pub started_at: Timestamp,
    /// The symptom right before the action.
    pub before: Option<Observation>,
    /// The first of the healthy checks in a row that lasts until now.
    pub healthy_since: Option<Timestamp>,
    /// The window of the incident's alarm when it was last read: one read that fails does not shorten the deadline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarm_window: Option<AlarmWindow>,
}

/// The result of verifying an attempt, under the names that state machines and the ledger know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerificationResult {
    /// The symptom is gone and has stayed gone for the hold time.
    Recovered,
    /// The symptom is to be checked again.
    NotYet,
    /// The alarm still fires, but what it measured since the action is normal: to be checked again.
    Recovering,
    /// The symptom is as bad as before the action.
    Unchanged,
    /// The symptom is worse than before the action.
    Worse,
    /// The checks do not tell.
    Unknown,
}

impl VerificationResult {
    pub const ALL: [Self; 6] =
        [Self::Recovered, Self::NotYet, Self::Recovering, Self::Unchanged, Self::Worse, Self::Unknown];

    /// The name on the wire and in the ledger.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recovered => "recovered",
            Self::NotYet => "not_yet",
            Self::Recovering => "recovering",
            Self::Unchanged => "unchanged",
            Self::Worse => "worse",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_str_is_the_stored_name() {
        for result in VerificationResult::ALL {
            assert_eq!(serde_json::to_value(result).unwrap(), result.as_str());
        }
    }
}
