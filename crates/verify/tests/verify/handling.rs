//! Tests `handle` on the in-memory ports.

use common::{
    AuditEntry, Incident, Observation, PlanHash, Resolution, Signal, Status, SymptomState,
    alarm_evaluation::{AlarmEvaluation, AlarmWindow, Datapoints, EvaluatedDatapoint, MissingData},
    ports::{CaseFile, EventOutcome, EventRecord, Incidents, Intake, Lease, LeaseEnd, Leases},
    verification::{Verification, VerificationResult},
};
use fakes::{FakeAccount, Faults, FixedClock, MemoryStore, When, sample};
use jiff::SignedDuration;
use verify::{Deps, Error, Input, Output, Timing, handle};

use crate::targets::{instance, instance_is, plan};

const TIMING: Timing = Timing {
    hold: SignedDuration::from_secs(60),
    deadline: SignedDuration::from_secs(600),
    poll: SignedDuration::from_secs(20),
};

struct World {
    faults: Faults,
    deps: Deps<MemoryStore, FakeAccount, FakeAccount, FixedClock>,
    input: Input,
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

impl World {
    /// An incident whose instance was started, or for which nothing was done.
    fn new(planned: bool) -> Self {
        let faults = Faults::default();
        let account = FakeAccount::new(&faults);
        let store = MemoryStore::new(&faults);
        let incident = Incident { status: Status::Remediating, ..sample::incident() };
        let id = incident.id;
        store.insert(incident);
        account.set_resource(&instance(), instance_is("running"));
        let hash = planned.then(|| Self::acted(&store));
        let clock = FixedClock::at(sample::at() + SignedDuration::from_secs(90));
        let input = Input { incident_id: id, attempt: 1, plan_hash: hash };
        Self { faults, deps: Deps { store, symptoms: account.clone(), resources: account, clock }, input }
    }

    fn acted(store: &MemoryStore) -> PlanHash {
        let plan = plan("start-instance", &instance(), &[("InstanceId", "i-1")]);
        let at = sample::at() + SignedDuration::from_secs(60);
        let before = Observation {
            state: SymptomState::Firing,
            summary: "ALARM".into(),
            since: None,
            excess: Some(4.0),
            measured_from: None,
        };
        let lease = Lease {
            incident_id: plan.incident_id,
            plan_hash: plan.hash(),
            target: instance(),
            acquired_at: at,
            execution_id: None,
            end: None,
        };
        let state = Verification {
            attempt: 1,
            plan_hash: Some(plan.hash()),
            started_at: at,
            before: Some(before),
            healthy_since: None,
            alarm_window: None,
        };
        block_on(async {
            store.put_plan(&plan).await.unwrap();
            store.acquire(&lease).await.unwrap();
            store.put_verification(plan.incident_id, &state).await.unwrap();
        });
        plan.hash()
    }

    fn look(&self) -> Result<Output, Error> {
        block_on(handle(&self.deps, TIMING, self.input.clone()))
    }

    fn healthy(&self) {
        self.deps.symptoms.set_symptom(SymptomState::Recovered, Some(0.0));
    }

    fn pass(&self, seconds: i64) {
        self.deps.clock.advance(SignedDuration::from_secs(seconds));
    }

    fn incident(&self) -> Incident {
        block_on(self.deps.store.incident(self.input.incident_id)).unwrap().unwrap()
    }

    /// A signal that comes in from elsewhere, by its own clock `seconds` after the first.
    async fn signal(&self, event: &str, seconds: i64) {
        let occurred_at = sample::at() + SignedDuration::from_secs(seconds);
        let signal = Signal { occurred_at, ..sample::alarm_signal(event, "checkout-errors") };
        let record = EventRecord {
            event_id: signal.event_id.clone(),
            outcome: EventOutcome::Attached,
            incident_id: Some(self.input.incident_id),
            recorded_at: occurred_at,
            reason: None,
            raw: None,
        };
        self.deps.store.attach(self.input.incident_id, &signal, &record).await.unwrap();
    }

