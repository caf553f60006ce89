//! Taking a plan back that did not help.

use std::collections::BTreeMap;

use common::{
    Clock, IncidentId, PlanHash,
    ports::{Modes, Symptoms, Topology},
};
use guard::{Automations, Progress, Refusal};

use crate::{Deps, Error, Output, Store, case, launch, progress};

/// Whether the automation came as far as recording the state that it was about to change.
fn recorded(outputs: &BTreeMap<String, Vec<String>>) -> bool {
    outputs.iter().any(|(name, values)| name.starts_with("RecordState.") && !values.is_empty())
}

pub(crate) async fn undo(
    deps: &Deps<impl Store, impl Symptoms, impl Topology, impl Modes, impl Automations, impl Clock>,
    incident_id: IncidentId,
    attempt: u32,
    plan_hash: &PlanHash,
) -> Result<Output, Error> {
    let case = case::open(deps, incident_id, attempt).await?;
    let plan = case::plan(deps, incident_id, plan_hash).await?;
    let (_, execution_id) = progress::running(deps, incident_id, plan_hash).await?;
    let outputs = match deps.automations.progress(&execution_id).await? {
        Progress::Running => {
            return Ok(Output::Refused { reason: "its automation is still running".to_owned() });
        }
        Progress::Succeeded { outputs } | Progress::Failed { outputs, .. } => outputs,
    };
    match deps.guard.undo(&plan, &outputs) {
        Ok(Some(undo)) => {
            deps.store.put_plan(&undo).await?;
            launch::launch(deps, &case, &undo).await
        }
        Ok(None) => {
            Ok(Output::NothingToUndo { reason: "the catalogue knows no way to take it back".to_owned() })
        }
        // Documents record what they are about to change before they change it.
        Err(refusal @ Refusal::NoOutput { .. }) if !recorded(&outputs) => {
            Ok(Output::NothingToUndo { reason: refusal.to_string() })
        }
        Err(refusal) => Ok(Output::Refused { reason: refusal.to_string() }),
    }
}
