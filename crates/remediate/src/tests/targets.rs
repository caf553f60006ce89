//! Two incidents about one target.

use common::ports::TargetLease;

use super::*;

/// Another incident, which is at work, holds the target.
async fn held(world: &World, status: Status) -> Incident {
    let signal = sample::alarm_signal("event-9", "other");
    let other = Incident { status, ..Incident::opened_by(signal, 1) };
    world.deps.store.insert(other.clone());
    let lease = TargetLease {
        target: sample::arn("ec2", "instance/i-1"),
        incident_id: other.id,
        plan_hash: "a".repeat(64).parse().unwrap(),
        taken_at: sample::at() - SignedDuration::from_mins(5),
    };
    world.deps.store.take_target(&lease, None).await.unwrap();
    other
}

impl World {
    fn check_target(&self, plan_hash: &PlanHash) -> Input {
        Input::CheckTarget { incident_id: self.incident.id, attempt: 1, plan_hash: plan_hash.clone() }
    }
}

#[test]
fn authorize_while_another_incident_holds_the_target_waits_and_judges_nothing() {
    run(async {
        let world = world().await;
        let other = held(&world, Status::Verifying).await;
        let Output::TargetHeld { plan_hash, reason } = world.step(world.authorize()).await else { panic!() };
        assert!(reason.contains(&other.id.to_string()), "{reason}");
        assert_eq!(world.entries(|entry| matches!(entry, AuditEntry::Judged { .. })), 0);
        let waits = |entry: &AuditEntry| matches!(entry, AuditEntry::WaitingForTarget { holder, .. } if *holder == other.id);
        assert_eq!(world.entries(waits), 1);
        // A sweep takes an incident for one that does not move after ten minutes.
        for (minutes, recorded) in [(1, 1), (3, 1), (1, 2), (1, 2), (4, 3)] {
            world.deps.clock.advance(SignedDuration::from_mins(minutes));
            assert!(matches!(world.step(world.check_target(&plan_hash)).await, Output::TargetHeld { .. }));
            assert_eq!(world.entries(waits), recorded, "it is told that the incident waits, now and then");
        }
        let (target, held_for) = (sample::arn("ec2", "instance/i-1"), "a".repeat(64).parse().unwrap());
        world.deps.store.release_target(&target, other.id, &held_for).await.unwrap();
        assert_eq!(world.step(world.check_target(&plan_hash)).await, Output::TargetFree);
        assert!(matches!(world.step(world.authorize()).await, Output::Allow { .. }));
    });
}

/// A person who took the incident over was told that nothing runs: nothing starts after that, whichever call of the step
/// they came before.
#[test]
fn start_while_a_person_takes_over_starts_nothing_that_they_cannot_see() {
    run(async {
        for call in 0..60 {
            let world = world().await;
            let plan = world.allowed().await;
            let seen = std::sync::Arc::new(std::sync::Mutex::new(None));
            let (store, told) = (world.deps.store.clone(), seen.clone());
            let ended = Incident { status: Status::Escalated, ..world.incident.clone() };
            world.faults.interrupt(world.faults.calls().len() + call, move || {
                store.insert(ended);
                *told.lock().unwrap() = Some(store.leases());
            });
            let _ = world.try_step(world.start(&plan)).await;
            let told = seen.lock().unwrap().clone();
            if !world.deps.automations.effects().is_empty()
                && let Some(told) = told
            {
                assert_eq!(told.len(), 1, "call {call}: it started after the takeover, and nobody was told");
            }
        }
    });
}

#[test]
fn start_while_another_incident_holds_the_target_starts_nothing() {
    run(async {
        let world = world().await;
        let plan = world.allowed().await;
        held(&world, Status::Remediating).await;
        assert!(matches!(world.step(world.start(&plan)).await, Output::TargetHeld { .. }));
        assert!(world.deps.automations.effects().is_empty());
    });
}

#[test]
fn start_takes_over_from_an_incident_that_has_ended() {
    run(async {
        let world = world().await;
        let plan = world.allowed().await;
        held(&world, Status::Escalated).await;
        assert_eq!(world.step(world.start(&plan)).await, Output::Started { plan_hash: plan });
        let holder = world.deps.store.target_holder(&sample::arn("ec2", "instance/i-1")).await.unwrap();
        assert_eq!(holder.unwrap().incident_id, world.incident.id);
    });
}
