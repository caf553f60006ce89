//! Tests what a sweep does about incidents and events that fell silent, on fakes, with calls failing.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "helpers of tests")]

use common::{
    Approval, ApprovalDecision, AuditEntry, ErrorName as _, Incident, IncidentId, Outcome, Resolution,
    Status,
    notification::Occasion,
    ports::{
        Approvals as _, EventOutcome, EventRecord, Events as _, ExecutionState, Incidents as _,
        RejectedEvent, Return, Returns as _, Sweeps as _, WaitingLetters,
    },
};
use fakes::{FakeChannel, FakeExecutions, Faults, FixedClock, MemoryStore, When, sample};
use jiff::SignedDuration;
use notify::{Deps, Error, Input, Links, Output, Request, Scheduled, SweepDeps, serve};
use proptest::prelude::*;

type Fakes = SweepDeps<MemoryStore, FakeChannel, FixedClock, FakeExecutions, FakeExecutions>;

struct World {
    deps: Fakes,
    faults: Faults,
    id: IncidentId,
}

impl World {
    /// An incident in this status, with no step for this many minutes.
    fn silent(status: Status, minutes: i64) -> Self {
        let faults = Faults::default();
        let store = MemoryStore::new(&faults);
        let incident = Incident { status, ..sample::incident() };
        let id = incident.id;
        store.insert(incident);
        let executions = FakeExecutions::new(&faults);
        let notify = Deps {
            store,
            channels: ["sns:alerts", "sns:fallback"].map(|name| FakeChannel::new(name, &faults)).into(),
            clock: FixedClock::at(sample::at() + SignedDuration::from_mins(minutes)),
            links: Links { state_machine_arn: sample::arn("states", "stateMachine:nightshift-incident") },
        };
        Self {
            deps: SweepDeps { notify, executions: executions.clone(), dead_letters: executions },
            faults,
            id,
        }
    }

    fn with_execution(self, state: ExecutionState) -> Self {
        self.deps.executions.set(self.id, state);
        self
    }

    fn dead(self) -> Self {
        self.with_execution(ExecutionState::Ended("ABORTED".into()))
    }

    async fn sweep(&self) -> Result<Output, Error> {
        serve(&self.deps, Request::Scheduled(Scheduled::Sweep)).await
    }

    async fn still_firing(&self) -> Output {
        let input = Input::new(Occasion::StillFiring, self.id);
        serve(&self.deps, Request::Message(input)).await.unwrap()
    }

    fn incident(&self) -> Incident {
        self.deps.notify.store.incidents().remove(0)
    }

    fn subjects(&self) -> Vec<String> {
        self.deps.notify.channels.iter().flat_map(FakeChannel::sent).map(|message| message.subject).collect()
    }

    fn bodies(&self) -> Vec<String> {
        self.deps.notify.channels.iter().flat_map(FakeChannel::sent).map(|message| message.body).collect()
    }

    async fn unsettled(&self) -> usize {
        self.deps.notify.store.unsettled().await.unwrap().len()
    }

    async fn end(&self, resolution: Resolution, minutes_ago: i64) {
        let store = &self.deps.notify.store;
        let ended_at = common::Clock::now(&self.deps.notify.clock) - SignedDuration::from_mins(minutes_ago);
        let outcome = Outcome { resolution, reason: "closed by arn:ada: false alarm".into(), ended_at };
        let to = if resolution == Resolution::Escalated { Status::Escalated } else { Status::Resolved };
        store.end(self.id, to, &outcome, None).await.unwrap();
    }
}

fn swept(started: u32, handed_over: u32, told: u32, left: u32) -> Output {
    Output::Swept { left, started, handed_over, told }
}

