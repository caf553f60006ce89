use std::collections::BTreeMap;

use common::{
    Approval, ApprovalDecision, AuditEntry, Conclusion, Diagnosis, Evidence, FailureMode, Hypothesis,
    Incident, Mode, Observed, Status, SymptomState, diagnosis::Proposal, evidence::InstanceState,
    verification::VerificationResult,
};
use fakes::{FakeAccount, FakeAutomations, Faults, FixedClock, MemoryStore, When, sample, sample_evidence};
use guard::Progress;
use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;

mod facts;
mod facts_as_read;
mod targets;
mod undoing;

struct World {
    faults: Faults,
    account: FakeAccount,
    deps: Deps<MemoryStore, FakeAccount, FakeAccount, FakeAccount, FakeAutomations, FixedClock, FakeAccount>,
    incident: Incident,
}

/// A diagnosed incident: a stopped instance of the application, in autonomous mode.
async fn world() -> World {
    let faults = Faults::default();
    let account = FakeAccount::new(&faults);
    let target = sample::arn("ec2", "instance/i-1");
    account.tag(&target, sample::APPLICATION);
    account.set_mode(Mode::Autonomous, Some((sample::APPLICATION, Mode::Autonomous)));
    let mut incident = Incident { status: Status::Diagnosing, ..sample::incident() };
    incident.signal.metric = Some(sample::metric("AWS/Lambda"));
    let store = MemoryStore::new(&faults);
    store.insert(incident.clone());
    let state =
        InstanceState { arn: target.clone(), id: "i-1".into(), state: "stopped".into(), launched_at: None };
    let evidence = Evidence::new("q".into(), sample::at(), "stopped".into(), Observed::Instance { state });
    store.put_evidence(incident.id, &evidence).await.unwrap();
    let stopped = sample_evidence::change(&target, "StopInstances", sample::at());
    store
        .put_evidence(incident.id, &sample_evidence::evidence(Observed::Change { change: stopped }))
        .await
        .unwrap();
    let intent = Observed::Intent { resource: target.clone(), signs: vec![] };
    store.put_evidence(incident.id, &sample_evidence::evidence(intent)).await.unwrap();
    let graph = common::telemetry::CallGraph::default();
    store
        .put_evidence(incident.id, &sample_evidence::evidence(Observed::EventSources { graph }))
        .await
        .unwrap();
    let proposal = Proposal {
        action: "start-instance".parse().unwrap(),
        target: target.clone(),
        parameters: BTreeMap::from([("InstanceId".to_owned(), "i-1".to_owned())]),
    };
    let hypothesis = Hypothesis {
        component: target,
        failure_mode: FailureMode::Stopped,
        cause: "somebody stopped it".into(),
        confidence: 0.9,
        origin: "instance-stopped@1".parse().unwrap(),
        supports: vec![evidence.id.clone()],
        contradicts: vec![],
        proposal: Some(proposal),
        raised_by: None,
        raised_by_untrusted: false,
        causality: Some(sample_evidence::clear_cause()),
    };
    let diagnosis = Diagnosis {
        incident_id: incident.id,
        attempt: 1,
        made_at: sample::at(),
        producer: "test".into(),
        conclusion: Conclusion::Explained,
        hypotheses: vec![hypothesis],
        ruled_out: vec![],
        gaps: vec![],
        evidence: vec![evidence.id],
        gathered_in_ms: 0,
        model: None,
        report: common::diagnosis::IncidentReport::default(),
    };
    store.put_diagnosis(&diagnosis).await.unwrap();
    let deps = Deps {
        store,
        symptoms: account.clone(),
        topology: account.clone(),
        modes: account.clone(),
        automations: FakeAutomations::new(&faults),
        clock: FixedClock::at(sample::at()),
        resources: account.clone(),
        guard: Guard::shipped().unwrap(),
        unattended_drills: false,
        actions_per_hour: 20,
    };
    World { faults, account, deps, incident }
}

const LAUNCHED_AT: &str = "2026-11-20T03:00:30Z";

