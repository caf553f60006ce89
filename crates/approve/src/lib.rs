//! Records that a human is asked to approve one plan, and that the request expired unanswered. The answer itself
//! is given through [`decide`], with the approver's own credentials.
//!
//! - Input: `{"step":"request","incident_id","plan_hash","task_token"}` or `{"step":"expire","incident_id","plan_hash"}`
//! - Output: `{"result":"requested","expires_at"}`, `{"result":"expired"}` or `{"result":"decided","approved"}` (the answer came before the expiry was recorded)
//! - Errors: `Approve.AlreadyDecided`, `Approve.AskedAgain`, `Approve.Expired`, `Approve.IncidentMovedOn`, `Approve.NoSuchRequest`, `Port.Throttled`, `Port.Unavailable`, `Port.Denied`, `Port.NotFound`, `Port.Invalid`
//! - Environment: `APPROVAL_WINDOW_SECONDS`, `INCIDENT_RETENTION_DAYS`, `LEDGER_RETENTION_DAYS`, `TABLE_NAME`
//! - IAM:
//!   - dynamodb: `ConditionCheckItem`, `GetItem`, `PutItem`, `Query`, `UpdateItem`
//! - Timeout: 30 s

mod decision;
mod error;
mod expiry;
mod request;

use common::{
    Clock, IncidentId, PlanHash,
    ports::{Approvals, Incidents, Ledger},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use decision::{Decision, decide};
pub use error::{Answer, Error};

/// The ports and settings that approve works with.
#[derive(Debug, Clone)]
pub struct Deps<S, C> {
    pub store: S,
    pub clock: C,
    /// For so long a request stays open.
    pub approval_window: SignedDuration,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub enum Input {
    Request { incident_id: IncidentId, plan_hash: PlanHash, task_token: String },
    Expire { incident_id: IncidentId, plan_hash: PlanHash },
}

/// The task token is a secret of its execution: it stays out of logs.
impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (step, incident_id, plan_hash) = match self {
            Self::Request { incident_id, plan_hash, task_token: _ } => ("Request", incident_id, plan_hash),
            Self::Expire { incident_id, plan_hash } => ("Expire", incident_id, plan_hash),
        };
        f.debug_struct(step)
            .field("incident_id", incident_id)
            .field("plan_hash", plan_hash)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case", deny_unknown_fields)]
pub enum Output {
    Requested { expires_at: Timestamp },
    Expired,
    Decided { approved: bool },
}

pub async fn handle(
    deps: &Deps<impl Approvals + Incidents + Ledger, impl Clock>,
    input: Input,
) -> Result<Output, Error> {
    match input {
        Input::Request { incident_id, plan_hash, task_token } => {
            request::request(deps, incident_id, plan_hash, task_token).await
        }
        Input::Expire { incident_id, plan_hash } => expiry::expire(deps, incident_id, &plan_hash).await,
    }
}