#[tokio::test]
async fn alarm_that_comes_and_goes_since_its_incident_ended_is_told_once_an_hour() {
    let world = World::silent(Status::Verifying, 1);
    world.end(Resolution::ByItself, 0).await;
    let ended = Output::NotNeeded { reason: "the incident has ended".to_owned() };
    assert_eq!(world.still_firing().await, ended);
    let returned = Return {
        signal: sample::alarm_signal("e-9", "checkout-errors"),
        incident_id: world.id,
        returns: 3,
        firing_since: None,
        alarms: std::collections::BTreeMap::new(),
        version: 2,
    };
    let other =
        Return { version: 1, incident_id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(), ..returned.clone() };
    world.deps.notify.store.put_return(&other).await.unwrap();
    assert_eq!(world.still_firing().await, ended);
    world.deps.notify.store.put_return(&returned).await.unwrap();
    for (minutes, told) in [(0, 1), (59, 1), (1, 2)] {
        world.deps.notify.clock.advance(SignedDuration::from_mins(minutes));
        world.still_firing().await;
        assert_eq!(world.bodies().len(), told);
    }
    assert_eq!(world.subjects()[0], "[sev3] Flapping: checkout-errors is in ALARM (petshop)");
    let body = &world.bodies()[0];
    for said in [
        "comes and goes",
        "came back 3 times",
        "If it stays for ten minutes, a new incident opens within five more",
    ] {
        assert!(body.contains(said), "{said}: {body}");
    }
}

#[tokio::test]
async fn sweep_incident_that_was_never_started_is_started_once() {
    let world = World::silent(Status::Open, 11);
    assert_eq!(world.sweep().await.unwrap(), swept(1, 0, 0, 0));
    assert_eq!(world.deps.executions.state(world.id), ExecutionState::Running);
    assert!(matches!(&world.deps.notify.store.entries()[..], [AuditEntry::StartIntended { .. }]));
    // It has just moved.
    assert_eq!(world.sweep().await.unwrap(), swept(0, 0, 0, 1));
}

#[tokio::test]
async fn sweep_incident_opened_by_an_old_event_a_moment_ago_is_left_to_the_intake() {
    let world = World::silent(Status::Open, 600);
    let recorded_at = common::Clock::now(&world.deps.notify.clock) - SignedDuration::from_mins(2);
    let event_id = world.incident().signal.event_id;
    let (outcome, incident_id) = (EventOutcome::Opened, Some(world.id));
    let record = EventRecord { event_id, outcome, incident_id, recorded_at, reason: None, raw: None };
    world.deps.notify.store.keep(&record).await.unwrap();
    assert_eq!(world.sweep().await.unwrap(), swept(0, 0, 0, 1));
}

#[tokio::test]
async fn sweep_dead_incident_of_every_status_is_handed_over_and_told() {
    for status in Status::ALL.into_iter().filter(|status| !status.is_end()) {
        let world = World::silent(status, 11).dead();
        assert_eq!(world.sweep().await.unwrap(), swept(0, 1, 0, 0), "{status:?}");
        assert_eq!(world.incident().status, Status::Escalated);
        let body = &world.bodies()[0];
        assert!(body.contains("its Step Functions execution ended with status ABORTED"), "{body}");
        let ended = |entry: &AuditEntry| matches!(entry, AuditEntry::Ended { .. });
        assert!(world.deps.notify.store.entries().iter().any(ended), "{status:?}");
        assert_eq!(world.unsettled().await, 0);
        assert_eq!(world.sweep().await.unwrap(), swept(0, 0, 0, 0));
        assert_eq!(world.bodies().len(), 1);
    }
}

#[tokio::test]
async fn sweep_incident_that_moved_a_moment_ago_is_left() {
    for status in Status::ALL.into_iter().filter(|status| !status.is_end()) {
        let world = World::silent(status, 9).dead();
        assert_eq!(world.sweep().await.unwrap(), swept(0, 0, 0, 1), "{status:?}");
        assert_eq!(world.subjects(), [""; 0]);
    }
}

