//! Ends an incident that is handed over.

use common::{
    AuditEntry, Clock, Outcome, PortError, Resolution, Status,
    ports::{Advance, Incidents, Ledger},
};

use crate::{Deps, Input, escalation_reason::escalation_reason};

/// Ends the incident as escalated, in the ledger first, then in the store. An incident that has ended, or that is
/// not there, stays as it is.
pub(crate) async fn mark_escalated<H>(
    deps: &Deps<impl Incidents + Ledger, H, impl Clock>,
    input: &Input,
) -> Result<(), PortError> {
    let incident = deps.store.incident(input.incident_id).await?;
    if incident.is_none_or(|incident| incident.status.is_end()) {
        return Ok(());
    }
    let ended_at = deps.clock.now();
    let outcome = Outcome { resolution: Resolution::Escalated, reason: escalation_reason(input), ended_at };
    let entry = AuditEntry::Ended { outcome: outcome.clone() };
    deps.store.append(input.incident_id, ended_at, &entry).await?;
    if deps.store.end(input.incident_id, Status::Escalated, &outcome, None).await? == Advance::Refused {
        // It has ended meanwhile: the ledger, which was told of this end first, is told which one stands.
        let standing = deps.store.incident(input.incident_id).await?.and_then(|incident| incident.outcome);
        if let Some(standing) = standing.filter(|standing| *standing != outcome) {
            let entry = AuditEntry::Ended { outcome: standing };
            deps.store.append(input.incident_id, deps.clock.now(), &entry).await?;
        }
    }
    Ok(())
}
