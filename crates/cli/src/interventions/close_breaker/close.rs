//! Closes a breaker: recorded first, then closed.

use common::{
    ActionId, AuditEntry, Clock, Incident,
    ports::{ActionHistory, BreakerClosure, Incidents, Leases, Ledger},
};
use guard::facts::breaker::Breaker;
use remediate::breaker_history::read_breaker;

use crate::failure::Failure;

/// A breaker that is closed, by now or since before.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ClosedBreaker {
    pub(super) was: Breaker,
    /// Says how the last runs went.
    pub(super) runs: String,
    /// The last closure by a person.
    pub(super) closure: Option<BreakerClosure>,
}

impl ClosedBreaker {
    pub(super) fn is_changed(&self) -> bool {
        self.was != Breaker::Closed
    }
}

/// Closes the breaker of `action` for the incident's application, as `by` (the ARN that STS gave for the caller) wants.
/// One that is closed stays as it is. Repeating it completes what an earlier run left undone.
///
/// # Errors
/// A store that does not answer.
pub(super) async fn close<S: Incidents + Leases + Ledger + ActionHistory>(
    store: &S,
    clock: &impl Clock,
    incident: &Incident,
    action: &ActionId,
    reason: &str,
    by: &str,
) -> Result<ClosedBreaker, Failure> {
    let application = incident.application.as_deref();
    let now = clock.now();
    let breaker = read_breaker(store, action, application, None, now).await?;
    let mut closed =
        ClosedBreaker { was: breaker.state, runs: breaker.runs(), closure: breaker.closure.clone() };
    if !closed.is_changed() {
        return Ok(closed);
    }
    let entry = AuditEntry::BreakerCloseIntended {
        action: action.clone(),
        application: incident.application.clone(),
        by: by.to_owned(),
        reason: reason.to_owned(),
    };
    store.append(incident.id, now, &entry).await?;
    // A closure is about the runs before it, also where this computer's clock is behind the functions'.
    let at = breaker.newest_run_at.map_or(now, |newest| newest.max(now));
    let closure = BreakerClosure { by: by.to_owned(), at };
    store.close_breaker(action, application, &closure).await?;
    closed.closure = Some(closure);
    Ok(closed)
}

#[cfg(test)]
mod tests {
    use common::ports::ActionRun;
    use fakes::{Faults, FixedClock, MemoryStore, When, sample};
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    const ADA: &str = "arn:aws:sts::123456789012:assumed-role/oncall/ada";

    struct World {
        store: MemoryStore,
        clock: FixedClock,
        faults: Faults,
        incident: Incident,
    }

    fn action() -> ActionId {
        "start-instance".parse().unwrap()
    }

    impl World {
        /// One in which the action ran so often without help, the last time at the clock's time.
        async fn after_bad_runs(runs: i64) -> Self {
            let faults = Faults::default();
            let store = MemoryStore::new(&faults);
            let incident = sample::incident();
            store.insert(incident.clone());
            let world = Self { store, clock: FixedClock::at(sample::at()), faults, incident };
            for number in 0..runs {
                world.bad_run(number).await;
            }
            world
        }

        /// Remembers a run so many hours ago. Nothing is known of its incident any more, so it did not help.
        async fn bad_run(&self, hours_ago: i64) {
            let signal = sample::alarm_signal(&format!("earlier-{hours_ago}"), "checkout-errors");
            let run = ActionRun {
                incident_id: Incident::opened_by(signal, 1).id,
                plan_hash: common::sha256_hex(hours_ago.to_string()).parse().unwrap(),
                action: action(),
                target: sample::arn("ec2", "instance/i-1"),
                application: self.incident.application.clone(),
                at: sample::at() - SignedDuration::from_hours(hours_ago),
                approved: false,
                undo: false,
            };
            self.store.remember_run(&run).await.unwrap();
        }

        async fn close(&self) -> Result<ClosedBreaker, Failure> {
            close(&self.store, &self.clock, &self.incident, &action(), "the image is repaired", ADA).await
        }

        async fn state(&self) -> Breaker {
            let application = self.incident.application.as_deref();
            read_breaker(&self.store, &action(), application, None, sample::at()).await.unwrap().state
        }

        async fn closure(&self) -> Option<BreakerClosure> {
            let application = self.incident.application.as_deref();
            self.store.breaker_closure(&action(), application).await.unwrap()
        }
    }

    #[tokio::test]
    async fn close_an_open_one_is_recorded_with_who_and_why_and_closes_it() {
        let world = World::after_bad_runs(3).await;
        assert_eq!(world.state().await, Breaker::Open);
        let closed = world.close().await.unwrap();
        assert_eq!((closed.was, closed.runs.as_str()), (Breaker::Open, "3 of the last 3 runs did not help"));
        assert_eq!(world.state().await, Breaker::Closed);
        assert_eq!(world.closure().await.map(|closure| closure.by).as_deref(), Some(ADA));
        assert_eq!(
            world.store.entries(),
            [AuditEntry::BreakerCloseIntended {
                action: action(),
                application: world.incident.application.clone(),
                by: ADA.to_owned(),
                reason: "the image is repaired".to_owned(),
            }]
        );
    }

    #[tokio::test]
    async fn close_one_that_is_not_open_changes_nothing() {
        let world = World::after_bad_runs(2).await;
        let closed = world.close().await.unwrap();
        assert!(!closed.is_changed());
        assert_eq!((world.store.entries(), world.closure().await), (vec![], None));
    }

    #[tokio::test]
    async fn close_twice_is_as_once() {
        let world = World::after_bad_runs(3).await;
        let first = world.close().await.unwrap();
        world.clock.advance(SignedDuration::from_mins(5));
        let second = world.close().await.unwrap();
        assert!(first.is_changed() && !second.is_changed());
        assert_eq!(second.closure, first.closure);
        assert_eq!(world.store.entries().len(), 1);
    }

    #[tokio::test]
    async fn close_by_a_clock_that_is_behind_closes_it_too() {
        let mut world = World::after_bad_runs(3).await;
        world.clock = FixedClock::at(sample::at() - SignedDuration::from_mins(30));
        world.close().await.unwrap();
        assert_eq!(world.state().await, Breaker::Closed);
    }

    #[tokio::test]
    async fn close_is_recorded_before_it_happens_or_does_not_happen() {
        let world = World::after_bad_runs(3).await;
        world.faults.fail_operation("Ledger::append");
        assert_eq!(world.close().await.unwrap_err().exit_code(), 1);
        assert_eq!((world.state().await, world.closure().await), (Breaker::Open, None));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// A command that breaks off at any call has closed nothing that is not recorded, and the next one completes it.
        #[test]
        fn close_that_broke_off_anywhere_is_completed_by_repeating_it(
            call in 0usize..14,
            before in any::<bool>(),
            runs in 3i64..5,
        ) {
            tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
                let world = World::after_bad_runs(runs).await;
                let call = world.faults.calls().len() + call;
                world.faults.fail_call(call, if before { When::Before } else { When::After });
                let broke_off = world.close().await;
                world.faults.heal();
                prop_assert!(world.closure().await.is_none() || !world.store.entries().is_empty());
                let completed = world.close().await.unwrap();
                prop_assert_eq!(world.state().await, Breaker::Closed);
                prop_assert_eq!(completed.closure.map(|closure| closure.by), Some(ADA.to_owned()));
                let records = world.store.entries().len();
                prop_assert!(records == 1 || (records == 2 && broke_off.is_err()), "{}", records);
                Ok(())
            })?;
        }
    }
}