#[tokio::test]
async fn sweep_incident_that_hangs_is_told_every_six_hours_and_not_released() {
    let mut world = World::silent(Status::Remediating, 121).with_execution(ExecutionState::Running);
    for hours in 0..13 {
        let at = sample::at() + SignedDuration::from_mins(121 + hours * 60);
        world.deps.notify.clock = FixedClock::at(at);
        world.sweep().await.unwrap();
    }
    let subjects = world.subjects();
    assert_eq!(subjects.len(), 3, "{subjects:?}");
    assert!(subjects[0].contains("No progress"));
    assert!(world.bodies()[0].contains("nightshift takeover"), "{}", world.bodies()[0]);
    assert_eq!(world.incident().status, Status::Remediating);
    assert_eq!(world.deps.executions.state(world.id), ExecutionState::Running);
}

#[tokio::test]
async fn sweep_incident_whose_execution_cannot_be_read_is_told_once_overdue_and_not_released() {
    for (minutes, told) in [(44, 0), (45, 1)] {
        let world = World::silent(Status::Diagnosing, minutes).dead();
        world.faults.fail_operation("Executions::execution");
        world.sweep().await.unwrap();
        assert_eq!(world.subjects().len(), told);
        assert_eq!(world.incident().status, Status::Diagnosing);
    }
}

#[tokio::test]
async fn sweep_end_that_nobody_was_told_is_told_once() {
    for (resolution, subject) in [
        (Resolution::ByItself, "Resolved"),
        (Resolution::Escalated, "Escalated"),
        (Resolution::Closed, "Closed"),
    ] {
        let world = World::silent(Status::Verifying, 30);
        world.end(resolution, 4).await;
        assert_eq!(world.sweep().await.unwrap(), swept(0, 0, 0, 1), "its execution may still tell it");
        let world = World::silent(Status::Verifying, 30);
        world.end(resolution, 5).await;
        assert_eq!(world.sweep().await.unwrap(), swept(0, 0, 1, 0));
        assert!(world.subjects()[0].contains(subject), "{:?}", world.subjects());
        assert_eq!(world.unsettled().await, 0);
    }
}

#[tokio::test]
async fn sweep_end_that_was_told_and_not_settled_is_settled_without_another_message() {
    let world = World::silent(Status::Verifying, 30);
    world.end(Resolution::ByItself, 10).await;
    world.faults.fail_operation("Deliveries::settle");
    let input = Input::new(Occasion::Resolved, world.id);
    serve(&world.deps, Request::Message(input)).await.unwrap();
    world.faults.heal();
    assert_eq!(world.unsettled().await, 1);
    world.sweep().await.unwrap();
    assert_eq!((world.unsettled().await, world.subjects().len()), (0, 1));
}

#[tokio::test]
async fn sweep_without_a_channel_fails_and_the_next_one_tells() {
    let world = World::silent(Status::Diagnosing, 11).dead();
    for channel in ["sns:alerts", "sns:fallback"] {
        world.faults.fail_operation(channel);
    }
    let error = world.sweep().await.unwrap_err();
    assert_eq!(error.error_name(), "Notify.SweepIncomplete");
    assert_eq!(world.incident().status, Status::Escalated);
    world.faults.heal();
    let mut world = world;
    world.deps.notify.clock = FixedClock::at(sample::at() + SignedDuration::from_mins(17));
    world.sweep().await.unwrap();
    assert_eq!((world.subjects().len(), world.unsettled().await), (1, 0));
}

#[tokio::test]
async fn execution_broken_by_a_person_s_end_is_told_as_that_end() {
    for told_before in [false, true] {
        let world = World::silent(Status::Verifying, 30);
        world.end(Resolution::Closed, 0).await;
        if told_before {
            let input = Input::new(Occasion::Closed, world.id);
            serve(&world.deps, Request::Message(input)).await.unwrap();
        }
        let broken =
            Input { status: Some("ABORTED".into()), ..Input::new(Occasion::ExecutionBroken, world.id) };
        serve(&world.deps, Request::Message(broken)).await.unwrap();
        assert_eq!(world.subjects(), ["[sev3] Closed: checkout-errors is in ALARM (petshop)"]);
        let body = &world.bodies()[0];
        assert!(told_before || body.contains("closed by arn:ada: false alarm"), "{body}");
    }
}

