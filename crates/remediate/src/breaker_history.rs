//! Reads the state of an action's breaker for an application from what became of its earlier runs.

use common::{
    ActionId, PlanHash, PortError,
    ports::{ActionHistory, BreakerClosure, Incidents, Leases},
};
use guard::facts::{
    breaker::{Breaker, BreakerEvent, RunOutcome, breaker},
    run_outcome::run_outcome,
};
use jiff::Timestamp;

/// The runs that a breaker looks back on: more than its window, so that an approved one that closed it is among them.
const RUNS: u32 = 12;

/// A breaker's state, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakerReading {
    pub state: Breaker,
    /// The settled ones of the runs that were looked at.
    pub settled_runs: u32,
    /// Those of them that did not help.
    pub bad_runs: u32,
    pub newest_run_at: Option<Timestamp>,
    /// The last time that a person closed it.
    pub closure: Option<BreakerClosure>,
}

impl BreakerReading {
    /// Says to people how the last runs went.
    pub fn runs(&self) -> String {
        format!("{} of the last {} runs did not help", self.bad_runs, self.settled_runs)
    }
}

/// Reads the breaker of `action` for `application`; `without` is a plan whose own run is left out.
pub async fn read_breaker<S: ActionHistory + Incidents + Leases>(
    store: &S,
    action: &ActionId,
    application: Option<&str>,
    without: Option<&PlanHash>,
) -> Result<BreakerReading, PortError> {
    let mut events = Vec::new();
    let (mut settled_runs, mut bad_runs, mut newest_run_at) = (0_u32, 0_u32, None);
    for run in store.runs_of(action, application, RUNS).await? {
        // An undo runs an action for its own sake and says nothing about how well it helps.
        if run.undo || without == Some(&run.plan_hash) {
            continue;
        }
        let incident = store.incident(run.incident_id).await?;
        let leases = store.taken_by(run.incident_id).await?;
        let outcome = run_outcome(&run, incident.as_ref(), &leases);
        settled_runs = settled_runs.saturating_add(u32::from(outcome != RunOutcome::Unsettled));
        bad_runs = bad_runs.saturating_add(u32::from(outcome == RunOutcome::DidNotHelp));
        newest_run_at = newest_run_at.max(Some(run.at));
        events.push(BreakerEvent::Ran { at: run.at, approved: run.approved, outcome });
    }
    let closure = store.breaker_closure(action, application).await?;
    events.extend(closure.as_ref().map(|closure| BreakerEvent::ClosedByPerson { at: closure.at }));
    Ok(BreakerReading { state: breaker(&events), settled_runs, bad_runs, newest_run_at, closure })
}
