//! Defines an action as `show` prints it: a plan, and what came of it.

use common::{Approval, ApprovalDecision, Plan, PlanHash, Verdict, ports::Lease};
use jiff::Timestamp;
use serde::Serialize;

/// One plan with its verdicts, its approval and its automation.
#[derive(Debug, Serialize)]
pub(crate) struct Action {
    pub(crate) plan_hash: PlanHash,
    pub(crate) summary: String,
    pub(crate) undo: String,
    pub(crate) plan: Option<Plan>,
    pub(crate) verdicts: Vec<PolicyVerdict>,
    pub(crate) approval: Option<ApprovalState>,
    pub(crate) lease: Option<Lease>,
    /// When its start was announced, by the audit trail.
    pub(crate) announced_at: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
pub(crate) struct PolicyVerdict {
    pub(crate) at: Timestamp,
    pub(crate) verdict: Verdict,
}

/// An approval without its task token, which is a secret of the execution.
#[derive(Debug, Serialize)]
pub(crate) struct ApprovalState {
    pub(crate) requested_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) decision: ApprovalDecision,
}

impl From<&Approval> for ApprovalState {
    fn from(approval: &Approval) -> Self {
        Self {
            requested_at: approval.requested_at,
            expires_at: approval.expires_at,
            decision: approval.decision.clone(),
        }
    }
}