async fn ask(world: &World) {
    let approval = Approval {
        incident_id: world.id,
        plan_hash: common::sha256_hex("plan").parse().unwrap(),
        requested_at: sample::at() + SignedDuration::from_mins(2),
        expires_at: sample::at() + SignedDuration::from_hours(12),
        task_token: "token".into(),
        decision: ApprovalDecision::Pending,
    };
    world.deps.notify.store.request(&approval, None).await.unwrap();
}

#[tokio::test]
async fn still_firing_while_approval_is_waited_for_is_told_at_most_every_half_hour() {
    let mut world = World::silent(Status::AwaitingApproval, 5).with_execution(ExecutionState::Running);
    ask(&world).await;
    for minutes in [5, 6, 34, 36] {
        world.deps.notify.clock = FixedClock::at(sample::at() + SignedDuration::from_mins(minutes));
        assert!(matches!(world.still_firing().await, Output::Delivered { .. }));
    }
    assert_eq!(world.subjects().len(), 2, "at 5 and at 36 minutes");
    let body = &world.bodies()[0];
    assert!(body.contains("another alarm about \"checkout-errors is in ALARM\""), "{body}");
    assert!(body.contains("has waited for approval since 2026-11-20 03:02:00 UTC"), "{body}");
    assert!(body.contains("nightshift approve"), "{body}");
}

#[tokio::test]
async fn still_firing_about_an_incident_that_moves_tells_nothing() {
    for (status, minutes) in [(Status::Diagnosing, 5), (Status::Remediating, 20), (Status::Verifying, 60)] {
        let world = World::silent(status, minutes).with_execution(ExecutionState::Running);
        assert!(matches!(world.still_firing().await, Output::NotNeeded { .. }), "{status:?}");
        assert_eq!(world.subjects(), [""; 0]);
    }
}

#[tokio::test]
async fn still_firing_about_a_dead_incident_hands_it_over_at_once() {
    let world = World::silent(Status::Verifying, 20).dead();
    assert!(matches!(world.still_firing().await, Output::NotNeeded { .. }));
    assert_eq!(world.incident().status, Status::Escalated);
    assert_eq!(world.subjects().len(), 1);
}

#[tokio::test]
async fn sweep_tells_dead_letters_and_rejected_events_in_one_digest() {
    let world = World::silent(Status::Diagnosing, 1).with_execution(ExecutionState::Running);
    let letters = WaitingLetters { queue: "nightshift-RuleDeadLetterQueue".into(), count: 2 };
    world.deps.dead_letters.set_waiting(&[letters]);
    let event = RejectedEvent {
        event_id: sample::event_id("e-9"),
        family: "aws.ecs, ECS Deployment State Change".into(),
        reason: "detail.eventName: missing".into(),
        at: sample::at() - SignedDuration::from_mins(9),
    };
    world.deps.notify.store.list_rejected(&event).await.unwrap();
    for _ in 0..3 {
        world.sweep().await.unwrap();
    }
    assert_eq!(world.subjects(), ["Nightshift: 2 dead letters, 1 rejected event without an incident"]);
    let body = &world.bodies()[0];
    assert!(body.contains("RuleDeadLetterQueue") && body.contains("detail.eventName: missing"), "{body}");
}

fn letters_wait(world: &World) {
    let letters = WaitingLetters { queue: "nightshift-RuleDeadLetterQueue".into(), count: 2 };
    world.deps.dead_letters.set_waiting(&[letters]);
}

#[tokio::test]
async fn sweep_of_incidents_that_cannot_be_listed_tells_the_digest_nevertheless() {
    let world = World::silent(Status::Diagnosing, 11).dead();
    letters_wait(&world);
    world.faults.fail_operation("Sweeps::unsettled");
    assert_eq!(world.sweep().await.unwrap_err().error_name(), "Notify.SweepIncomplete");
    assert_eq!(world.subjects(), ["Nightshift: 2 dead letters without an incident"]);
}

