//! Tells people that an alarm fired again, where its incident does not move or has ended.

use common::{
    Clock, Incident, IncidentId, PortError,
    notification::Occasion,
    ports::{
        Approvals, CaseFile, Channel, Deliveries, Executions, Incidents, Intake, Leases, Ledger, Return,
        Returns, Sweeps,
    },
};

use super::{
    rescue::{SweepDeps, act, look},
    step::Step,
};
use crate::{Error, Input, Output, handle, message::time};

/// Tells that an alarm fired again about an incident that does not move, or that has ended; nothing where it moves.
pub(crate) async fn still_firing<S, H, C, X, Q>(
    deps: &SweepDeps<S, H, C, X, Q>,
    id: IncidentId,
) -> Result<Output, Error>
where
    S: Incidents + CaseFile + Ledger + Deliveries + Approvals + Leases + Intake + Returns + Sweeps,
    H: Channel,
    C: Clock,
    X: Executions,
{
    let not_needed = |reason: &str| Ok(Output::NotNeeded { reason: reason.to_owned() });
    let Some(incident) = deps.notify.store.incident(id).await? else {
        return not_needed("there is no such incident");
    };
    if incident.status.is_end() {
        let Some(returned) = returned(&deps.notify.store, &incident).await? else {
            return not_needed("the incident has ended");
        };
        let (title, returns) = (&incident.signal.title, returned.returns);
        let reason = format!("\"{title}\" came back {returns} times since this incident ended");
        return handle(&deps.notify, Input::new(Occasion::Flapping, id).because(reason)).await;
    }
    let found = look(deps, &incident).await?;
    let waits = match (&found.step, found.requested_at) {
        (Step::Start { .. } | Step::HandOver { .. }, _) => {
            act(deps, &incident, found.step).await?;
            return Ok(Output::NotNeeded { reason: "the incident was rescued".to_owned() });
        }
        (Step::TellNotMoving { reason }, _) => reason.clone(),
        (Step::Leave, Some(since)) => {
            format!("the incident has waited for approval since {}", time(since))
        }
        (Step::Leave, None) => return not_needed("the incident moves"),
    };
    let reason = format!("another alarm about \"{}\"; {waits}", incident.signal.title);
    handle(&deps.notify, Input::new(Occasion::StillFiring, id).because(reason)).await
}

/// Returns how the problem of an incident that has ended comes and goes; `None` where it does not.
async fn returned(store: &impl Returns, incident: &Incident) -> Result<Option<Return>, PortError> {
    let last = store.returned(&incident.fingerprint).await?;
    Ok(last.filter(|last| last.incident_id == incident.id && last.returns > 1))
}
