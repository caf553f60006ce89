//! Lets only one incident at a time act on a target (invariant 12).
//!
//! An incident holds its target from the start of an action until its undo is done or the incident ends. The end
//! writes nothing here: the lease of an ended incident is dead, once none of its automations runs.

use common::{
    AuditEntry, Clock, Incident, IncidentId, Plan,
    audit::readable_bodies,
    ports::{TargetLease, TargetTaken},
};
use guard::{Automations, Progress};
use jiff::{SignedDuration, Timestamp};

use crate::{Deps, Error, Output, Store};

/// A lease is alive for so long whatever became of its incident: longer than an invocation of this function,
/// which may be about to start an automation.
const YOUNG: SignedDuration = SignedDuration::from_secs(60);

/// Well below the ten minutes after which a sweep takes any incident for one that does not move.
const TELL_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// Tries to take over a lease that others take over at the same time.
const TRIES: usize = 3;

/// Takes the plan's target. Returns the holder where another incident, which is alive, has it.
pub(crate) async fn take<S: Store, Y, T, M, R>(
    deps: &Deps<S, Y, T, M, impl Automations, impl Clock, R>,
    plan: &Plan,
) -> Result<Option<TargetLease>, Error> {
    let lease = TargetLease {
        target: plan.target.clone(),
        incident_id: plan.incident_id,
        plan_hash: plan.hash(),
        taken_at: deps.clock.now(),
    };
    let mut dead: Option<TargetLease> = None;
    for _ in 0..TRIES {
        match deps.store.take_target(&lease, dead.as_ref()).await? {
            TargetTaken::Taken => return Ok(None),
            TargetTaken::HeldBy(holder) if is_alive(deps, &holder).await? => return Ok(Some(*holder)),
            TargetTaken::HeldBy(holder) => dead = Some(*holder),
        }
    }
    Ok(dead)
}

/// Returns the other incident that holds the plan's target, if one does and is alive.
pub(crate) async fn other_holder<S: Store, Y, T, M, R>(
    deps: &Deps<S, Y, T, M, impl Automations, impl Clock, R>,
    plan: &Plan,
) -> Result<Option<TargetLease>, Error> {
    let holder = deps.store.target_holder(&plan.target).await?;
    let Some(holder) = holder.filter(|holder| holder.incident_id != plan.incident_id) else {
        return Ok(None);
    };
    Ok(is_alive(deps, &holder).await?.then_some(holder))
}

/// The answer to an incident whose target another one holds; written to the ledger first.
pub(crate) async fn held<S: Store, Y, T, M, X, R>(
    deps: &Deps<S, Y, T, M, X, impl Clock, R>,
    plan: &Plan,
    holder: &TargetLease,
) -> Result<Output, Error> {
    let entry = AuditEntry::WaitingForTarget {
        plan_hash: plan.hash(),
        target: plan.target.clone(),
        holder: holder.incident_id,
    };
    deps.store.append(plan.incident_id, deps.clock.now(), &entry).await?;
    Ok(target_held(plan, holder.incident_id))
}

/// The answer to an incident that has been waiting: as [`held`], but the ledger is told only now and then, so that
/// whoever looks for incidents that do not move sees that this one waits.
pub(crate) async fn still_held<S: Store, Y, T, M, X, R>(
    deps: &Deps<S, Y, T, M, X, impl Clock, R>,
    plan: &Plan,
    holder: &TargetLease,
) -> Result<Output, Error> {
    let timeline = deps.store.timeline(plan.incident_id).await?;
    // A message about the incident is no sign that it moves.
    let steps = readable_bodies(&timeline).filter(|body| body.entry.is_step());
    let told_at = steps.map(|body| body.at).max();
    if told_at.is_some_and(|at| deps.clock.now().duration_since(at) < TELL_EVERY) {
        return Ok(target_held(plan, holder.incident_id));
    }
    held(deps, plan, holder).await
}

fn target_held(plan: &Plan, holder: IncidentId) -> Output {
    let reason = format!("incident {holder} acts on {}", plan.target.name());
    Output::TargetHeld { plan_hash: plan.hash(), reason }
}

async fn is_alive<S: Store, Y, T, M, R>(
    deps: &Deps<S, Y, T, M, impl Automations, impl Clock, R>,
    holder: &TargetLease,
) -> Result<bool, Error> {
    let incident = deps.store.incident(holder.incident_id).await?;
    if lives_by_its_incident(holder, incident.as_ref(), deps.clock.now()) {
        return Ok(true);
    }
    automation_runs(deps, holder).await
}

/// Returns whether a lease is alive already by its age, or by its incident, whatever its automations do.
pub fn lives_by_its_incident(holder: &TargetLease, incident: Option<&Incident>, now: Timestamp) -> bool {
    let is_young = now.duration_since(holder.taken_at) < YOUNG;
    is_young || incident.is_some_and(|incident| !incident.status.is_end())
}

/// Returns whether an automation that the holder started on the target still runs.
async fn automation_runs<S: Store, Y, T, M, R>(
    deps: &Deps<S, Y, T, M, impl Automations, impl Clock, R>,
    holder: &TargetLease,
) -> Result<bool, Error> {
    for lease in deps.store.taken_by(holder.incident_id).await? {
        if lease.target != holder.target || lease.end.is_some() {
            continue;
        }
        let execution = match &lease.execution_id {
            Some(execution) => Some(execution.clone()),
            // Its start may never have been recorded.
            None => match deps.store.plan(lease.incident_id, &lease.plan_hash).await? {
                Some(plan) => deps.automations.find(&plan, lease.acquired_at).await?,
                None => None,
            },
        };
        if let Some(execution) = execution
            && deps.automations.progress(&execution).await? == Progress::Running
        {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests;
