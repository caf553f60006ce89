//! Reads what became of earlier runs: of this action for this application, and on this target.

use common::{
    Clock, Incident, Plan,
    ports::{ActionRun, Lease},
};
use guard::facts::{
    breaker::{Breaker, BreakerEvent, RunOutcome, breaker},
    run_outcome::run_outcome,
};
use jiff::{SignedDuration, Timestamp};

use crate::{Deps, Error, Store};

/// The runs that a breaker looks back on: more than its window, so that an approved one that closed it is among them.
const RUNS: u32 = 12;
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

/// Returns the state of the breaker for this action and application, without the plan's own run, and what it rests on.
pub(crate) async fn breaker_now<S: Store, Y, T, M, X, C, R>(
    deps: &Deps<S, Y, T, M, X, C, R>,
    incident: &Incident,
    plan: &Plan,
) -> Result<(Breaker, Option<String>), Error> {
    let application = incident.application.as_deref();
    let mut events = Vec::new();
    let (mut settled, mut bad) = (0_u32, 0_u32);
    for run in deps.store.runs_of(&plan.action, application, RUNS).await? {
        // An undo runs an action for its own sake and says nothing about how well it helps.
        if run.undo || run.plan_hash == plan.hash() {
            continue;
        }
        let of_run = deps.store.incident(run.incident_id).await?;
        let leases = deps.store.taken_by(run.incident_id).await?;
        let outcome = run_outcome(&run, of_run.as_ref(), &leases);
        settled = settled.saturating_add(u32::from(outcome != RunOutcome::Unsettled));
        bad = bad.saturating_add(u32::from(outcome == RunOutcome::DidNotHelp));
        events.push(BreakerEvent::Ran { at: run.at, approved: run.approved, outcome });
    }
    let closure = deps.store.breaker_closure(&plan.action, application).await?;
    events.extend(closure.map(|closure| BreakerEvent::ClosedByPerson { at: closure.at }));
    let state = breaker(&events);
    let detail = format!("{bad} of the last {settled} runs did not help");
    Ok((state, (state != Breaker::Closed).then_some(detail)))
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
