//! Defines the errors of requests and decisions.

use common::{Approval, ApprovalDecision, ErrorName, IncidentId, PlanHash, PortError};
use jiff::Timestamp;

/// A request or a decision that cannot be recorded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("plan {} of incident {incident_id} was already {answer} by {by} at {at}", plan_hash.short())]
    AlreadyDecided { incident_id: IncidentId, plan_hash: PlanHash, answer: Answer, by: String, at: Timestamp },
    #[error(
        "the request to approve plan {} of incident {incident_id} expired at {expires_at}: it can no longer be answered",
        plan_hash.short()
    )]
    Expired { incident_id: IncidentId, plan_hash: PlanHash, expires_at: Timestamp },
    /// The incident has ended, or went another way.
    #[error("incident {incident_id} no longer waits for an approval of plan {}", plan_hash.short())]
    IncidentMovedOn { incident_id: IncidentId, plan_hash: PlanHash },
    #[error("incident {incident_id} has no request to approve plan {}: see `nightshift show`", plan_hash.short())]
    NoSuchRequest { incident_id: IncidentId, plan_hash: PlanHash },
    #[error("plan {} of incident {incident_id} was asked about again at {asked_at}: read the new question (`nightshift show`) and repeat the command", plan_hash.short())]
    AskedAgain { incident_id: IncidentId, plan_hash: PlanHash, asked_at: Timestamp },
    #[error(transparent)]
    Port(#[from] PortError),
}

/// A human's answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Approved,
    Denied,
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Approved => "approved",
            Self::Denied => "denied",
        })
    }
}

impl Error {
    /// Returns the error about an approval that is decided, or has expired, and so cannot be requested or decided
    /// otherwise.
    pub(crate) fn from_decision(approval: &Approval, decision: &ApprovalDecision) -> Self {
        let (incident_id, plan_hash) = (approval.incident_id, approval.plan_hash.clone());
        let (answer, by, at) = match decision {
            ApprovalDecision::Approved { by, at } => (Answer::Approved, by.clone(), *at),
            ApprovalDecision::Denied { by, at } => (Answer::Denied, by.clone(), *at),
            ApprovalDecision::Pending | ApprovalDecision::Expired { .. } => {
                return Self::Expired { incident_id, plan_hash, expires_at: approval.expires_at };
            }
        };
        Self::AlreadyDecided { incident_id, plan_hash, answer, by, at }
    }
}

impl ErrorName for Error {
    const NAMES: &'static [&'static str] = &[
        "Approve.AlreadyDecided",
        "Approve.AskedAgain",
        "Approve.Expired",
        "Approve.IncidentMovedOn",
        "Approve.NoSuchRequest",
    ];

    fn error_name(&self) -> &'static str {
        match self {
            Self::AlreadyDecided { .. } => "Approve.AlreadyDecided",
            Self::AskedAgain { .. } => "Approve.AskedAgain",
            Self::Expired { .. } => "Approve.Expired",
            Self::IncidentMovedOn { .. } => "Approve.IncidentMovedOn",
            Self::NoSuchRequest { .. } => "Approve.NoSuchRequest",
            Self::Port(error) => error.error_name(),
        }
    }
}
