//! Tells what this incident's earlier attempts did, from its ledger.

use common::{AuditEntry, AuditRecord, IncidentId, PortError, ports::Ledger};
use reasoning::judgement::incident_evidence::AttemptedAction;

/// Returns whether this incident has acted by itself: then what Nightshift changed is its own, and was verified.
pub(crate) async fn has_acted(ledger: &impl Ledger, id: IncidentId, attempt: u32) -> Result<bool, PortError> {
    if attempt == 1 {
        return Ok(false);
    }
    let timeline = ledger.timeline(id).await?;
    Ok(timeline
        .iter()
        .filter_map(|record| record.parse_body().ok())
        .any(|body| matches!(body.entry, AuditEntry::ActionIntended { .. })))
}

/// Returns whether the ledger announces the start of this action.
pub(crate) fn was_run(timeline: &[AuditRecord], attempted: &AttemptedAction) -> bool {
    timeline.iter().filter_map(|record| record.parse_body().ok()).any(|body| {
        matches!(body.entry, AuditEntry::ActionIntended { action, target, .. }
            if action == attempted.action && target == attempted.target)
    })
}
