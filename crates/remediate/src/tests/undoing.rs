//! What becomes of a change that is to be undone.

use common::alarm_evaluation::{AlarmEvaluation, AlarmWindow, Datapoints, EvaluatedDatapoint, MissingData};

use super::*;

fn failed(status: &str) -> Progress {
    Progress::Failed { status: status.into(), reason: "a step failed".into(), outputs: stopped_before() }
}

fn declined(world: &World) -> usize {
    world.entries(|entry| matches!(entry, AuditEntry::UndoDeclined { .. }))
}

impl World {
    /// The plan's automation was started and is where `progress` says.
    async fn acted(&self, progress: Progress) -> PlanHash {
        let plan = self.allowed().await;
        self.step(self.start(&plan)).await;
        self.deps.automations.set_progress(progress);
        plan
    }

    /// Asks for the undo of `plan`, has it approved, and starts it.
    async fn approved_undo(&self, plan: &PlanHash) -> PlanHash {
        let Output::Ask { plan_hash: undo, .. } = self.step(self.undo(plan)).await else { panic!() };
        self.approve(&undo).await;
        self.step(self.undo(plan)).await;
        undo
    }

    fn undone(&self) -> usize {
        self.deps.automations.effects().iter().filter(|plan| plan.undo_of.is_some()).count()
    }
}

#[test]
fn undo_that_returns_to_the_fault_asks_and_starts_once_when_approved() {
    run(async {
        let world = world().await;
        let plan = world.useless().await;
        let Output::Ask { plan_hash: undo, reason } = world.step(world.undo(&plan)).await else { panic!() };
        assert!(reason.contains("diagnosed as the fault"), "{reason}");
        assert_eq!(world.undone(), 0);
        world.approve(&undo).await;
        for _ in 0..2 {
            assert_eq!(world.step(world.undo(&plan)).await, Output::Started { plan_hash: undo.clone() });
            assert_eq!(world.undone(), 1);
            // The undo stopped it: the second look is not taken for another hand.
            world.runs("stopped", None);
        }
    });
}

/// Proven by a run: two rollbacks at once, the second of which failed because the first one had been faster.
#[test]
fn undo_of_an_automation_that_failed_before_its_change_is_nothing_and_frees_the_target() {
    run(async {
        let world = world().await;
        let outputs = [("RecordState.StateBefore".to_owned(), vec!["stopped".to_owned()])].into();
        let failed = Progress::Failed { status: "Failed".into(), reason: "no".into(), outputs };
        let plan = world.acted(failed).await;
        assert!(matches!(world.step(world.undo(&plan)).await, Output::NothingToUndo { .. }));
        let holder = world.deps.store.target_holder(&sample::arn("ec2", "instance/i-1")).await.unwrap();
        assert_eq!((world.undone(), holder), (0, None));
    });
}

#[test]
fn undo_of_an_instance_that_somebody_else_had_started_is_nothing() {
    run(async {
        let world = world().await;
        let running = vec!["running".to_owned()];
        let outputs = BTreeMap::from([("StartInstance.StateBefore".to_owned(), running)]);
        let plan = world.acted(Progress::Succeeded { outputs }).await;
        assert!(matches!(world.step(world.undo(&plan)).await, Output::NothingToUndo { .. }));
        assert_eq!(world.deps.automations.effects().len(), 1);
    });
}

/// Proven in memory: the automation timed out, or was cancelled, while its change was mending the fault.
#[test]
fn undo_of_an_automation_that_ended_badly_after_its_change_is_verified_first() {
    run(async {
        for status in ["TimedOut", "Cancelled", "Failed"] {
            let world = world().await;
            let plan = world.acted(failed(status)).await;
            world.runs("running", Some(LAUNCHED_AT));
            for symptom in [SymptomState::Firing, SymptomState::Unknown, SymptomState::Recovered] {
                world.account.set_symptom(symptom, None);
                world.deps.clock.advance(SignedDuration::from_mins(20));
                let output = world.step(world.undo(&plan)).await;
                assert!(matches!(output, Output::Verify { .. }), "{status} {symptom:?}: {output:?}");
            }
            assert_eq!((world.undone(), declined(&world)), (0, 3));
            let verification = world.deps.store.verification(world.incident.id, 1).await.unwrap().unwrap();
            assert_eq!(
                verification.started_at,
                world.deps.clock.now(),
                "{status}: its time begins when it begins"
            );
        }
    });
}

#[test]
fn undo_while_the_automation_runs_or_the_change_rolls_out_waits() {
    run(async {
        let world = world().await;
        let plan = world.acted(Progress::Running).await;
        assert!(matches!(world.step(world.undo(&plan)).await, Output::Wait { .. }));
        world.deps.automations.set_progress(failed("TimedOut"));
        world.runs("pending", Some(LAUNCHED_AT));
        assert!(matches!(world.step(world.undo(&plan)).await, Output::Wait { .. }));
        assert_eq!((world.undone(), declined(&world)), (0, 0));
    });
}

