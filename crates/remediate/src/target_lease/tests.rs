use std::collections::BTreeMap;

use common::{
    Arn, Outcome, PlanHash, Resolution, Status,
    ports::{Acquired, CaseFile as _, Incidents as _, Lease, Leases as _, TargetLeases as _},
};
use fakes::{FakeAccount, FakeAutomations, Faults, FixedClock, MemoryStore, sample};
use guard::Guard;
use proptest::prelude::*;

use super::*;

type TestDeps =
    Deps<MemoryStore, FakeAccount, FakeAccount, FakeAccount, FakeAutomations, FixedClock, FakeAccount>;

struct World {
    deps: TestDeps,
    target: Arn,
}

impl World {
    fn new() -> Self {
        let faults = Faults::default();
        let account = FakeAccount::new(&faults);
        let deps = Deps {
            store: MemoryStore::new(&faults),
            symptoms: account.clone(),
            topology: account.clone(),
            modes: account.clone(),
            automations: FakeAutomations::new(&faults),
            clock: FixedClock::at(sample::at()),
            resources: account,
            guard: Guard::shipped().unwrap(),
            unattended_drills: false,
            actions_per_hour: 20,
        };
        Self { deps, target: sample::arn("ec2", "instance/i-1") }
    }

    /// An incident that is being remediated, with a plan about the target.
    fn plan(&self, number: u8) -> Plan {
        let signal = sample::alarm_signal(&format!("event-{number}"), &format!("alarm-{number}"));
        let incident = Incident { status: Status::Remediating, ..Incident::opened_by(signal, 1) };
        let plan = Plan {
            schema_version: 1,
            incident_id: incident.id,
            action: "start-instance".parse().unwrap(),
            document: "Nightshift-StartInstance".into(),
            target: self.target.clone(),
            parameters: BTreeMap::from([("InstanceId".to_owned(), "i-1".to_owned())]),
            undo_of: None,
        };
        self.deps.store.insert(incident);
        plan
    }

    async fn take(&self, plan: &Plan) -> Option<IncidentId> {
        take(&self.deps, plan).await.unwrap().map(|holder| holder.incident_id)
    }

    async fn end(&self, plan: &Plan) {
        let outcome = Outcome {
            resolution: Resolution::Escalated,
            reason: "over".into(),
            ended_at: self.deps.clock.now(),
        };
        self.deps.store.end(plan.incident_id, Status::Escalated, &outcome, None).await.unwrap();
    }

