//! Records that a request expired unanswered, which is a no, unless an answer was recorded just before.

use common::{
    ApprovalDecision, AuditEntry, Clock, IncidentId, PlanHash,
    ports::{Approvals, Decided, Ledger},
};

use crate::{Deps, Error, Output, decision};

pub(crate) async fn expire(
    deps: &Deps<impl Approvals + Ledger, impl Clock>,
    incident_id: IncidentId,
    plan_hash: &PlanHash,
) -> Result<Output, Error> {
    let known = deps.store.approval(incident_id, plan_hash).await?;
    // A request that was never recorded could not be answered either.
    let Some(known) = known else { return Ok(Output::Expired) };
    if let Some(output) = output_of(&known.decision) {
        return Ok(output);
    }
    let at = deps.clock.now();
    deps.store.append(incident_id, at, &AuditEntry::ApprovalExpired { plan_hash: plan_hash.clone() }).await?;
    let expired = ApprovalDecision::Expired { at };
    Ok(match deps.store.decide(incident_id, plan_hash, &expired).await? {
        Decided::Recorded | Decided::NoSuchRequest => Output::Expired,
        Decided::Already(decision) => {
            decision::correct(deps, incident_id, plan_hash, &expired, &decision).await?;
            output_of(&decision).unwrap_or(Output::Expired)
        }
    })
}

const fn output_of(decision: &ApprovalDecision) -> Option<Output> {
    match decision {
        ApprovalDecision::Pending => None,
        ApprovalDecision::Approved { .. } => Some(Output::Decided { approved: true }),
        ApprovalDecision::Denied { .. } => Some(Output::Decided { approved: false }),
        ApprovalDecision::Expired { .. } => Some(Output::Expired),
    }
}
