use common::{Approval, ApprovalDecision, ErrorName, IncidentId, PlanHash, PortError};
use jiff::Timestamp;

/// Why there is no approval to wait for, or none to give.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("plan {} of incident {incident_id} was {decided}", plan_hash.short())]
    AlreadyDecided {
        incident_id: IncidentId,
        plan_hash: PlanHash,
        /// Who decided what and when, in words.
        decided: String,
    },
    #[error(
        "the request to approve plan {} of incident {incident_id} expired at {expires_at}, which is a no",
        plan_hash.short()
    )]
    Expired { incident_id: IncidentId, plan_hash: PlanHash, expires_at: Timestamp },
    /// The incident has ended, or went another way.
    #[error("incident {incident_id} does not wait for an approval of plan {}", plan_hash.short())]
    IncidentMovedOn { incident_id: IncidentId, plan_hash: PlanHash },
    #[error("nobody was asked to approve plan {} of incident {incident_id}", plan_hash.short())]
    NoSuchRequest { incident_id: IncidentId, plan_hash: PlanHash },
    #[error(transparent)]
    Port(#[from] PortError),
}

impl Error {
    /// What `approval` can no longer be: asked for, or decided otherwise.
    pub(crate) fn settled(approval: &Approval, decision: &ApprovalDecision) -> Self {
        let (incident_id, plan_hash) = (approval.incident_id, approval.plan_hash.clone());
        let decided = match decision {
            ApprovalDecision::Approved { by, at } => format!("approved by {by} at {at}"),
            ApprovalDecision::Denied { by, at } => format!("denied by {by} at {at}"),
            ApprovalDecision::Pending | ApprovalDecision::Expired { .. } => {
                return Self::Expired { incident_id, plan_hash, expires_at: approval.expires_at };
            }
        };
        Self::AlreadyDecided { incident_id, plan_hash, decided }
    }
}

impl ErrorName for Error {
    const NAMES: &'static [&'static str] =
        &["Approve.AlreadyDecided", "Approve.Expired", "Approve.IncidentMovedOn", "Approve.NoSuchRequest"];

    fn error_name(&self) -> &'static str {
        match self {
            Self::AlreadyDecided { .. } => "Approve.AlreadyDecided",
            Self::Expired { .. } => "Approve.Expired",
            Self::IncidentMovedOn { .. } => "Approve.IncidentMovedOn",
            Self::NoSuchRequest { .. } => "Approve.NoSuchRequest",
            Self::Port(error) => error.error_name(),
        }
    }
}
