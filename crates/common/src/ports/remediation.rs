//! Defines the ports that keep an action from running twice, and that hold a human's decision on it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::PortError;
use crate::{Approval, ApprovalDecision, Arn, IncidentId, PlanHash};

/// The right to run one plan, taken once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lease {
    pub incident_id: IncidentId,
    pub plan_hash: PlanHash,
    pub target: Arn,
    pub acquired_at: Timestamp,
    /// SSM's id of the execution, once known.
    pub execution_id: Option<String>,
    pub end: Option<LeaseEnd>,
}

/// The end of an automation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeaseEnd {
    /// The status in SSM's own word: `Success`, `Failed`, `TimedOut`, `Cancelled`.
    pub status: String,
    pub at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acquired {
    New,
    /// It had been taken before.
    Held(Box<Lease>),
    /// Nothing was taken: the incident has ended.
    IncidentEnded,
}

pub trait Leases {
    async fn lease(&self, incident: IncidentId, plan: &PlanHash) -> Result<Option<Lease>, PortError>;

    /// Takes the lease unless it was taken or its incident has ended, and counts it towards its target's rate: all in one
    /// write, so that whoever has ended an incident sees afterwards every lease that will ever be taken for it.
    async fn acquire(&self, lease: &Lease) -> Result<Acquired, PortError>;

    /// Writes the execution's id and its end into a lease that was taken.
    async fn update(&self, lease: &Lease) -> Result<(), PortError>;

    /// Returns the leases taken on `target` since then, by any incident.
    async fn taken_on(&self, target: &Arn, since: Timestamp) -> Result<u32, PortError>;

    /// Returns the leases taken by this incident.
    async fn taken_by(&self, incident: IncidentId) -> Result<Vec<Lease>, PortError>;
}

pub trait Approvals {
    async fn approval(&self, incident: IncidentId, plan: &PlanHash) -> Result<Option<Approval>, PortError>;

    /// Writes a pending request. One that is pending takes the new token; one that was decided stays
    /// as it is, unless its decision is exactly `lapsed`. Returns what is there afterwards.
    async fn request(
        &self,
        approval: &Approval,
        lapsed: Option<&ApprovalDecision>,
    ) -> Result<Approval, PortError>;

    /// Writes the decision into a request that is pending, conditionally: the first one counts.
    async fn decide(
        &self,
        incident: IncidentId,
        plan: &PlanHash,
        decision: &ApprovalDecision,
    ) -> Result<Decided, PortError>;

    /// Returns all requests of an incident.
    async fn approvals(&self, incident: IncidentId) -> Result<Vec<Approval>, PortError>;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    Recorded,
    /// It had been decided before.
    Already(ApprovalDecision),
    NoSuchRequest,
}
