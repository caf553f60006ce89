//! What an incident comes to, before anything is done.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// An action would run.
    Act,
    /// A human would be asked whether it may.
    Ask,
    /// A human would be told, and nothing be done.
    Escalate,
    /// The symptom had gone by itself.
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

    /// Whether an action is on the table.
    pub const fn proposes(self) -> bool {
        matches!(self, Self::Act | Self::Ask)
    }
}