/// Returns the automation document's outputs for an instance that it started.
fn stopped_before() -> BTreeMap<String, Vec<String>> {
    [("StartInstance.StateBefore", "stopped"), ("ConfirmState.LaunchTime", LAUNCHED_AT)]
        .map(|(name, value)| (name.to_owned(), vec![value.to_owned()]))
        .into()
}

impl World {
    async fn try_step(&self, input: Input) -> Result<Output, Error> {
        handle(&self.deps, input).await
    }

    /// Retries like the state machine, until the call succeeds.
    async fn step(&self, input: Input) -> Output {
        for _ in 0..4 {
            if let Ok(output) = self.try_step(input.clone()).await {
                return output;
            }
        }
        panic!("{input:?} never worked")
    }

    fn authorize(&self) -> Input {
        Input::Authorize { incident_id: self.incident.id, attempt: 1 }
    }

    fn start(&self, plan_hash: &PlanHash) -> Input {
        Input::Start { incident_id: self.incident.id, attempt: 1, plan_hash: plan_hash.clone() }
    }

    fn progress(&self, plan_hash: &PlanHash) -> Input {
        Input::Progress { incident_id: self.incident.id, attempt: 1, plan_hash: plan_hash.clone() }
    }

    fn undo(&self, plan_hash: &PlanHash) -> Input {
        Input::Undo { incident_id: self.incident.id, attempt: 1, plan_hash: plan_hash.clone() }
    }

    /// A fact that only adds care asks where it cannot be read, and is read again at the next call.
    async fn allowed(&self) -> PlanHash {
        let mut last = self.step(self.authorize()).await;
        if matches!(last, Output::Ask { .. }) {
            last = self.step(self.authorize()).await;
        }
        match last {
            Output::Allow { plan_hash, .. } => plan_hash,
            other => panic!("{other:?}"),
        }
    }

    /// The instance runs since then.
    fn runs(&self, state: &str, launched_at: Option<&str>) {
        let arn = sample::arn("ec2", "instance/i-1");
        let launched_at = launched_at.map(|at| at.parse().unwrap());
        let state = InstanceState { arn: arn.clone(), id: "i-1".into(), state: state.into(), launched_at };
        self.account.set_resource(&arn, Observed::Instance { state });
    }

    /// The plan was run, is in force, and a verification found that it did not help.
    async fn useless(&self) -> PlanHash {
        let plan = self.allowed().await;
        if matches!(self.step(self.start(&plan)).await, Output::Refused { .. }) {
            self.step(self.start(&plan)).await;
        }
        self.deps.automations.set_progress(Progress::Succeeded { outputs: stopped_before() });
        self.step(self.progress(&plan)).await;
        self.runs("running", Some(LAUNCHED_AT));
        self.verified(VerificationResult::Unchanged).await;
        plan
    }

    async fn verified(&self, result: VerificationResult) {
        let entry = AuditEntry::Verified { attempt: 1, result, summary: "as seen".into() };
        for _ in 0..4 {
            if self.deps.store.append(self.incident.id, sample::at(), &entry).await.is_ok() {
                return;
            }
        }
        panic!("the ledger never took it")
    }

    /// A human approves the plan.
    async fn approve(&self, plan_hash: &PlanHash) {
        let expires_at = sample::at() + SignedDuration::from_mins(15);
        let requested = AuditEntry::ApprovalRequested { plan_hash: plan_hash.clone(), expires_at };
        let given = AuditEntry::ApprovalGiven { plan_hash: plan_hash.clone(), by: "alice".into() };
        for _ in 0..4 {
            if self.deps.store.append(self.incident.id, sample::at(), &requested).await.is_ok()
                && self.deps.store.append(self.incident.id, sample::at(), &given).await.is_ok()
                && self.write_approval(plan_hash).await.is_ok()
            {
                return;
            }
        }
        panic!("the store never took it")
    }

