//! Names the outcome of an incident at the point where an action would start.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// An action would run.
    Act,
    /// A human would be asked whether it may.
    Ask,
    /// A human would be told, and no action taken.
    Escalate,
    /// The symptom had recovered by itself.
    Recovered,
    /// The event opened no incident.
    Ignored,
}

impl Outcome {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Act => "act",
            Self::Ask => "ask",
            Self::Escalate => "escalate",
            Self::Recovered => "recovered",
            Self::Ignored => "ignored",
        }
    }

    /// Tells whether an action would run or be asked for.
    pub const fn proposes(self) -> bool {
        matches!(self, Self::Act | Self::Ask)
    }
}