#[test]
fn undo_of_what_another_hand_touched_since_is_left() {
    run(async {
        let world = world().await;
        let plan = world.useless().await;
        world.runs("running", Some("2026-11-20T04:00:00Z"));
        assert!(matches!(world.step(world.undo(&plan)).await, Output::Left { .. }));
        assert_eq!(world.undone(), 0);
    });
}

#[test]
fn undo_while_the_symptom_is_gone_or_unknown_is_none() {
    run(async {
        let world = world().await;
        let plan = world.useless().await;
        world.account.set_symptom(SymptomState::Recovered, None);
        assert!(matches!(world.step(world.undo(&plan)).await, Output::Verify { .. }));
        world.account.set_symptom(SymptomState::Unknown, None);
        assert!(matches!(world.step(world.undo(&plan)).await, Output::Refused { .. }));
        assert_eq!(world.undone(), 0);
    });
}

#[test]
fn undo_whose_approval_came_too_late_is_verified_where_the_symptom_went_meanwhile() {
    run(async {
        let world = world().await;
        let plan = world.useless().await;
        let Output::Ask { plan_hash: undo, .. } = world.step(world.undo(&plan)).await else { panic!() };
        world.approve(&undo).await;
        world.account.set_symptom(SymptomState::Recovered, None);
        assert!(matches!(world.step(world.undo(&plan)).await, Output::Verify { .. }));
        assert_eq!(world.undone(), 0);
    });
}

/// A throttled read is repeated by the state machine; it is no reason to undo anything.
#[test]
fn undo_with_a_look_that_fails_is_an_error_and_no_undo() {
    run(async {
        for operation in
            ["Resources::state", "Symptoms::observe", "Automations::progress", "Ledger::timeline"]
        {
            let world = world().await;
            let plan = world.useless().await;
            let Output::Ask { plan_hash: undo, .. } = world.step(world.undo(&plan)).await else { panic!() };
            world.approve(&undo).await;
            world.faults.fail_operation(operation);
            assert!(world.try_step(world.undo(&plan)).await.is_err(), "{operation}");
            assert_eq!(world.undone(), 0, "{operation}");
        }
    });
}

#[test]
fn undo_with_the_kill_switch_thrown_is_refused() {
    run(async {
        let world = world().await;
        let plan = world.useless().await;
        let Output::Ask { plan_hash: undo, .. } = world.step(world.undo(&plan)).await else { panic!() };
        world.approve(&undo).await;
        world.account.set_mode(Mode::Observe, None);
        assert!(matches!(world.step(world.undo(&plan)).await, Output::Refused { .. }));
        assert_eq!(world.undone(), 0);
    });
}

#[test]
fn start_of_an_undo_by_itself_is_refused() {
    run(async {
        let world = world().await;
        let plan = world.useless().await;
        let Output::Ask { plan_hash: undo, .. } = world.step(world.undo(&plan)).await else { panic!() };
        world.approve(&undo).await;
        assert!(matches!(world.step(world.start(&undo)).await, Output::Refused { .. }));
    });
}

#[test]
fn progress_of_an_undo_that_is_done_releases_the_target() {
    run(async {
        let world = world().await;
        let plan = world.useless().await;
        let target = sample::arn("ec2", "instance/i-1");
        let undo = world.approved_undo(&plan).await;
        assert!(world.deps.store.target_holder(&target).await.unwrap().is_some());
        world.step(world.progress(&undo)).await;
        assert_eq!(world.deps.store.target_holder(&target).await.unwrap(), None);
    });
}

/// A step that is delivered again, late, does not free what the incident holds for its next plan.
#[test]
fn progress_of_an_undo_that_comes_again_leaves_the_target_that_was_retaken() {
    run(async {
        let world = world().await;
        let plan = world.useless().await;
        let target = sample::arn("ec2", "instance/i-1");
        let undo = world.approved_undo(&plan).await;
        world.step(world.progress(&undo)).await;
        let retaken = common::ports::TargetLease {
            target: target.clone(),
            incident_id: world.incident.id,
            plan_hash: "b".repeat(64).parse().unwrap(),
            taken_at: sample::at(),
        };
        world.deps.store.take_target(&retaken, None).await.unwrap();
        world.step(world.progress(&undo)).await;
        assert_eq!(world.deps.store.target_holder(&target).await.unwrap(), Some(retaken));
    });
}

/// "3 of 12 periods" is in ALARM for long after the fix.
#[test]
fn undo_while_the_alarm_recovers_is_none() {
    run(async {
        let world = world().await;
        let plan = world.useless().await;
        let from = sample::at() + SignedDuration::from_mins(1);
        world.deps.clock.advance(SignedDuration::from_mins(5));
        world.account.set_evaluation(AlarmEvaluation {
            window: Some(AlarmWindow {
                period_seconds: 60,
                evaluation_periods: 12,
                datapoints_to_alarm: 3,
                missing_data: MissingData::Missing,
            }),
            datapoints: Datapoints::Read(vec![EvaluatedDatapoint { from, is_breaching: false }]),
        });
        let Output::Verify { reason, .. } = world.step(world.undo(&plan)).await else { panic!() };
        assert!(reason.contains("going"), "{reason}");
        assert_eq!(world.undone(), 0);
    });
}
