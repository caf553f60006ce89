//! Remembers runs, and reads the earlier ones on a target.

use common::{
    Clock, Incident, Plan,
    ports::{ActionRun, Lease},
};
use jiff::{SignedDuration, Timestamp};

use crate::{Deps, Error, Store};

/// The same action on the same target within this time may be a fight.
const REPEATED_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Remembers the run of a plan whose lease was taken.
pub(crate) async fn remember<S: Store, Y, T, M, X, C, R>(
    deps: &Deps<S, Y, T, M, X, C, R>,
    incident: &Incident,
    plan: &Plan,
    lease: &Lease,
    approved: bool,
) -> Result<(), Error> {
    let run = ActionRun {
        incident_id: incident.id,
        plan_hash: lease.plan_hash.clone(),
        action: plan.action.clone(),
        target: plan.target.clone(),
        application: incident.application.clone(),
        at: lease.acquired_at,
        approved,
        undo: plan.undo_of.is_some(),
    };
    Ok(deps.store.remember_run(&run).await?)
}

/// Lists the runs of the plan's action on its target within a day, for people, oldest first. The plan's own is left
/// out, and what took another run back.
pub(crate) async fn repeats<S: Store, Y, T, M, X, R>(
    deps: &Deps<S, Y, T, M, X, impl Clock, R>,
    plan: &Plan,
) -> Result<Vec<String>, Error> {
    let since = deps.clock.now().checked_sub(REPEATED_WITHIN).unwrap_or(Timestamp::MIN);
    let is_repeat = |run: &ActionRun| run.action == plan.action && !run.undo && run.plan_hash != plan.hash();
    let runs = deps.store.runs_on(&plan.target, since).await?;
    let line = |run: &ActionRun| {
        let how = if run.approved { ", approved" } else { "" };
        format!("at {} for incident {}{how}", run.at.strftime("%Y-%m-%d %H:%MZ"), run.incident_id)
    };
    Ok(runs.iter().filter(|run| is_repeat(run)).map(line).collect())
}