    fn ends_in_ledger(&self) -> usize {
        self.deps.store.entries().iter().filter(|entry| matches!(entry, AuditEntry::Ended { .. })).count()
    }
}

fn is_not_yet(output: &Output) -> bool {
    matches!(output, Output::NotYet { .. })
}

#[test]
fn handle_healthy_for_the_hold_resolves_the_incident_as_ours() {
    let world = World::new(true);
    world.healthy();
    assert!(is_not_yet(&world.look().unwrap()));
    world.pass(60);
    assert!(matches!(world.look().unwrap(), Output::Recovered { .. }));
    let incident = world.incident();
    assert_eq!(incident.status, Status::Resolved);
    assert_eq!(incident.outcome.unwrap().resolution, Resolution::ByNightshift);
    let entries = world.deps.store.entries();
    assert!(matches!(&entries[..], [AuditEntry::Verified { .. }, AuditEntry::Ended { .. }]));
}

#[test]
fn handle_nothing_done_and_healthy_for_the_hold_resolves_by_itself() {
    let world = World::new(false);
    world.healthy();
    assert!(is_not_yet(&world.look().unwrap()));
    world.pass(60);
    assert!(matches!(world.look().unwrap(), Output::Recovered { .. }));
    assert_eq!(world.incident().outcome.unwrap().resolution, Resolution::ByItself);
}

#[test]
fn handle_target_not_as_planned_is_not_yet_recovered() {
    let world = World::new(true);
    world.healthy();
    world.deps.symptoms.set_resource(&instance(), instance_is("stopped"));
    world.look().unwrap();
    world.pass(60);
    let Output::NotYet { summary, .. } = world.look().unwrap() else { panic!("ended") };
    assert!(summary.contains("state is stopped, expected running"), "{summary}");
}

#[test]
fn handle_symptom_still_there_at_the_deadline_is_unchanged_once_in_the_ledger() {
    let world = World::new(true);
    world.pass(600);
    assert!(matches!(world.look().unwrap(), Output::Unchanged { .. }));
    assert!(matches!(world.look().unwrap(), Output::Unchanged { .. }));
    assert_eq!(world.deps.store.entries().len(), 1);
    assert_eq!(world.incident().status, Status::Verifying);
}

#[test]
fn handle_excess_grown_since_before_the_action_is_worse() {
    let world = World::new(true);
    world.deps.symptoms.set_symptom(SymptomState::Firing, Some(8.0));
    world.pass(60);
    assert!(matches!(world.look().unwrap(), Output::Worse { .. }));
}

#[test]
fn handle_symptom_that_cannot_be_read_is_unknown_at_the_deadline() {
    let world = World::new(true);
    world.faults.fail_operation("Symptoms::observe");
    assert!(is_not_yet(&world.look().unwrap()));
    world.pass(600);
    assert!(matches!(world.look().unwrap(), Output::Unknown { .. }));
}

#[test]
fn handle_deadline_counts_from_the_end_of_the_automation() {
    let world = World::new(true);
    let hash = world.input.plan_hash.clone().unwrap();
    world.pass(3_000);
    let end = LeaseEnd { status: "Success".into(), at: common::Clock::now(&world.deps.clock) };
    block_on(async {
        let lease = world.deps.store.lease(world.input.incident_id, &hash).await.unwrap().unwrap();
        world.deps.store.update(&Lease { end: Some(end), ..lease }).await.unwrap();
    });
    assert!(is_not_yet(&world.look().unwrap()));
}

#[test]
fn handle_signal_that_came_in_before_the_look_restarts_the_hold() {
    let world = World::new(true);
    world.healthy();
    world.look().unwrap();
    world.pass(30);
    block_on(world.signal("event-9", 110));
    world.pass(30);
    assert!(is_not_yet(&world.look().unwrap()));
    world.pass(60);
    assert!(matches!(world.look().unwrap(), Output::Recovered { .. }));
}

/// An account in which a signal comes in at the very moment of each look, as long as there are any.
struct Noisy<'a> {
    world: &'a World,
    events: std::cell::RefCell<Vec<&'static str>>,
}

