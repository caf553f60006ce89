//! Defines the messages to humans: their occasions, contents and deliveries.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::IncidentId;

/// The occasion of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    ApprovalNeeded,
    Resolved,
    Escalated,
    /// The incident's execution itself failed.
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

/// A message as channels take it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// One line of at most 100 ASCII characters, as SNS takes for e-mail.
    pub subject: String,
    pub body: String,
}

/// The record of a message that a channel accepted.
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
