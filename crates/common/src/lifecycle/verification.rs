//! Whether the symptom is gone, and stays gone.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Observation, PlanHash};

/// The state of watching one attempt, kept between looks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verification {
    pub attempt: u32,
    /// The plan whose effect is watched; none where the symptom went away by itself.
    pub plan_hash: Option<PlanHash>,
    pub started_at: Timestamp,
    /// The symptom right before the action.
    pub before: Option<Observation>,
    /// Since when every look has shown it healthy.
    pub healthy_since: Option<Timestamp>,
}