impl common::ports::Symptoms for Noisy<'_> {
    async fn observe(
        &self,
        symptom: &common::Symptom,
    ) -> Result<common::ports::Reading<Observation>, common::PortError> {
        let event = self.events.borrow_mut().pop();
        if let Some(event) = event {
            self.world.signal(event, 0).await;
        }
        self.world.deps.symptoms.observe(symptom).await
    }

    async fn evaluation(
        &self,
        symptom: &common::Symptom,
        since: jiff::Timestamp,
    ) -> Result<Option<AlarmEvaluation>, common::PortError> {
        self.world.deps.symptoms.evaluation(symptom, since).await
    }
}

#[test]
fn handle_signal_that_comes_in_while_looking_keeps_the_incident_open() {
    let world = World::new(true);
    world.healthy();
    world.look().unwrap();
    world.pass(60);
    let account = Noisy { world: &world, events: vec!["event-8"].into() };
    let deps = Deps {
        store: world.deps.store.clone(),
        symptoms: account,
        resources: world.deps.resources.clone(),
        clock: world.deps.clock.clone(),
    };
    assert!(is_not_yet(&block_on(handle(&deps, TIMING, world.input.clone())).unwrap()));
    assert_eq!(world.incident().status, Status::Verifying);
    // The ledger takes the announced end back, the hold starts again, and then it is really over.
    assert!(
        matches!(world.deps.store.entries().last(), Some(AuditEntry::Verified { result, .. }) if *result == VerificationResult::NotYet)
    );
    assert!(is_not_yet(&world.look().unwrap()));
    world.pass(60);
    assert!(matches!(world.look().unwrap(), Output::Recovered { .. }));
    assert_eq!(world.ends_in_ledger(), 2);
}

#[test]
fn handle_signal_that_comes_in_while_looking_after_the_deadline_is_unknown() {
    let world = World::new(true);
    world.healthy();
    world.look().unwrap();
    world.pass(600);
    let account = Noisy { world: &world, events: vec!["event-8"].into() };
    let deps = Deps {
        store: world.deps.store.clone(),
        symptoms: account,
        resources: world.deps.resources.clone(),
        clock: world.deps.clock.clone(),
    };
    assert!(matches!(block_on(handle(&deps, TIMING, world.input.clone())).unwrap(), Output::Unknown { .. }));
}

#[test]
fn handle_crashed_at_any_call_and_repeated_resolves_with_one_end_in_the_ledger() {
    let ready = || {
        let world = World::new(true);
        world.healthy();
        world.look().unwrap();
        world.pass(60);
        world
    };
    let whole = ready();
    let from = whole.faults.calls().len();
    whole.look().unwrap();
    let until = whole.faults.calls().len();
    for call in from..until {
        for when in [When::Before, When::After] {
            let world = ready();
            world.faults.fail_call(call, when);
            let _ = world.look();
            world.faults.heal();
            // A symptom or target that could not be read once restarts the hold: look until it is over.
            for _ in 0..3 {
                if is_not_yet(&world.look().unwrap()) {
                    world.pass(60);
                }
            }
            assert_eq!(world.incident().status, Status::Resolved, "call {call} {when:?}");
            let ends = world.ends_in_ledger();
            // An append whose answer was lost is in the ledger and is found there.
            assert_eq!(ends, 1, "call {call} {when:?}");
        }
    }
}

#[test]
fn handle_incident_that_was_resolved_is_recovered_again() {
    let world = World::new(true);
    world.healthy();
    world.look().unwrap();
    world.pass(60);
    world.look().unwrap();
    world.deps.symptoms.set_symptom(SymptomState::Firing, Some(4.0));
    assert!(matches!(world.look().unwrap(), Output::Recovered { .. }));
    assert_eq!(world.ends_in_ledger(), 1);
}

