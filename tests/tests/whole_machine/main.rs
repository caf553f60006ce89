//! The real incident machine over the real handlers on fakes: every way through it, with every call
//! to a port failing once, before its effect or after it, and with every step taken twice.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, reason = "tests")]

mod world;

use common::{
    AuditEntry, Resolution, Status, audit, chain,
    notification::Occasion,
    ports::{Incidents as _, Ledger as _},
};
use fakes::When;
use jiff::SignedDuration;
use nightshift_tests::walk::{End, Walk};

use crate::world::{Approver, Course, Other, World};

/// The scenarios, and how each must end where nothing fails.
type Scenario = (&'static str, fn() -> World, &'static str);

const SCENARIOS: [Scenario; 9] = [
    ("mended unattended", || World::new(), "Resolved"),
    ("approved", || World::new().supervised(Approver::Approves), "Resolved"),
    ("denied", || World::new().supervised(Approver::Denies), "Escalated"),
    ("nobody answers", || World::new().supervised(Approver::Sleeps), "Escalated"),
    ("does not help", || World::new().unhelpful(), "Escalated"),
    ("unexplained", || World::new().unexplained(), "Escalated"),
    ("does not help, undo approved", || World::new().unhelpful().answering(Approver::Approves), "Escalated"),
    ("slower than its document", || World::new().with_course(Course::RollsOutIn(1)), "Resolved"),
    ("mended by another incident", || World::new().with_other(Other::Mends), "Resolved"),
];

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

fn end_of(walk: &Walk) -> &str {
    match &walk.end {
        End::Succeeded { state } | End::Failed { state, .. } | End::TimedOut { state } => state,
    }
}

/// What must hold however an incident went.
async fn assert_safe(case: &str, world: &World, walk: &Walk) {
    let incident = world.store.incident(world.incident).await.unwrap().unwrap();
    let path = &walk.path;
    assert!(incident.status.is_end(), "{case}: left {:?} after {path:?}", incident.status);
    let expected = if end_of(walk) == "Resolved" { Status::Resolved } else { incident.status };
    assert_eq!(incident.status, expected, "{case}: {path:?}");
    assert!(world.messages() > 0, "{case}: nobody heard; {path:?}");

    let effects = world.automations.effects();
    let mut hashes: Vec<_> = effects.iter().map(common::Plan::hash).collect();
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), effects.len(), "{case}: an effect was had twice");
    for hash in hashes {
        let announced =
            world.store.entries().iter().any(
                |entry| matches!(entry, AuditEntry::ActionIntended { plan_hash, .. } if *plan_hash == hash),
            );
        assert!(announced, "{case}: an effect that the ledger does not announce");
    }
    let records = world.store.timeline(world.incident).await.unwrap();
    chain::verify(world.incident, &records).unwrap();
}

#[test]
fn incident_each_scenario_ends_as_it_must() {
    run(async {
        for (name, scenario, expected) in SCENARIOS {
            let mut world = scenario();
            let walk = world.live().await;
            assert_eq!(end_of(&walk), expected, "{name}: {:?}", walk.path);
            assert_safe(name, &world, &walk).await;
        }
    });
}

#[test]
fn incident_mended_unattended_is_resolved_by_nightshift_with_one_effect() {
    run(async {
        let mut world = World::new();
        world.live().await;
        let incident = world.store.incident(world.incident).await.unwrap().unwrap();
        assert_eq!(incident.outcome.unwrap().resolution, Resolution::ByNightshift);
        assert_eq!(world.automations.effects().len(), 1);
    });
}

fn actions(world: &World) -> Vec<String> {
    world.automations.effects().into_iter().map(|plan| plan.action.to_string()).collect()
}

/// Stopping the instance again would return to what was diagnosed as the fault.
#[test]
fn incident_that_the_action_does_not_help_is_undone_only_if_a_human_approves() {
    run(async {
        for (approver, expected) in [(Approver::Approves, 2), (Approver::Denies, 1), (Approver::Sleeps, 1)] {
            let mut world = World::new().unhelpful().answering(approver);
            let walk = world.live().await;
            let actions = actions(&world);
            assert!(walk.path.contains(&"RequestApproval".to_owned()), "{approver:?}: {:?}", walk.path);
            assert_eq!(actions.len(), expected, "{approver:?}: never the action again");
            assert_eq!(actions.contains(&"stop-instance".to_owned()), expected == 2, "{actions:?}");
        }
    });
}

