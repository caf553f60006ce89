//! Defines the port that lets only one incident at a time act on a target.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::PortError;
use crate::{Arn, IncidentId, PlanHash};

/// The right of an incident to act on a target: held through an action, its verification and its undo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetLease {
    pub target: Arn,
    pub incident_id: IncidentId,
    /// The plan that the incident last took the target for.
    pub plan_hash: PlanHash,
    pub taken_at: Timestamp,
}

/// The result of taking a target, in one conditional write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetTaken {
    Taken,
    /// Another incident holds it; nothing was written.
    HeldBy(Box<TargetLease>),
}

pub trait TargetLeases {
    /// Takes the target for the lease's incident, unless another one holds it. A lease exactly as `dead` has it is
    /// replaced: its incident was found to hold it no more.
    async fn take_target(
        &self,
        lease: &TargetLease,
        dead: Option<&TargetLease>,
    ) -> Result<TargetTaken, PortError>;

    /// Returns the lease on the target, read consistently; `None` where it was never taken, or was released.
    async fn target_holder(&self, target: &Arn) -> Result<Option<TargetLease>, PortError>;

    /// Releases the target if this incident holds it for this plan: not where it took the target again since.
    async fn release_target(
        &self,
        target: &Arn,
        incident: IncidentId,
        plan_hash: &PlanHash,
    ) -> Result<(), PortError>;
}