    fn pass(&self, seconds: i64) {
        self.deps.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// The plan's automation, as its start recorded it, or as a crash right after the start left it.
    async fn acquire(&self, plan: &Plan, execution_id: Option<String>) -> Acquired {
        let lease = Lease {
            incident_id: plan.incident_id,
            plan_hash: plan.hash(),
            target: plan.target.clone(),
            acquired_at: self.deps.clock.now(),
            execution_id,
            end: None,
        };
        self.deps.store.acquire(&lease).await.unwrap()
    }

    async fn holder(&self) -> Option<PlanHash> {
        self.deps.store.target_holder(&self.target).await.unwrap().map(|lease| lease.plan_hash)
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

#[test]
fn take_held_by_an_incident_that_has_not_ended_names_it() {
    run(async {
        let world = World::new();
        let (first, second) = (world.plan(1), world.plan(2));
        assert_eq!(world.take(&first).await, None);
        world.pass(48 * 3600);
        assert_eq!(world.take(&second).await, Some(first.incident_id));
        assert_eq!(world.take(&first).await, None, "its own again, after a crash");
        assert_eq!(world.holder().await, Some(first.hash()));
    });
}

#[test]
fn take_held_by_an_ended_incident_takes_over_but_not_while_an_invocation_may_still_start_something() {
    run(async {
        let world = World::new();
        let (first, second) = (world.plan(1), world.plan(2));
        world.take(&first).await;
        world.end(&first).await;
        world.pass(59);
        assert_eq!(world.take(&second).await, Some(first.incident_id));
        world.pass(1);
        assert_eq!(world.take(&second).await, None);
        assert_eq!(world.holder().await, Some(second.hash()));
    });
}

#[test]
fn take_held_by_an_ended_incident_whose_automation_runs_waits_for_it() {
    run(async {
        for execution_id in [Some("execution".to_owned()), None] {
            let world = World::new();
            let (first, second) = (world.plan(1), world.plan(2));
            world.take(&first).await;
            world.deps.store.put_plan(&first).await.unwrap();
            if execution_id.is_none() {
                world.deps.automations.started_unrecorded(&first);
            }
            assert_eq!(world.acquire(&first, execution_id.clone()).await, Acquired::New);
            world.end(&first).await;
            world.pass(3600);
            assert_eq!(world.take(&second).await, Some(first.incident_id), "{execution_id:?}");
            world.deps.automations.set_progress(Progress::Succeeded { outputs: BTreeMap::new() });
            assert_eq!(world.take(&second).await, None, "{execution_id:?}");
        }
    });
}

#[test]
fn take_released_by_its_incident_is_free_at_once() {
    run(async {
        let world = World::new();
        let (first, second) = (world.plan(1), world.plan(2));
        world.take(&first).await;
        world.deps.store.release_target(&world.target, second.incident_id, &first.hash()).await.unwrap();
        assert_eq!(world.take(&second).await, Some(first.incident_id), "another's release is none");
        world.deps.store.release_target(&world.target, first.incident_id, &first.hash()).await.unwrap();
        assert_eq!(world.take(&second).await, None);
    });
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Take,
    Start,
    EndAutomation,
    Release,
    EndIncident,
    Pass,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Invariant 12: whatever the order of the steps of two incidents, and wherever one of them stops, no
    /// incident starts an automation while another one's runs or its incident, which acted, has not ended.
    #[test]
    fn take_in_any_interleaving_lets_one_act_at_a_time(
        steps in prop::collection::vec(
            (
                0usize..2,
                prop::sample::select(vec![
                    Step::Take, Step::Take, Step::Start, Step::Start, Step::EndAutomation, Step::Release,
                    Step::EndIncident, Step::Pass,
                ]),
            ),
            0..24,
        ),
    ) {
        run(async {
            let world = World::new();
            let plans = [world.plan(1), world.plan(2)];
            for plan in &plans {
                world.deps.store.put_plan(plan).await.unwrap();
            }
            let (mut granted, mut acting, mut runs, mut ended) = ([false; 2], [false; 2], [false; 2], [false; 2]);
            for (one, step) in steps {
                let other = 1 - one;
                match step {
                    Step::Take if !ended[one] => granted[one] = world.take(&plans[one]).await.is_none(),
                    // An invocation starts what it was granted right then, or never.
                    Step::Start if granted[one] && !runs[one] => {
                        prop_assert!(!runs[other], "two automations at once");
                        prop_assert!(!acting[other], "the other one still verifies");
                        let acquired = world.acquire(&plans[one], Some(format!("execution-{one}"))).await;
                        prop_assert!(ended[one] || acquired != Acquired::IncidentEnded);
                        // `start_automation` starts nothing for one that has ended, whether its lease is new or not.
                        if ended[one] {
                            continue;
                        }
                        world.deps.automations.run(&format!("execution-{one}"), true);
                        (granted[one], acting[one], runs[one]) = (false, true, true);
                    }
                    Step::EndAutomation => {
                        world.deps.automations.run(&format!("execution-{one}"), false);
                        runs[one] = false;
                    }
                    Step::Release if !runs[one] => {
                        let (plan, hash) = (&plans[one], plans[one].hash());
                        let store = &world.deps.store;
                        store.release_target(&world.target, plan.incident_id, &hash).await.unwrap();
                        (granted[one], acting[one]) = (false, false);
                    }
                    Step::EndIncident => {
                        world.end(&plans[one]).await;
                        (ended[one], acting[one]) = (true, false);
                    }
                    // Longer than any invocation: what it was granted, it has used.
                    Step::Pass => {
                        world.pass(60);
                        granted = [false; 2];
                    }
                    Step::Take | Step::Start | Step::Release => {}
                }
            }
            Ok(())
        })?;
    }
}
