//! Records a human's decision, once. The caller then wakes the waiting execution with it.

use common::{
    Approval, ApprovalDecision, AuditEntry, Clock, IncidentId, PlanHash,
    ports::{Approvals, Decided, Ledger},
};
use jiff::Timestamp;

use crate::{Deps, Error};

/// A decision on record, with the task token that wakes the waiting execution.
#[derive(Clone, PartialEq, Eq)]
pub struct Decision {
    pub approved: bool,
    pub by: String,
    pub at: Timestamp,
    pub task_token: String,
}

/// The token is a secret of its execution: it stays out of logs.
impl std::fmt::Debug for Decision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { approved, by, at, task_token: _ } = self;
        f.debug_struct("Decision")
            .field("approved", approved)
            .field("by", by)
            .field("at", at)
            .finish_non_exhaustive()
    }
}

/// Records that `by` (the ARN that STS gave for the caller) approves or denies a plan, while it is
/// open and has not expired. `asked_at` is the time of the request that was shown: the same plan may be asked about again
/// with other facts, and nobody answers a question that they have not seen.
///
/// Repeating the same decision returns it and its token again, so that a crash between the record and the waking
/// is repaired by repeating the command. The execution takes the first waking.
pub async fn decide(
    deps: &Deps<impl Approvals + Ledger, impl Clock>,
    incident_id: IncidentId,
    plan_hash: &PlanHash,
    asked_at: Timestamp,
    by: &str,
    approve: bool,
) -> Result<Decision, Error> {
    let approval = find(deps, incident_id, plan_hash).await?;
    if approval.requested_at != asked_at {
        let plan_hash = plan_hash.clone();
        return Err(Error::AskedAgain { incident_id, plan_hash, asked_at: approval.requested_at });
    }
    let at = deps.clock.now();
    if !approval.is_open(at) {
        return recorded_decision(&approval, &approval.decision, by, approve);
    }
    let (by_name, plan) = (by.to_owned(), plan_hash.clone());
    let (decision, entry) = if approve {
        (
            ApprovalDecision::Approved { by: by_name.clone(), at },
            AuditEntry::ApprovalGiven { plan_hash: plan, by: by_name },
        )
    } else {
        (
            ApprovalDecision::Denied { by: by_name.clone(), at },
            AuditEntry::ApprovalRefused { plan_hash: plan, by: by_name },
        )
    };
    deps.store.append(incident_id, at, &entry).await?;
    let decided = match deps.store.decide(incident_id, plan_hash, &decision).await {
        Ok(decided) => decided,
        Err(error) => {
            correct_after_failure(deps, incident_id, plan_hash, &decision).await;
            return Err(error.into());
        }
    };
    let decision = match decided {
        Decided::Recorded => decision,
        Decided::Already(earlier) => {
            correct(deps, incident_id, plan_hash, &decision, &earlier).await?;
            earlier
        }
        Decided::NoSuchRequest => {
            correct(deps, incident_id, plan_hash, &decision, &ApprovalDecision::Pending).await?;
            return Err(Error::NoSuchRequest { incident_id, plan_hash: plan_hash.clone() });
        }
    };
    // Read again: a retry of the request may have brought a new token just before the decision.
    let approval = find(deps, incident_id, plan_hash).await?;
    recorded_decision(&approval, &decision, by, approve)
}

/// Records which decision stands, where the ledger has just announced another one. The ledger is written before
/// the decision, so of two concurrent decisions both are announced and one counts.
pub(crate) async fn correct(
    deps: &Deps<impl Ledger, impl Clock>,
    incident_id: IncidentId,
    plan_hash: &PlanHash,
    announced: &ApprovalDecision,
    standing: &ApprovalDecision,
) -> Result<(), Error> {
    if announced != standing {
        let entry = AuditEntry::ApprovalStands { plan_hash: plan_hash.clone(), decision: standing.clone() };
        deps.store.append(incident_id, deps.clock.now(), &entry).await?;
    }
    Ok(())
}

/// Records what stands where a decision was announced and could not be stored, as far as the store answers: what it refuses now
/// it may take a moment later. A decision of which it is not known whether it was stored is left as it was announced.
async fn correct_after_failure(
    deps: &Deps<impl Approvals + Ledger, impl Clock>,
    incident_id: IncidentId,
    plan_hash: &PlanHash,
    announced: &ApprovalDecision,
) {
    let Ok(there) = deps.store.approval(incident_id, plan_hash).await else { return };
    let standing = there.map_or(ApprovalDecision::Pending, |approval| approval.decision);
    // The failure that led here is the one that is told.
    let _ = correct(deps, incident_id, plan_hash, announced, &standing).await;
}

async fn find(
    deps: &Deps<impl Approvals + Ledger, impl Clock>,
    incident_id: IncidentId,
    plan_hash: &PlanHash,
) -> Result<Approval, Error> {
    deps.store
        .approval(incident_id, plan_hash)
        .await?
        .ok_or_else(|| Error::NoSuchRequest { incident_id, plan_hash: plan_hash.clone() })
}

/// Returns the decision on record, if it is the one that `by` makes now.
fn recorded_decision(
    approval: &Approval,
    on_record: &ApprovalDecision,
    by: &str,
    approve: bool,
) -> Result<Decision, Error> {
    let (approved, who, at) = match on_record {
        ApprovalDecision::Approved { by, at } => (true, by, *at),
        ApprovalDecision::Denied { by, at } => (false, by, *at),
        ApprovalDecision::Pending | ApprovalDecision::Expired { .. } => {
            return Err(Error::from_decision(approval, on_record));
        }
    };
    if approved != approve || who != by {
        return Err(Error::from_decision(approval, on_record));
    }
    Ok(Decision { approved, by: who.clone(), at, task_token: approval.task_token.clone() })
}

#[cfg(test)]
mod tests {
    use fakes::{Faults, FixedClock, MemoryStore, sample};
    use jiff::SignedDuration;

    use super::*;

    #[tokio::test]
    async fn correct_decision_that_came_second_is_followed_by_the_one_that_stands() {
        let deps = Deps {
            store: MemoryStore::new(&Faults::default()),
            clock: FixedClock::at(sample::at()),
            approval_window: SignedDuration::from_mins(15),
        };
        let (id, plan) = (sample::incident().id, "0".repeat(64).parse().unwrap());
        let denied = ApprovalDecision::Denied { by: "bob".to_owned(), at: sample::at() };
        let approved = ApprovalDecision::Approved { by: "alice".to_owned(), at: sample::at() };
        correct(&deps, id, &plan, &denied, &denied).await.unwrap();
        assert!(deps.store.entries().is_empty());
        correct(&deps, id, &plan, &approved, &denied).await.unwrap();
        assert_eq!(deps.store.entries(), [AuditEntry::ApprovalStands { plan_hash: plan, decision: denied }]);
    }
}