/// A slow incident takes no time from the digest.
#[tokio::test]
async fn sweep_tells_the_digest_before_it_hands_over() {
    let world = World::silent(Status::Diagnosing, 11).dead();
    letters_wait(&world);
    world.sweep().await.unwrap();
    let subjects = world.subjects();
    assert!(subjects[0].contains("dead letters") && subjects[1].contains("Escalated"), "{subjects:?}");
}

/// Whatever a person does meanwhile, the last end in the ledger is the one that stands.
#[tokio::test]
async fn hand_over_while_a_person_ends_the_incident_records_the_end_that_stands() {
    for call in 0..40 {
        let world = World::silent(Status::Verifying, 11);
        let (store, mut ended) = (world.deps.notify.store.clone(), world.incident());
        ended.status = Status::Resolved;
        let reason = "closed by arn:ada: false alarm".to_owned();
        ended.outcome = Some(Outcome { resolution: Resolution::Closed, reason, ended_at: sample::at() });
        // Nothing leaves an end, whoever comes first.
        world.faults.interrupt(call, move || {
            if store.incidents().iter().all(|one| !one.status.is_end()) {
                store.insert(ended);
            }
        });
        let input = Input::new(Occasion::Escalated, world.id).because("it did not help".to_owned());
        serve(&world.deps, Request::Message(input)).await.unwrap();
        let last = world.deps.notify.store.entries().into_iter().rev().find_map(|entry| match entry {
            AuditEntry::Ended { outcome } => Some(outcome),
            _ => None,
        });
        assert!(last.is_none() || last == world.incident().outcome, "call {call}: {last:?}");
    }
}

/// The execution of an incident that was taken over may be on its way to hand it over itself.
#[tokio::test]
async fn hand_over_of_what_a_person_has_taken_over_tells_that() {
    let world = World::silent(Status::Verifying, 30);
    world.end(Resolution::TakenOver, 0).await;
    let input = Input::new(Occasion::Escalated, world.id).because("it did not help".to_owned());
    serve(&world.deps, Request::Message(input)).await.unwrap();
    assert_eq!(world.subjects(), ["[sev3] Taken over: checkout-errors is in ALARM (petshop)"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Invariants 10 and 15: whatever status an incident is silent in, and whichever call fails once, before its effect
    /// or after it, the sweeps that follow leave it either running or ended and told.
    #[test]
    fn sweep_any_silent_incident_is_in_the_end_running_or_told(
        status in prop::sample::select(Status::ALL.to_vec()),
        started in any::<bool>(),
        call in 0usize..40,
        before in any::<bool>(),
    ) {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
            let unended = if status.is_end() { Status::Verifying } else { status };
            let mut world = World::silent(unended, 300);
            if status.is_end() {
                let by = if status == Status::Resolved { Resolution::ByItself } else { Resolution::Escalated };
                world.end(by, 30).await;
            }
            if started {
                world = world.dead();
            }
            let made = world.faults.calls().len();
            world.faults.fail_call(made + call, if before { When::Before } else { When::After });
            for minutes in [300, 306, 312] {
                world.deps.notify.clock = FixedClock::at(sample::at() + SignedDuration::from_mins(minutes));
                // A failed sweep is repeated by the next one.
                let _ = world.sweep().await;
            }
            world.faults.heal();
            world.deps.notify.clock = FixedClock::at(sample::at() + SignedDuration::from_mins(318));
            world.sweep().await.unwrap();
            let runs = world.deps.executions.state(world.id) == ExecutionState::Running;
            let told = !world.subjects().is_empty() && world.incident().status.is_end();
            prop_assert!(runs || told, "{:?}", world.incident().status);
            prop_assert_eq!(runs, status == Status::Open && !started);
            prop_assert!(runs || world.unsettled().await == 0);
            Ok(())
        })?;
    }
}
