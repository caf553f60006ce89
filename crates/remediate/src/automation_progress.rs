//! Step `progress`: reports how far a plan's automation is, and records its end.

use common::{
    AuditEntry, Clock, IncidentId, PlanHash,
    ports::{Lease, LeaseEnd},
};
use guard::{Automations, Progress};

use crate::{Deps, Error, MissingRecord, Output, Store};

pub(crate) async fn progress<S: Store, Y, T, M, R>(
    deps: &Deps<S, Y, T, M, impl Automations, impl Clock, R>,
    incident_id: IncidentId,
    plan_hash: &PlanHash,
) -> Result<Output, Error> {
    let (lease, execution_id) = started_automation(deps, incident_id, plan_hash).await?;
    match deps.automations.progress(&execution_id).await? {
        Progress::Running => Ok(Output::Running),
        Progress::Succeeded { .. } => {
            let target = lease.target.clone();
            record_end(deps, lease, &execution_id, "Success", None).await?;
            let plan = deps.store.plan(incident_id, plan_hash).await?;
            if plan.is_some_and(|plan| plan.undo_of.is_some()) {
                deps.store.release_target(&target, incident_id, plan_hash).await?;
            }
            Ok(Output::Succeeded)
        }
        Progress::Failed { status, reason, .. } => {
            record_end(deps, lease, &execution_id, &status, Some(reason.clone())).await?;
            Ok(Output::Failed { reason: format!("the automation ended with status {status}: {reason}") })
        }
    }
}

/// Reads the lease of a plan whose automation was started, and the automation's id.
pub(crate) async fn started_automation<S: Store, Y, T, M, X, C, R>(
    deps: &Deps<S, Y, T, M, X, C, R>,
    incident_id: IncidentId,
    plan_hash: &PlanHash,
) -> Result<(Lease, String), Error> {
    let missing =
        || Error::Missing { incident_id, record: MissingRecord::Automation { plan_hash: plan_hash.clone() } };
    let lease = deps.store.lease(incident_id, plan_hash).await?.ok_or_else(missing)?;
    let execution_id = lease.execution_id.clone().ok_or_else(missing)?;
    Ok((lease, execution_id))
}

async fn record_end<S: Store, Y, T, M, X, R>(
    deps: &Deps<S, Y, T, M, X, impl Clock, R>,
    lease: Lease,
    execution_id: &str,
    status: &str,
    reason: Option<String>,
) -> Result<(), Error> {
    if lease.end.is_some() {
        return Ok(());
    }
    let at = deps.clock.now();
    let entry = AuditEntry::ActionEnded {
        plan_hash: lease.plan_hash.clone(),
        execution_id: execution_id.to_owned(),
        status: status.to_owned(),
        reason,
    };
    deps.store.append(lease.incident_id, at, &entry).await?;
    deps.store.update(&Lease { end: Some(LeaseEnd { status: status.to_owned(), at }), ..lease }).await?;
    Ok(())
}