/// A cancellation, a time-out and a failure after the change was made are no reason to take a good change back.
#[test]
fn incident_whose_automation_ended_badly_after_it_had_mended_keeps_the_change() {
    run(async {
        let courses = ["Cancelled", "TimedOut", "Failed"].map(Course::EndsAs);
        for course in courses.into_iter().chain([Course::RollsOutIn(15)]) {
            let mut world = World::new().with_course(course).answering(Approver::Approves);
            let walk = world.live().await;
            assert_eq!(end_of(&walk), "Resolved", "{course:?}: {:?}", walk.path);
            assert_eq!(actions(&world), ["start-instance"], "{course:?}");
            let waited = walk.path.contains(&"WaitToUndo".to_owned());
            assert_eq!(waited, course == Course::RollsOutIn(15), "{course:?}: {:?}", walk.path);
        }
    });
}

/// The plan that had to wait was never run, so it is no attempt that did not help.
#[test]
fn incident_whose_target_is_free_and_still_broken_acts_on_a_new_diagnosis() {
    run(async {
        let mut world = World::new().with_other(Other::GivesUp);
        let walk = world.live().await;
        assert_eq!(end_of(&walk), "Resolved", "{:?}", walk.path);
        assert_eq!(walk.path.iter().filter(|state| *state == "Diagnose").count(), 2, "{:?}", walk.path);
        assert_eq!(actions(&world), ["start-instance"]);
    });
}

/// Two alarms about one thing: one incident acts, the other one waits and learns from it.
#[test]
fn incident_about_a_target_that_another_one_holds_waits_and_does_nothing() {
    run(async {
        for (other, end, resolution) in [
            (Other::Mends, "Resolved", Resolution::ByItself),
            (Other::NeverEnds, "Escalated", Resolution::Escalated),
        ] {
            let mut world = World::new().with_other(other);
            let walk = world.live().await;
            assert_eq!(end_of(&walk), end, "{other:?}: {:?}", walk.path);
            assert!(walk.path.contains(&"WaitForTarget".to_owned()), "{other:?}: {:?}", walk.path);
            assert_eq!(actions(&world), Vec::<String>::new(), "{other:?}");
            let incident = world.store.incident(world.incident).await.unwrap().unwrap();
            assert_eq!(incident.outcome.unwrap().resolution, resolution, "{other:?}");
        }
    });
}

#[test]
fn incident_denied_or_unanswered_or_unexplained_has_no_effect() {
    run(async {
        for (name, scenario, _) in &SCENARIOS[2..4] {
            let mut world = scenario();
            world.live().await;
            assert!(world.automations.effects().is_empty(), "{name}");
        }
        let mut world = World::new().unexplained();
        world.live().await;
        assert!(world.automations.effects().is_empty(), "unexplained");
    });
}

/// Killing any process at any instant: one port call of the whole incident fails, before its effect or
/// after it, for every call that the undisturbed incident makes.
#[test]
fn incident_any_call_failing_once_still_ends_safely() {
    run(async {
        for (name, scenario, expected) in SCENARIOS {
            let mut undisturbed = scenario();
            undisturbed.live().await;
            let calls = undisturbed.faults.calls();
            for (number, call) in calls.iter().enumerate() {
                for when in [When::Before, When::After] {
                    let mut world = scenario();
                    world.faults.fail_call(number, when);
                    let walk = world.live().await;
                    let case = format!("{name}: call {number}, {call}, failing {when:?}");
                    assert_safe(&case, &world, &walk).await;
                    // A failed look is a gap, which may cost the confidence to act; all else is retried.
                    if !world::is_look(call) {
                        assert_eq!(end_of(&walk), expected, "{case}: {:?}", walk.path);
                    }
                }
            }
        }
    });
}

