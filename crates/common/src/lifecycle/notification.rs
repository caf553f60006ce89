//! What humans are told.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::IncidentId;

/// Why a human is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    ApprovalNeeded,
    Resolved,
    Escalated,
    /// The incident's execution itself ended badly.
    ExecutionBroken,
}

impl Occasion {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApprovalNeeded => "approval_needed",
            Self::Resolved => "resolved",
            Self::Escalated => "escalated",
            Self::ExecutionBroken => "execution_broken",
        }
    }
}

/// A message as a channel takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// One line of at most 100 ASCII characters, as SNS takes for e-mail.
    pub subject: String,
    pub body: String,
}

/// That a channel took a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    pub incident_id: IncidentId,
    pub occasion: Occasion,
    pub channel: String,
    /// The channel's own id of the message.
    pub message_id: String,
    pub at: Timestamp,
}
