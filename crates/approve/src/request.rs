//! Records a request: the incident's status first, then the ledger, then the request itself. Each step may be
//! repeated.

use common::{
    Approval, ApprovalDecision, AuditEntry, Clock, IncidentId, PlanHash, Status,
    ports::{Advance, Approvals, Incidents, Ledger},
};

use crate::{Deps, Error, Output};

pub(crate) async fn request(
    deps: &Deps<impl Approvals + Incidents + Ledger, impl Clock>,
    incident_id: IncidentId,
    plan_hash: PlanHash,
    task_token: String,
) -> Result<Output, Error> {
    let now = deps.clock.now();
    let known = deps.store.approval(incident_id, &plan_hash).await?;
    // One that waited for its target for longer than an approval holds is asked for again.
    let (lapsed, known) = match known {
        Some(known) if known.has_lapsed(now) => (Some(known.decision), None),
        known => (None, known),
    };
    if let Some(known) = &known {
        ensure_open(known)?;
        if known.task_token == task_token {
            return Ok(Output::Requested { expires_at: known.expires_at });
        }
    }
    if deps.store.advance(incident_id, Status::AwaitingApproval).await? == Advance::Refused {
        return Err(Error::IncidentMovedOn { incident_id, plan_hash });
    }
    // A window beyond the end of time gives nobody any time: doubt means no.
    let expires_at = now.checked_add(deps.approval_window).unwrap_or(now);
    let approval = Approval {
        incident_id,
        plan_hash,
        requested_at: now,
        expires_at: known.map_or(expires_at, |known| known.expires_at),
        task_token,
        decision: ApprovalDecision::Pending,
    };
    let entry = AuditEntry::ApprovalRequested {
        plan_hash: approval.plan_hash.clone(),
        expires_at: approval.expires_at,
    };
    deps.store.append(incident_id, now, &entry).await?;
    let recorded = deps.store.request(&approval, lapsed.as_ref()).await?;
    ensure_open(&recorded)?;
    Ok(Output::Requested { expires_at: recorded.expires_at })
}

/// Refuses a second request for a plan that was decided: it would wait for an answer that nobody gives again.
fn ensure_open(approval: &Approval) -> Result<(), Error> {
    match &approval.decision {
        ApprovalDecision::Pending => Ok(()),
        decided => Err(Error::from_decision(approval, decided)),
    }
}
