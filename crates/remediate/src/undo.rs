//! Step `undo`: decides whether a plan's change is undone, and starts the automation that undoes it.

use common::{
    AuditEntry, Clock, IncidentId, Observed, Plan, PlanHash, audit,
    ports::{Lease, Modes, PortErrorKind, Resources, SecurityFindings, Symptoms, Topology},
    verification::Verification,
};
use guard::{Automations, OurChange, Progress, Undoing};

use crate::{
    Deps, Error, Output, Store,
    automation_progress::started_automation,
    start_automation::start_automation,
    stored,
    undo_decision::{AutomationStatus, TargetCondition, UndoDecision, UndoFacts, decide},
    undo_facts::{is_rolling_out, is_verified_useless, symptom_trend, target_condition},
};

/// SSM's word for an automation that somebody stopped.
const CANCELLED: &str = "Cancelled";

/// The wait before a change that was just verified is verified again.
const VERIFY_AFTER_SECONDS: u64 = 15;

pub(crate) async fn undo(
    deps: &Deps<
        impl Store,
        impl Symptoms,
        impl Topology,
        impl Modes,
        impl Automations,
        impl Clock,
        impl Resources + SecurityFindings,
    >,
    incident_id: IncidentId,
    attempt: u32,
    plan_hash: &PlanHash,
) -> Result<Output, Error> {
    let diagnosed = stored::diagnosed_incident(deps, incident_id, attempt).await?;
    let plan = stored::plan(deps, incident_id, plan_hash).await?;
    let (lease, execution_id) = started_automation(deps, incident_id, plan_hash).await?;
    let (automation, outputs) = match deps.automations.progress(&execution_id).await? {
        Progress::Running => (AutomationStatus::Running, std::collections::BTreeMap::new()),
        Progress::Succeeded { outputs } => (AutomationStatus::Succeeded, outputs),
        Progress::Failed { status, outputs, .. } if status == CANCELLED => {
            (AutomationStatus::Cancelled, outputs)
        }
        Progress::Failed { outputs, .. } => (AutomationStatus::Failed, outputs),
    };
    let change = match deps.guard.undo(&plan, &outputs) {
        Ok(Undoing::Possible(change)) => Some(change),
        Ok(Undoing::NoUndo | Undoing::NothingChanged) => None,
        Err(refusal) => return decline(deps, &plan, Output::Refused { reason: refusal.to_string() }).await,
    };
    let started = match &change {
        Some(change) => deps.store.lease(incident_id, &change.undo.hash()).await?,
        None => None,
    };
    if let (Some(change), Some(Lease { execution_id: Some(_), .. })) = (&change, &started) {
        return Ok(Output::Started { plan_hash: change.undo.hash() });
    }
    let undo_hash = change.as_ref().map(|change| change.undo.hash());
    let decision = match &change {
        Some(change) => {
            let incident = &diagnosed.incident;
            let symptom = deps.symptoms.observe(&incident.signal.symptom).await?.value;
            let acted_at = lease.end.as_ref().map_or(lease.acquired_at, |end| end.at);
            let evaluation = deps.symptoms.evaluation(&incident.signal.symptom, acted_at).await?;
            let measured = evaluation.map(|evaluation| evaluation.trend(acted_at, deps.clock.now()));
            let (target, is_rolling_out) = target(deps, &plan, change).await?;
            let entries = audit::entries(incident_id, &deps.store.timeline(incident_id).await?)?;
            decide(UndoFacts {
                automation,
                is_made: true,
                target,
                is_rolling_out,
                symptom: symptom_trend(symptom.state, measured),
                is_verified_useless: is_verified_useless(&entries, attempt),
                returns_to_fault: change.returns_to_fault,
            })
        }
        None if automation == AutomationStatus::Running => {
            UndoDecision::Wait("the automation is still running")
        }
        None => UndoDecision::NothingToUndo,
    };
    match (decision, change) {
        (UndoDecision::Undo | UndoDecision::AskHuman, Some(change)) => {
            deps.store.put_plan(&change.undo).await?;
            let asks = decision == UndoDecision::AskHuman;
            start_automation(deps, &diagnosed, &change.undo, asks).await
        }
        // An earlier call may have started it, which SSM does not list yet: what is seen may be the undo's own work.
        (UndoDecision::Leave(_) | UndoDecision::Verify(_), _) if started.is_some() => {
            Ok(Output::Wait { reason: "an undo may have been started and is not listed yet".to_owned() })
        }
        (decision, _) => {
            if let UndoDecision::Verify(_) = decision {
                begin_verification_anew(deps, incident_id, attempt).await?;
            }
            let output = output(decision);
            if matches!(output, Output::NothingToUndo { .. } | Output::Left { .. }) {
                // An undo that asked has taken the target anew.
                for hash in std::iter::once(plan.hash()).chain(undo_hash) {
                    deps.store.release_target(&plan.target, incident_id, &hash).await?;
                }
            }
            decline(deps, &plan, output).await
        }
    }
}

