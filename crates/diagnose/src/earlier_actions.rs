//! Tells what this incident's earlier attempts did, from its ledger.

use common::{AuditEntry, IncidentId, PortError, audit, ports::Ledger};
use reasoning::judgement::incident_evidence::AttemptedAction;

/// Returns whether this incident has acted by itself: then what Nightshift changed is its own, and was verified.
pub(crate) async fn has_acted(ledger: &impl Ledger, id: IncidentId, attempt: u32) -> Result<bool, PortError> {
    if attempt == 1 {
        return Ok(false);
    }
    let entries = audit::entries(id, &ledger.timeline(id).await?)?;
    Ok(entries.iter().any(|entry| matches!(entry, AuditEntry::ActionIntended { .. })))
}

/// Returns whether the ledger announces the start of this action.
pub(crate) fn was_run(entries: &[AuditEntry], attempted: &AttemptedAction) -> bool {
    entries.iter().any(|entry| {
        matches!(entry, AuditEntry::ActionIntended { action, target, .. }
            if *action == attempted.action && *target == attempted.target)
    })
}