    /// Writes an approval into the table, and nothing into the ledger.
    async fn write_approval(&self, plan_hash: &PlanHash) -> Result<Approval, PortError> {
        let approval = Approval {
            incident_id: self.incident.id,
            plan_hash: plan_hash.clone(),
            requested_at: sample::at(),
            expires_at: sample::at() + SignedDuration::from_mins(15),
            task_token: "t".into(),
            decision: ApprovalDecision::Approved { by: "alice".into(), at: sample::at() },
        };
        self.deps.store.request(&approval, None).await
    }

    fn entries(&self, wanted: impl Fn(&AuditEntry) -> bool) -> usize {
        self.deps.store.entries().iter().filter(|entry| wanted(entry)).count()
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

#[test]
fn authorize_confident_tier_2_in_autonomous_mode_allows_and_names_the_policy() {
    run(async {
        let world = world().await;
        let Output::Allow { reason, .. } = world.step(world.authorize()).await else { panic!() };
        assert!(reason.contains("tier-2-unattended"), "{reason}");
    });
}

/// Whoever can write an approval into the table has not approved: the ledger must have it.
#[test]
fn start_on_an_approval_that_is_not_in_the_ledger_starts_nothing() {
    run(async {
        let world = world().await;
        world.account.set_mode(Mode::Supervised, Some((sample::APPLICATION, Mode::Supervised)));
        let Output::Ask { plan_hash, .. } = world.step(world.authorize()).await else { panic!() };
        world.write_approval(&plan_hash).await.unwrap();
        let Output::Refused { reason } = world.step(world.start(&plan_hash)).await else { panic!() };
        assert!(reason.contains("not in the ledger"), "{reason}");
        // Its answer stands in the table and does not count: nobody is asked a second time.
        let Output::Deny { reason } = world.step(world.authorize()).await else { panic!() };
        assert!(reason.contains("not in the ledger"), "{reason}");
        assert!(world.deps.automations.effects().is_empty());
    });
}

#[test]
fn start_permitted_then_the_kill_switch_is_thrown_refuses() {
    run(async {
        let world = world().await;
        let plan = world.allowed().await;
        world.account.set_mode(Mode::Off, Some((sample::APPLICATION, Mode::Autonomous)));
        assert!(matches!(world.step(world.start(&plan)).await, Output::Refused { .. }));
        assert!(world.deps.automations.effects().is_empty());
    });
}

#[test]
fn start_kill_switch_unreadable_starts_nothing() {
    run(async {
        let world = world().await;
        let plan = world.allowed().await;
        world.faults.fail_operation("Modes::effective");
        assert!(world.try_step(world.start(&plan)).await.is_err());
        assert!(world.deps.automations.effects().is_empty());
    });
}

#[test]
fn start_ledger_unwritable_starts_nothing() {
    run(async {
        let world = world().await;
        let plan = world.allowed().await;
        world.faults.fail_operation("Ledger::append");
        assert!(world.try_step(world.start(&plan)).await.is_err());
        assert!(world.deps.automations.effects().is_empty());
    });
}

#[test]
fn start_target_tagged_for_another_application_refuses() {
    run(async {
        let world = world().await;
        let plan = world.allowed().await;
        world.account.tag(&sample::arn("ec2", "instance/i-1"), "payroll");
        let Output::Refused { reason } = world.step(world.start(&plan)).await else { panic!() };
        assert!(reason.contains("target-is-out-of-scope"), "{reason}");
    });
}

#[test]
fn start_symptom_gone_refuses() {
    run(async {
        let world = world().await;
        let plan = world.allowed().await;
        world.account.set_symptom(SymptomState::Recovered, None);
        let Output::Refused { reason } = world.step(world.start(&plan)).await else { panic!() };
        assert!(reason.contains("symptom-is-not-there"), "{reason}");
    });
}

#[test]
fn start_plan_altered_in_the_store_is_not_run() {
    run(async {
        let world = world().await;
        let plan = world.allowed().await;
        let mut stored = world.deps.store.plan(world.incident.id, &plan).await.unwrap().unwrap();
        stored.document = "AWS-TerminateEC2Instance".into();
        world.deps.store.put_plan_as(&plan, &stored);
        let error = world.try_step(world.start(&plan)).await.unwrap_err();
        assert_eq!(error.error_name(), "Remediate.Altered");
        assert!(world.deps.automations.effects().is_empty());
    });
}

#[test]
fn start_document_that_is_not_ours_leaves_no_trace_of_an_action() {
    run(async {
        let world = world().await;
        let plan = world.allowed().await;
        world.faults.fail_operation("Automations::verified_version");
        assert!(world.try_step(world.start(&plan)).await.is_err());
        assert!(world.deps.automations.effects().is_empty());
        assert_eq!(world.entries(|entry| matches!(entry, AuditEntry::ActionIntended { .. })), 0);
        assert!(world.deps.store.taken_by(world.incident.id).await.unwrap().is_empty());
        let target = sample::arn("ec2", "instance/i-1");
        assert!(world.deps.store.runs_on(&target, jiff::Timestamp::MIN).await.unwrap().is_empty());
    });
}

#[test]
fn authorize_after_the_plan_was_run_denies_it() {
    run(async {
        let world = world().await;
        let plan = world.allowed().await;
        world.step(world.start(&plan)).await;
        let Output::Deny { reason } = world.step(world.authorize()).await else { panic!() };
        assert!(reason.contains("tried-before"), "{reason}");
    });
}

#[test]
fn start_supervised_and_approved_starts() {
    run(async {
        let world = world().await;
        world.account.set_mode(Mode::Supervised, None);
        let Output::Ask { plan_hash, .. } = world.step(world.authorize()).await else { panic!() };
        assert!(matches!(world.step(world.start(&plan_hash)).await, Output::Refused { .. }));
        world.approve(&plan_hash).await;
        assert!(matches!(world.step(world.start(&plan_hash)).await, Output::Started { .. }));
        assert_eq!(world.deps.automations.effects().len(), 1);
    });
}

#[test]
fn progress_end_is_written_to_the_ledger_once() {
    run(async {
        let world = world().await;
        let plan = world.allowed().await;
        world.step(world.start(&plan)).await;
        assert_eq!(world.step(world.progress(&plan)).await, Output::Running);
        world.deps.automations.set_progress(Progress::Succeeded { outputs: stopped_before() });
        for _ in 0..2 {
            assert_eq!(world.step(world.progress(&plan)).await, Output::Succeeded);
        }
        assert_eq!(world.entries(|entry| matches!(entry, AuditEntry::ActionEnded { .. })), 1);
    });
}

/// Walks a whole remediation and its undo with one port call failing, before its effect or after it.
async fn walk_with_a_fault(call: usize, when: When) -> World {
    let world = world().await;
    world.faults.fail_call(world.faults.calls().len() + call, when);
    let plan = world.useless().await;
    let Output::Ask { plan_hash: undo, .. } = world.step(world.undo(&plan)).await else { panic!() };
    world.approve(&undo).await;
    assert_eq!(world.step(world.undo(&plan)).await, Output::Started { plan_hash: undo.clone() });
    world.step(world.progress(&undo)).await;
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Invariant 3, and the ledger's: a crash at any instant has each effect exactly once, announced before.
    #[test]
    fn every_step_crashed_anywhere_has_exactly_one_effect(call in 0usize..150, before: bool) {
        run(async {
            let world = walk_with_a_fault(call, if before { When::Before } else { When::After }).await;
            let effects = world.deps.automations.effects();
            prop_assert_eq!(effects.len(), 2, "the action and its undo");
            for plan in effects {
                let intended = world.entries(
                    |entry| matches!(entry, AuditEntry::ActionIntended { plan_hash, .. } if *plan_hash == plan.hash()),
                );
                prop_assert!(intended >= 1);
            }
            Ok(())
        })?;
    }

    /// Starting again and again, in any order with authorizing, is one effect.
    #[test]
    fn start_repeated_has_one_effect(repeats in 1usize..6) {
        run(async {
            let world = world().await;
            let plan = world.allowed().await;
            for _ in 0..repeats {
                world.step(world.start(&plan)).await;
            }
            prop_assert_eq!(world.deps.automations.effects().len(), 1);
            Ok(())
        })?;
    }
}