/// A part that is down for good: the incident ends, and a human hears, unless every channel is down,
/// which the execution's own failure tells.
#[test]
fn incident_any_operation_down_for_good_still_reaches_a_human() {
    run(async {
        for (name, scenario, _) in SCENARIOS {
            let mut undisturbed = scenario();
            undisturbed.live().await;
            let mut operations = undisturbed.faults.calls();
            operations.sort();
            operations.dedup();
            for operation in operations {
                let mut world = scenario();
                world.faults.fail_operation(&operation);
                let walk = world.live().await;
                let heard = world.messages() > 0;
                let loud = end_of(&walk) == "HandoverFailed";
                assert!(heard || loud, "{name} without {operation}: silent; {:?}", walk.path);
                assert!(world.automations.effects().len() <= 2, "{name} without {operation}");
            }
        }
    });
}

/// The occasions of the messages that were delivered, with the time since the event.
async fn told(world: &World) -> Vec<(Occasion, SignedDuration)> {
    let incident = world.store.incident(world.incident).await.unwrap().unwrap();
    let timeline = world.store.timeline(world.incident).await.unwrap();
    let delivered = audit::readable_bodies(&timeline).filter_map(|body| match body.entry {
        AuditEntry::NotificationDelivered { occasion, .. } => {
            Some((occasion, body.at.duration_since(incident.opened_at)))
        }
        _ => None,
    });
    delivered.collect()
}

#[test]
fn incident_that_is_waited_for_is_told_once_within_90_seconds_and_then_at_its_end() {
    run(async {
        for (name, scenario, end) in [
            ("unexplained", (|| World::new().unexplained()) as fn() -> World, Occasion::Escalated),
            ("mended by another incident", || World::new().with_other(Other::Mends), Occasion::Resolved),
        ] {
            for twice in [false, true] {
                let mut world = if twice { scenario().taking_steps_twice() } else { scenario() };
                let walk = world.live().await;
                let told = told(&world).await;
                let occasions: Vec<_> = told.iter().map(|(occasion, _)| *occasion).collect();
                assert_eq!(occasions, [Occasion::Preliminary, end], "{name}: {:?}", walk.path);
                assert!(told[0].1 <= SignedDuration::from_secs(90), "{name}: {told:?}");
                assert!(told[1].1 > SignedDuration::from_secs(90), "{name}: nothing was waited for");
            }
        }
    });
}

#[test]
fn incident_mended_at_once_or_asked_about_has_no_preliminary_message() {
    run(async {
        for scenario in [World::new(), World::new().supervised(Approver::Approves)] {
            let mut world = scenario;
            world.live().await;
            let told = told(&world).await;
            assert!(!told.iter().any(|(occasion, _)| *occasion == Occasion::Preliminary), "{told:?}");
        }
    });
}

#[test]
fn incident_first_channel_down_is_told_on_the_next_one() {
    run(async {
        let mut world = World::new();
        world.faults.fail_operation("sns:first");
        let walk = world.live().await;
        assert_eq!(end_of(&walk), "Resolved");
        assert_eq!(world.messages(), 1);
    });
}

#[test]
fn incident_all_channels_down_fails_loudly() {
    run(async {
        let mut world = World::new();
        world.faults.fail_operation("sns:first");
        world.faults.fail_operation("sns:second");
        let walk = world.live().await;
        assert_eq!(end_of(&walk), "HandoverFailed");
    });
}

/// At-least-once: every step is taken twice, and the second answer is the one that counts.
#[test]
fn incident_every_step_taken_twice_ends_the_same_with_the_same_effects() {
    run(async {
        for (name, scenario, expected) in SCENARIOS {
            let mut once = scenario();
            once.live().await;
            let mut twice = scenario().taking_steps_twice();
            let walk = twice.live().await;
            assert_eq!(end_of(&walk), expected, "{name}: {:?}", walk.path);
            assert_safe(name, &twice, &walk).await;
            assert_eq!(once.automations.effects().len(), twice.automations.effects().len(), "{name}");
            assert_eq!(once.messages(), twice.messages(), "{name}: a human was told twice");
        }
    });
}
