//! Step `undo`: starts the automation that takes back a plan that did not help.

use common::{
    Clock, IncidentId, PlanHash,
    ports::{Modes, Symptoms, Topology},
};
use guard::{Automations, Progress, Undoing};

use crate::{
    Deps, Error, Output, Store, automation_progress::started_automation, start_automation::start_automation,
    stored,
};

pub(crate) async fn undo(
    deps: &Deps<impl Store, impl Symptoms, impl Topology, impl Modes, impl Automations, impl Clock>,
    incident_id: IncidentId,
    attempt: u32,
    plan_hash: &PlanHash,
) -> Result<Output, Error> {
    let diagnosed = stored::diagnosed_incident(deps, incident_id, attempt).await?;
    let plan = stored::plan(deps, incident_id, plan_hash).await?;
    let (_, execution_id) = started_automation(deps, incident_id, plan_hash).await?;
    let outputs = match deps.automations.progress(&execution_id).await? {
        Progress::Running => {
            return Ok(Output::Refused { reason: "the automation is still running".to_owned() });
        }
        Progress::Succeeded { outputs } | Progress::Failed { outputs, .. } => outputs,
    };
    match deps.guard.undo(&plan, &outputs) {
        Ok(Undoing::Possible(change)) => {
            deps.store.put_plan(&change.undo).await?;
            start_automation(deps, &diagnosed, &change.undo).await
        }
        Ok(Undoing::NoUndo | Undoing::NothingChanged) => Ok(Output::NothingToUndo {
            reason: "nothing to undo: the action has no undo, or it changed nothing".to_owned(),
        }),
        Err(refusal) => Ok(Output::Refused { reason: refusal.to_string() }),
    }
}