/// Lets the time of the verification begin now: a change that came into force after its automation had ended has
/// had no time yet.
async fn begin_verification_anew<S: Store, Y, T, M, X, R>(
    deps: &Deps<S, Y, T, M, X, impl Clock, R>,
    incident_id: IncidentId,
    attempt: u32,
) -> Result<(), Error> {
    if let Some(known) = deps.store.verification(incident_id, attempt).await? {
        let anew = Verification { started_at: deps.clock.now(), healthy_since: None, ..known };
        deps.store.put_verification(incident_id, &anew).await?;
    }
    Ok(())
}

/// The target's condition, and whether it is on its way to another state.
async fn target<S, Y, T, M, X, C>(
    deps: &Deps<S, Y, T, M, X, C, impl Resources>,
    plan: &Plan,
    change: &OurChange,
) -> Result<(TargetCondition, bool), Error> {
    let observed: Observed = match deps.resources.state(&plan.target, &[]).await {
        Ok(Some(reading)) => reading.value,
        Ok(None) => return Ok((TargetCondition::Unknown, false)),
        // It is gone, and it was not we who removed it.
        Err(error) if error.kind == PortErrorKind::NotFound => return Ok((TargetCondition::Touched, false)),
        Err(error) => return Err(error.into()),
    };
    Ok((target_condition(&change.left, &observed), is_rolling_out(&observed)))
}

fn output(decision: UndoDecision) -> Output {
    match decision {
        UndoDecision::NothingToUndo => {
            Output::NothingToUndo { reason: "the action has no undo, or it changed nothing".to_owned() }
        }
        UndoDecision::Wait(why) => Output::Wait { reason: why.to_owned() },
        UndoDecision::Verify(why) => {
            Output::Verify { wait_seconds: VERIFY_AFTER_SECONDS, reason: why.to_owned() }
        }
        UndoDecision::Leave(why) => Output::Left { reason: why.to_owned() },
        UndoDecision::HandOver(why) => Output::Refused { reason: why.to_owned() },
        UndoDecision::Undo | UndoDecision::AskHuman => {
            Output::Refused { reason: "there is no change to undo".to_owned() }
        }
    }
}

/// Writes to the ledger why a change is not undone. Waiting is no decision yet.
async fn decline<S: Store, Y, T, M, X, R>(
    deps: &Deps<S, Y, T, M, X, impl Clock, R>,
    plan: &Plan,
    output: Output,
) -> Result<Output, Error> {
    let (Output::NothingToUndo { reason }
    | Output::Verify { reason, .. }
    | Output::Left { reason }
    | Output::Refused { reason }) = &output
    else {
        return Ok(output);
    };
    let entry = AuditEntry::UndoDeclined { plan_hash: plan.hash(), reason: reason.clone() };
    deps.store.append(plan.incident_id, deps.clock.now(), &entry).await?;
    Ok(output)
}
