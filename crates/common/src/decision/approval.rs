//! Defines a human's decision on one plan.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{IncidentId, PlanHash};

/// An approval is valid for this long once it is given: the execution that waits for it goes on within seconds.
const HOLDS: SignedDuration = SignedDuration::from_mins(10);

/// A request for approval and what came of it. It names one plan, expires, and is used once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    pub incident_id: IncidentId,
    pub plan_hash: PlanHash,
    pub requested_at: Timestamp,
    pub expires_at: Timestamp,
    /// The Step Functions task token that wakes the waiting execution.
    pub task_token: String,
    pub decision: ApprovalDecision,
}

/// The token is a secret of its execution: it stays out of logs.
impl std::fmt::Debug for Approval {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Approval")
            .field("incident_id", &self.incident_id)
            .field("plan_hash", &self.plan_hash)
            .field("expires_at", &self.expires_at)
            .field("decision", &self.decision)
            .finish_non_exhaustive()
    }
}

impl Approval {
    /// Returns true if this is a human's approval of `plan`, given in time, that is still valid at `now`.
    pub fn permits(&self, plan: &PlanHash, now: Timestamp) -> bool {
        let ApprovalDecision::Approved { at, .. } = &self.decision else { return false };
        self.plan_hash == *plan && *at < self.expires_at && now.duration_since(*at) < HOLDS
    }

    /// Returns true if this was an approval that is valid no longer: the execution that it was given to did not go on in
    /// time, because its target was held for example. The plan may be asked about again.
    pub fn has_lapsed(&self, now: Timestamp) -> bool {
        matches!(&self.decision, ApprovalDecision::Approved { at, .. } if now.duration_since(*at) >= HOLDS)
    }

    /// Returns true if a decision can still be given at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.decision == ApprovalDecision::Pending && now < self.expires_at
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case", deny_unknown_fields)]
pub enum ApprovalDecision {
    Pending,
    /// `by` is the ARN that STS gave for the caller's credentials.
    Approved {
        by: String,
        at: Timestamp,
    },
    Denied {
        by: String,
        at: Timestamp,
    },
    /// Nobody answered in time, which is a no.
    Expired {
        at: Timestamp,
    },
}