#[test]
fn handle_incident_that_was_handed_over_is_unknown() {
    let world = World::new(true);
    block_on(world.deps.store.advance(world.input.incident_id, Status::Escalated)).unwrap();
    assert!(matches!(world.look().unwrap(), Output::Unknown { .. }));
}

#[test]
fn handle_plan_that_is_not_there_is_an_error_by_name() {
    let world = World::new(false);
    let hash = plan("start-instance", &instance(), &[]).hash();
    let input = Input { plan_hash: Some(hash), ..world.input.clone() };
    assert!(matches!(block_on(handle(&world.deps, TIMING, input)), Err(Error::UnknownPlan { .. })));
}

#[test]
fn messages_keep_their_form() {
    let text = r#"{"incident_id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","attempt":1}"#;
    let input: Input = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&input).unwrap(), text);
    let output = Output::NotYet { wait_seconds: 20, summary: "s".to_owned() };
    let text = serde_json::to_string(&output).unwrap();
    assert_eq!(text, r#"{"result":"not_yet","wait_seconds":20,"summary":"s"}"#);
}

/// 3 of 12 periods of five minutes, of which `normal` were measured since the action ended.
fn slow_alarm(normal: i64) -> AlarmEvaluation {
    let from = |period: i64| sample::at() + SignedDuration::from_secs(60 + 300 * period);
    AlarmEvaluation {
        window: Some(AlarmWindow {
            period_seconds: 300,
            evaluation_periods: 12,
            datapoints_to_alarm: 3,
            missing_data: MissingData::NotBreaching,
        }),
        datapoints: Datapoints::Read(
            (-3..normal)
                .map(|period| EvaluatedDatapoint { from: from(period), is_breaching: period < 0 })
                .collect(),
        ),
    }
}

#[test]
fn handle_alarm_that_still_fires_over_a_normal_metric_is_recovering_past_the_deadline() {
    let world = World::new(true);
    world.pass(1800);
    world.deps.symptoms.set_evaluation(slow_alarm(6));
    for _ in 0..2 {
        let Output::Recovering { wait_seconds, summary } = world.look().unwrap() else {
            panic!("the metric is normal")
        };
        assert!((20..=21).contains(&wait_seconds), "{wait_seconds}");
        let expected = "Datapoints since the action: normal since 2026-11-20T03:01:00Z; the alarm evaluates 3 of 12 \
                        periods of 5 min, it may stay in ALARM until 2026-11-20T04:15:00Z.";
        assert!(summary.contains(expected), "{summary}");
    }
    let recovering = |entry: &AuditEntry| {
        matches!(entry, AuditEntry::Verified { result: VerificationResult::Recovering, .. })
    };
    assert_eq!(world.deps.store.entries().iter().filter(|entry| recovering(entry)).count(), 1);
    world.healthy();
    assert!(is_not_yet(&world.look().unwrap()));
    world.pass(60);
    assert!(matches!(world.look().unwrap(), Output::Recovered { .. }));
}

#[test]
fn handle_alarm_whose_datapoints_cannot_be_read_is_never_undone_for_that() {
    let world = World::new(true);
    world.deps.symptoms.set_evaluation(slow_alarm(0));
    assert!(is_not_yet(&world.look().unwrap()));
    // The window is remembered: one throttled read at the deadline does not end the wait.
    world.faults.fail_operation("Symptoms::evaluation");
    world.pass(1800);
    assert!(is_not_yet(&world.look().unwrap()));
    world.pass(3600);
    let Output::Unknown { summary } = world.look().unwrap() else { panic!("nobody knows") };
    assert!(summary.contains("Datapoints since the action: unknown (Symptoms::evaluation"), "{summary}");
}
