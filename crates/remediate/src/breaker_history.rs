//! Reads the state of an action's breaker for an application from what became of its earlier runs.

use common::{
    ActionId, PlanHash, PortError,
    ports::{ActionHistory, ActionRun, BreakerClosure, Incidents, Lease, Leases},
};
use guard::facts::{
    breaker::{Breaker, BreakerEvent, RunOutcome, breaker},
    run_outcome::run_outcome,
};
use jiff::{SignedDuration, Timestamp};

/// The runs that a breaker looks back on: more than its window, so that an approved one that closed it is among them.
const RUNS: u32 = 12;
/// What a run is judged by stays for as long at least: the shortest retention. A run is remembered for less than the
/// retention that it was written under, which a shorter one may have followed since.
const JUDGED_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

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

/// Reads the breaker of `action` for `application` at `now`; `without` is a plan whose own run is left out, and so is a run of
/// which nobody can tell any more how it went, because what told it has expired.
pub async fn read_breaker<S: ActionHistory + Incidents + Leases>(
    store: &S,
    action: &ActionId,
    application: Option<&str>,
    without: Option<&PlanHash>,
    now: Timestamp,
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
        if is_forgotten(&run, &leases, now) {
            continue;
        }
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

/// Returns true if the lease of a run is gone and may have expired. `leases` are all of its incident. One that is gone before its
/// time is no excuse: such a run did not help, as far as anybody can tell.
fn is_forgotten(run: &ActionRun, leases: &[Lease], now: Timestamp) -> bool {
    let has_lease = leases.iter().any(|lease| lease.plan_hash == run.plan_hash);
    !has_lease && now.duration_since(run.at) >= JUDGED_FOR
}

#[cfg(test)]
mod tests {
    use common::ports::LeaseEnd;
    use fakes::sample;

    use super::*;

    fn run() -> ActionRun {
        ActionRun {
            incident_id: sample::incident().id,
            plan_hash: common::sha256_hex("plan").parse().unwrap(),
            action: "start-instance".parse().unwrap(),
            target: sample::arn("ec2", "instance/i-1"),
            application: None,
            at: sample::at(),
            approved: false,
            undo: false,
        }
    }

    #[test]
    fn is_forgotten_only_what_may_have_expired_and_has() {
        let lease = Lease {
            incident_id: run().incident_id,
            plan_hash: run().plan_hash,
            target: run().target,
            acquired_at: sample::at(),
            execution_id: Some("e".to_owned()),
            end: Some(LeaseEnd { status: "Failed".to_owned(), at: sample::at() }),
        };
        let after = |days: i64| sample::at() + SignedDuration::from_hours(days * 24);
        for (leases, days, expected) in [
            (vec![], 29, false),
            (vec![], 30, true),
            (vec![lease.clone()], 30, false),
            (vec![Lease { plan_hash: common::sha256_hex("other").parse().unwrap(), ..lease }], 31, true),
        ] {
            assert_eq!(
                is_forgotten(&run(), &leases, after(days)),
                expected,
                "{} leases, {days} d",
                leases.len()
            );
        }
    }

    #[test]
    fn judged_for_is_the_shortest_retention() {
        assert_eq!(JUDGED_FOR.as_hours(), i64::from(aws::store::Retention::LEAST_DAYS) * 24);
    }
}
