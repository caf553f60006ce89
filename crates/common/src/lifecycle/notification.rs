//! Defines the messages to humans: their occasions, contents and deliveries.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::IncidentId;

/// The occasion of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// The incident is waited for, and people are told what is known meanwhile.
    Preliminary,
    ApprovalNeeded,
    Resolved,
    Escalated,
    /// The incident's execution itself failed.
    ExecutionBroken,
    /// The incident's execution runs, and the incident has not moved for longer than its status takes.
    NotMoving,
    /// A firing signal was attached to an incident that does not move.
    StillFiring,
    /// The problem of an incident that has ended comes and goes.
    Flapping,
    /// A person closed the incident.
    Closed,
    /// A person took the incident over.
    TakenOver,
}

impl Occasion {
    /// The occasions of the message that an incident ends with.
    pub const ENDS: [Self; 5] =
        [Self::Resolved, Self::Escalated, Self::ExecutionBroken, Self::Closed, Self::TakenOver];

    /// Returns true for the message that an incident ends with.
    pub fn is_end(self) -> bool {
        Self::ENDS.contains(&self)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Preliminary => "preliminary",
            Self::ApprovalNeeded => "approval_needed",
            Self::Resolved => "resolved",
            Self::Escalated => "escalated",
            Self::ExecutionBroken => "execution_broken",
            Self::NotMoving => "not_moving",
            Self::StillFiring => "still_firing",
            Self::Flapping => "flapping",
            Self::Closed => "closed",
            Self::TakenOver => "taken_over",
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
