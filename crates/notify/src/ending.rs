//! Ends an incident that is handed over.

use common::untrusted_text::one_line;
use common::{
    AuditEntry, Clock, Outcome, PortError, Resolution, Status,
    ports::{Incidents, Ledger},
};

use crate::{Deps, Input};

/// As long as the state machine's own cut: an undo's reason comes after that of the action.
const MAX_REASON_CHARS: usize = 1000;

/// On record first, then in the store. An incident that has ended, or is not there, stays as it is.
pub(crate) async fn end_as_escalated<H>(
    deps: &Deps<impl Incidents + Ledger, H, impl Clock>,
    input: &Input,
) -> Result<(), PortError> {
    let incident = deps.store.incident(input.incident_id).await?;
    if incident.is_none_or(|incident| incident.status.is_end()) {
        return Ok(());
    }
    let ended_at = deps.clock.now();
    let outcome = Outcome { resolution: Resolution::Escalated, reason: reason(input), ended_at };
    let entry = AuditEntry::Ended { outcome: outcome.clone() };
    deps.store.append(input.incident_id, ended_at, &entry).await?;
    // Refused means that it has ended meanwhile.
    deps.store.end(input.incident_id, Status::Escalated, &outcome, None).await?;
    Ok(())
}

/// Why it is handed over, from whatever the state machine said.
pub(crate) fn reason(input: &Input) -> String {
    let text = |field: &Option<String>| field.as_deref().map(|text| one_line(text, MAX_REASON_CHARS));
    let said = text(&input.reason).filter(|reason| !reason.is_empty());
    let state = text(&input.failed_state).filter(|state| !state.is_empty());
    let status = text(&input.status).filter(|status| !status.is_empty());
    let said = said.or_else(|| status.map(|status| format!("the incident's execution ended as {status}")));
    match (said, state) {
        (Some(reason), Some(state)) => format!("{reason} (in state {state})"),
        (Some(reason), None) => reason,
        (None, Some(state)) => format!("state {state} could not go on"),
        (None, None) => "no reason was given".to_owned(),
    }
}
