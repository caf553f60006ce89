//! Tests who hears what, on fakes, with every call failing once and every store operation failing always.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/golden.rs"]
mod golden;

use std::collections::BTreeMap;

use common::{
    Approval, ApprovalDecision, AuditEntry, Conclusion, Decision, Diagnosis, ErrorName as _, Evidence,
    FailureMode, Gap, Hypothesis, Incident, IncidentId, Mode, Observation, Observed, Outcome, Plan,
    Resolution, Status, SymptomState, UnmetCondition, Verdict, chain,
    evidence::ReadSource,
    notification::{Message, Occasion},
    ports::{Approvals as _, CaseFile as _, Incidents as _, Lease, LeaseEnd, Leases as _, Ledger as _},
    verdict::DeterminingPolicy,
};
use fakes::{FakeChannel, Faults, FixedClock, MemoryStore, When, sample};
use golden::assert_golden;
use jiff::SignedDuration;
use notify::{Deps, Error, Input, Links, Output, handle};
use proptest::prelude::*;
use serde_json::json;
use transparency::{Batch, Frontier, TreeHash};

struct Scenario {
    deps: Deps<MemoryStore, FakeChannel, FixedClock>,
    faults: Faults,
    id: IncidentId,
    plan: Plan,
}

impl Scenario {
    fn with_incident(incident: Incident) -> Self {
        let faults = Faults::default();
        let store = MemoryStore::new(&faults);
        let id = incident.id;
        store.insert(incident);
        let deps = Deps {
            store,
            channels: ["sns:alerts", "sns:fallback"].map(|name| FakeChannel::new(name, &faults)).into(),
            clock: FixedClock::at(sample::at() + SignedDuration::from_mins(12)),
            links: Links { state_machine_arn: sample::arn("states", "stateMachine:nightshift-incident") },
        };
        let plan = Plan {
            schema_version: 1,
            incident_id: id,
            action: "restore-parameter".parse().unwrap(),
            document: "Nightshift-RestoreParameter".into(),
            target: sample::arn("ssm", "parameter/petshop/checkout/limit"),
            parameters: BTreeMap::from([
                ("ParameterName".into(), "/petshop/checkout/limit".into()),
                ("RestoreVersion".into(), "6".into()),
            ]),
            undo_of: None,
        };
        Self { deps, faults, id, plan }
    }

    fn new() -> Self {
        let mut incident = sample::incident();
        incident.signal.title = "Alarm checkout-errors".into();
        incident.status = Status::Verifying;
        incident.signal_count = 3;
        incident.last_signal_at = sample::at() + SignedDuration::from_mins(5);
        Self::with_incident(incident)
    }

    async fn diagnosed(self) -> Self {
        let at = sample::at();
        let seen = Evidence::new(
            "aws cloudtrail lookup-events".into(),
            at,
            "PutParameter on /petshop/checkout/limit by deploy at 02:58:10Z, 110 s before the alarm".into(),
            Observed::Symptom {
                observation: Observation {
                    state: SymptomState::Firing,
                    summary: "5 errors, threshold 1".into(),
                    since: None,
                    excess: Some(4.0),
                    measured_from: None,
                },
            },
        );
        self.deps.store.put_evidence(self.id, &seen).await.unwrap();
        let diagnosis = Diagnosis {
            incident_id: self.id,
            attempt: 1,
            made_at: at,
            producer: "playbooks@1".into(),
            conclusion: Conclusion::Explained,
            hypotheses: vec![Hypothesis {
                component: self.plan.target.clone(),
                failure_mode: FailureMode::BadConfiguration,
                cause: "Parameter /petshop/checkout/limit was changed right before the errors began.".into(),
                confidence: 0.87,
                origin: "parameter-change@1".parse().unwrap(),
                supports: vec![seen.id.clone()],
                contradicts: vec![],
                proposal: None,
                raised_by: None,
                raised_by_untrusted: false,
                causality: None,
            }],
            ruled_out: vec![],
            gaps: vec![Gap::new(ReadSource::ResourceState, "aws lambda get-alias", "access denied")],
            evidence: vec![seen.id],
            gathered_in_ms: 0,
            model: None,
            report: common::diagnosis::IncidentReport::default(),
        };
        self.deps.store.put_diagnosis(&diagnosis).await.unwrap();
        let entry = AuditEntry::Diagnosed {
            attempt: 1,
            conclusion: Conclusion::Explained,
            summary: "changed parameter".into(),
            file_digest: None,
        };
        self.deps.store.append(self.id, at, &entry).await.unwrap();
        self.judged(Decision::Ask).await;
        self.deps.store.put_plan(&self.plan).await.unwrap();
        self
    }

    async fn judged(&self, decision: Decision) {
        let asks = decision == Decision::Ask;
        let policy = DeterminingPolicy {
            id: "approved-by-a-human".into(),
            why: "A human approved exactly this plan.".into(),
        };
        let below =
            UnmetCondition::ConfidenceBelowThreshold { confidence_percent: 65, threshold_percent: 70 };
        let verdict = Verdict {
            decision,
            mode: Mode::Supervised,
            policies: vec![policy],
            facts: json!({}),
            unmet: if asks { vec![UnmetCondition::ModeIsSupervised, below] } else { Vec::new() },
            would_be: None,
        };
        let entry = AuditEntry::Judged {
            plan_hash: self.plan.hash(),
            action: self.plan.action.clone(),
            target: self.plan.target.clone(),
            verdict,
        };
        self.deps.store.append(self.id, sample::at(), &entry).await.unwrap();
    }

    async fn acted(self, status: Option<&str>) -> Self {
        let at = sample::at() + SignedDuration::from_mins(3);
        let lease = Lease {
            incident_id: self.id,
            plan_hash: self.plan.hash(),
            target: self.plan.target.clone(),
            acquired_at: at,
            execution_id: Some("4105a4fc-f944-11e6-9d32-0a8bd3b7f4d5".into()),
            end: status
                .map(|status| LeaseEnd { status: status.into(), at: at + SignedDuration::from_mins(1) }),
        };
        self.deps.store.acquire(&lease).await.unwrap();
        let (plan_hash, by) =
            (self.plan.hash(), "arn:aws:sts::123456789012:assumed-role/oncall/alice".to_owned());
        let execution_id = lease.execution_id.clone().unwrap();
        let mut entries = vec![
            AuditEntry::ApprovalRequested {
                plan_hash: plan_hash.clone(),
                expires_at: at + SignedDuration::from_mins(30),
            },
            AuditEntry::ApprovalGiven { plan_hash: plan_hash.clone(), by },
            AuditEntry::ActionIntended {
                plan_hash: plan_hash.clone(),
                action: self.plan.action.clone(),
                target: self.plan.target.clone(),
                client_token: plan_hash.client_token(),
            },
            AuditEntry::ActionStarted { plan_hash: plan_hash.clone(), execution_id: execution_id.clone() },
        ];
        entries.extend(lease.end.iter().map(|end| AuditEntry::ActionEnded {
            plan_hash: plan_hash.clone(),
            execution_id: execution_id.clone(),
            status: end.status.clone(),
            reason: None,
        }));
        for entry in &entries {
            let is_end = matches!(entry, AuditEntry::ActionEnded { .. });
            let later = SignedDuration::from_mins(i64::from(is_end));
            self.deps.store.append(self.id, at + later, entry).await.unwrap();
        }
        let approval = Approval {
            incident_id: self.id,
            plan_hash: self.plan.hash(),
            requested_at: at,
            expires_at: at + SignedDuration::from_mins(30),
            task_token: "token".into(),
            decision: ApprovalDecision::Approved {
                by: "arn:aws:sts::123456789012:assumed-role/oncall/alice".into(),
                at,
            },
        };
        self.deps.store.request(&approval, None).await.unwrap();
        self.judged(Decision::Allow).await;
        self
    }

    async fn resolved(self) -> Self {
        let outcome = Outcome {
            resolution: Resolution::ByNightshift,
            reason: "the alarm is OK".into(),
            ended_at: sample::at(),
        };
        let entry = AuditEntry::Ended { outcome: outcome.clone() };
        self.deps.store.append(self.id, outcome.ended_at, &entry).await.unwrap();
        self.deps.store.end(self.id, Status::Resolved, &outcome, None).await.unwrap();
        self
    }

    fn input(&self, occasion: Occasion) -> Input {
        let hands_over = matches!(occasion, Occasion::Escalated | Occasion::ExecutionBroken);
        Input {
            occasion,
            incident_id: self.id,
            plan_hash: (occasion == Occasion::ApprovalNeeded).then(|| self.plan.hash()),
            reason: (occasion == Occasion::Escalated)
                .then(|| "the symptom is unchanged after 2 attempts".into()),
            failed_state: hands_over.then(|| "VerifyRecovery".into()),
            execution_arn: None,
            status: (occasion == Occasion::ExecutionBroken).then(|| "TIMED_OUT".into()),
            approval_window_seconds: (occasion == Occasion::ApprovalNeeded).then_some(1800),
            wait_limit_seconds: None,
        }
    }

    async fn notify(&self, occasion: Occasion) -> Result<Output, Error> {
        handle(&self.deps, self.input(occasion)).await
    }

    fn sent(&self) -> Vec<Message> {
        self.deps.channels.iter().flat_map(FakeChannel::sent).collect()
    }

    fn status(&self) -> Status {
        self.deps.store.incidents()[0].status
    }
}

#[tokio::test]
async fn message_of_each_occasion_is_the_golden_one() {
    let asked = Scenario::new().diagnosed().await;
    let resolved = Scenario::new().diagnosed().await.acted(Some("Success")).await.resolved().await;
    let escalated = Scenario::new().diagnosed().await.acted(Some("Success")).await;
    let broken = Scenario::new().diagnosed().await.acted(None).await;
    let mut drill = sample::incident();
    drill.signal.drill = true;
    for (name, scenario, occasion) in [
        ("approval_needed", asked, Occasion::ApprovalNeeded),
        ("resolved", resolved, Occasion::Resolved),
        ("escalated", escalated, Occasion::Escalated),
        ("execution_broken", broken, Occasion::ExecutionBroken),
        ("escalated_drill_without_a_diagnosis", Scenario::with_incident(drill), Occasion::Escalated),
    ] {
        scenario.notify(occasion).await.unwrap();
        assert_golden(name, &scenario.sent()[0]);
    }
}

#[tokio::test]
async fn message_after_a_failed_request_says_that_its_command_no_longer_works() {
    for state in notify::STATES_THAT_ASK {
        let scenario = Scenario::new().diagnosed().await;
        let reason = Some("Port.Denied: put the approval: denied".to_owned());
        let failed_state = Some(state.to_owned());
        let input = Input { reason, failed_state, ..scenario.input(Occasion::Escalated) };
        handle(&scenario.deps, input).await.unwrap();
        let body = &scenario.sent()[0].body;
        assert!(
            body.contains(&format!("Port.Denied: put the approval: denied (in state {state})")),
            "{body}"
        );
        assert!(body.contains("it can no longer be answered"), "{body}");
    }
    let scenario = Scenario::new().diagnosed().await;
    scenario.notify(Occasion::Escalated).await.unwrap();
    assert!(!scenario.sent()[0].body.contains("can no longer be answered"));
}

#[tokio::test]
async fn message_while_the_store_is_down_is_the_golden_one() {
    let scenario = Scenario::new();
    let input = scenario.input(Occasion::Escalated);
    break_store(&scenario.faults);
    assert_eq!(handle(&scenario.deps, input).await.unwrap_err().error_name(), "Port.Unavailable");
    assert_golden("escalated_with_the_store_down", &scenario.sent()[0]);
}

const STORE: [&str; 10] = [
    "Incidents::incident",
    "Incidents::end",
    "CaseFile::diagnosis",
    "CaseFile::evidence",
    "CaseFile::plan",
    "Ledger::append",
    "Ledger::timeline",
    "Deliveries::delivery",
    "Deliveries::put_delivery",
    "Approvals::approvals",
];

fn break_store(faults: &Faults) {
    for operation in STORE.iter().chain(&["Leases::taken_by"]) {
        faults.fail_operation(operation);
    }
}

#[tokio::test]
async fn handle_first_channel_accepts_intent_and_delivery_are_on_record_in_order() {
    let scenario = Scenario::new();
    let output = scenario.notify(Occasion::Resolved).await.unwrap();
    let (channel, message_id) = ("sns:alerts".to_owned(), "sns:alerts-1".to_owned());
    assert_eq!(output, Output::Delivered { channel: channel.clone(), message_id: message_id.clone() });
    let occasion = Occasion::Resolved;
    let subject = "[sev3] Resolved: Alarm checkout-errors (petshop)".to_owned();
    assert_eq!(
        scenario.deps.store.entries(),
        [
            AuditEntry::NotificationIntended { occasion, channel: channel.clone(), subject },
            AuditEntry::NotificationDelivered { occasion, channel, message_id },
        ]
    );
}

#[tokio::test]
async fn handle_repeated_after_delivery_sends_nothing_and_says_the_same() {
    for occasion in
        [Occasion::ApprovalNeeded, Occasion::Resolved, Occasion::Escalated, Occasion::ExecutionBroken]
    {
        let scenario = Scenario::new().diagnosed().await;
        let first = scenario.notify(occasion).await.unwrap();
        assert_eq!(scenario.notify(occasion).await.unwrap(), first);
        assert_eq!(scenario.sent().len(), 1, "{occasion:?}");
    }
}

#[tokio::test]
async fn handle_approval_asked_again_after_another_verdict_is_sent_again() {
    let scenario = Scenario::new().diagnosed().await;
    scenario.notify(Occasion::ApprovalNeeded).await.unwrap();
    scenario.judged(Decision::Ask).await;
    scenario.notify(Occasion::ApprovalNeeded).await.unwrap();
    assert_eq!(scenario.sent().len(), 2);
}

#[tokio::test]
async fn handle_first_channel_fails_the_next_one_is_used_and_the_failure_is_on_record() {
    let scenario = Scenario::new();
    scenario.faults.fail_operation("sns:alerts");
    let Output::Delivered { channel, .. } = scenario.notify(Occasion::Resolved).await.unwrap() else {
        panic!()
    };
    assert_eq!(channel, "sns:fallback");
    let failed = |entry: &AuditEntry| match entry {
        AuditEntry::NotificationFailed { channel, .. } => channel == "sns:alerts",
        _ => false,
    };
    assert!(scenario.deps.store.entries().iter().any(failed));
}

#[tokio::test]
async fn handle_no_channel_accepts_is_an_error_that_says_what_was_tried() {
    let mut scenario = Scenario::new();
    scenario.faults.fail_operation("sns:alerts");
    scenario.faults.fail_operation("sns:fallback");
    let error = scenario.notify(Occasion::Escalated).await.unwrap_err();
    assert_eq!(error.error_name(), "Notify.NoChannelAccepted");
    assert!(error.to_string().contains("sns:alerts: ") && error.to_string().contains("; sns:fallback: "));
    assert_eq!(scenario.status(), Status::Escalated);

    scenario.deps.channels.clear();
    let error = scenario.notify(Occasion::Resolved).await.unwrap_err();
    assert!(error.to_string().ends_with("there is none"));
}

#[tokio::test]
async fn handle_handing_over_ends_the_incident_before_anybody_hears() {
    for occasion in [Occasion::Escalated, Occasion::ExecutionBroken] {
        let scenario = Scenario::new();
        scenario.notify(occasion).await.unwrap();
        assert_eq!(scenario.status(), Status::Escalated);
        let calls = scenario.faults.calls();
        let position = |name: &str| calls.iter().position(|call| call == name).unwrap();
        assert!(position("Incidents::end") < position("sns:alerts"));
        assert!(position("Ledger::append") < position("Incidents::end"));
    }
}

#[tokio::test]
async fn handle_handing_over_what_has_ended_leaves_its_outcome_and_is_heard() {
    let scenario = Scenario::new().resolved().await;
    scenario.notify(Occasion::ExecutionBroken).await.unwrap();
    assert_eq!(scenario.status(), Status::Resolved);
    assert_eq!(scenario.sent().len(), 1);
}

#[tokio::test]
async fn handle_handing_over_is_heard_whatever_store_operations_fail() {
    for occasion in [Occasion::Escalated, Occasion::ExecutionBroken] {
        for operation in STORE.iter().chain(&["Leases::taken_by"]) {
            let scenario = Scenario::new().diagnosed().await.acted(Some("Failed")).await;
            scenario.faults.fail_operation(operation);
            let _ = scenario.notify(occasion).await;
            assert_eq!(scenario.sent().len(), 1, "{operation} fails, {occasion:?}");
            assert!(scenario.sent()[0].body.contains(&scenario.id.to_string()));
        }
    }
}

#[tokio::test]
async fn handle_unwritable_ledger_stops_what_is_not_a_handover() {
    for occasion in [Occasion::ApprovalNeeded, Occasion::Resolved] {
        let scenario = Scenario::new().diagnosed().await;
        scenario.faults.fail_operation("Ledger::append");
        assert_eq!(scenario.notify(occasion).await.unwrap_err().error_name(), "Port.Unavailable");
        assert_eq!(scenario.sent(), []);
    }
}

#[tokio::test]
async fn handle_unwritable_ledger_at_a_handover_is_said_in_the_message_and_mended_by_repeating() {
    let scenario = Scenario::new().diagnosed().await;
    scenario.faults.fail_operation("Ledger::append");
    assert_eq!(scenario.notify(Occasion::Escalated).await.unwrap_err().error_name(), "Port.Unavailable");
    let body = scenario.sent()[0].body.clone();
    assert!(body.contains("The audit trail could not be written: this message is not on record."));
    assert!(body.contains("it still counts as open"));

    scenario.faults.heal();
    scenario.notify(Occasion::Escalated).await.unwrap();
    assert_eq!(scenario.status(), Status::Escalated);
    assert_eq!(scenario.sent().len(), 1, "the delivery was known");
}

#[tokio::test]
async fn handle_any_call_failing_once_a_human_hears_after_at_most_one_repetition() {
    for occasion in
        [Occasion::ApprovalNeeded, Occasion::Resolved, Occasion::Escalated, Occasion::ExecutionBroken]
    {
        for when in [When::Before, When::After] {
            for failing in 0..24 {
                let scenario = Scenario::new().diagnosed().await.acted(Some("Success")).await;
                scenario.faults.fail_call(scenario.faults.calls().len() + failing, when);
                if scenario.notify(occasion).await.is_err() {
                    scenario.notify(occasion).await.unwrap();
                }
                let sent = scenario.sent().len();
                assert!((1..=2).contains(&sent), "{occasion:?}, call {failing} {when:?}: {sent} messages");
                scenario.faults.heal();
                let id = sample::incident().id;
                let records = scenario.deps.store.timeline(id).await.unwrap();
                assert_eq!(chain::verify(id, &records), Ok(()));
            }
        }
    }
}

#[tokio::test]
async fn message_names_the_newest_record_of_the_audit_trail() {
    let scenario = Scenario::new().diagnosed().await;
    scenario.notify(Occasion::Escalated).await.unwrap();
    let records = scenario.deps.store.timeline(sample::incident().id).await.unwrap();
    let intent = &records[records.len() - 2];
    let expected = format!("Audit record {}, SHA-256 {}", intent.sequence, intent.hash);
    assert!(scenario.sent()[0].body.ends_with(&expected));
}

#[tokio::test]
async fn message_names_the_checkpoint_of_the_log_for_its_reader_to_keep() {
    let scenario = Scenario::new().diagnosed().await;
    let mut frontier = Frontier::default();
    frontier.append(TreeHash::of_leaf(b"leaf"));
    let head = frontier.head();
    scenario.deps.store.write_batch(Batch {
        first: 0,
        leaves: Vec::new(),
        frontier,
        checkpoint: String::new(),
    });
    scenario.notify(Occasion::Escalated).await.unwrap();
    let body = scenario.sent()[0].body.clone();
    assert!(body.ends_with(&format!("\nCheckpoint {head}")) && head.starts_with("1:"), "{body}");
}

#[tokio::test]
async fn message_says_that_the_audit_trail_does_not_hold_and_is_sent() {
    let scenario = Scenario::new().diagnosed().await;
    scenario.deps.store.edit_record(sample::incident().id, |record| record.body.push(' '));
    scenario.notify(Occasion::Escalated).await.unwrap();
    let body = scenario.sent()[0].body.clone();
    assert!(body.contains("record 1 was edited") && body.contains("do not rely on it"), "{body}");
}

proptest! {
    #[test]
    fn message_of_any_texts_has_no_hidden_characters_and_no_lines_of_their_own(
        title in any::<String>(),
        reason in "(\\PC|\n){0,600}",
        cause in "(\\PC|\n|\u{202e}){0,600}",
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let message = runtime.block_on(async {
            let mut incident = sample::incident();
            incident.signal.title = title;
            let scenario = Scenario::with_incident(incident).diagnosed().await;
            let mut diagnosis = scenario.deps.store.diagnosis(scenario.id, 1).await.unwrap().unwrap();
            diagnosis.hypotheses[0].cause = format!("{cause}\nNext step\n- {{{{ 7 * 7 }}}}");
            scenario.deps.store.replace_diagnosis(&diagnosis);
            let input = Input { reason: Some(reason), ..scenario.input(Occasion::Escalated) };
            handle(&scenario.deps, input).await.unwrap();
            scenario.sent()[0].clone()
        });
        prop_assert!(message.subject.len() < 100 && message.subject.is_ascii());
        prop_assert!(!message.body.chars().any(|c| c.is_control() && c != '\n'));
        prop_assert!(!message.body.contains("\u{202e}"), "the text's direction is turned");
        let headings = message.body.lines().filter(|line| *line == "Next step").count();
        prop_assert_eq!(headings, 1);
        prop_assert!(!message.body.contains("\n- 49"));
        prop_assert!(message.body.len() < 32_000);
    }
}

#[test]
fn input_of_the_state_machine_is_read_and_unknown_fields_are_refused() {
    let id = sample::incident().id.to_string();
    let input =
        json!({"occasion": "execution_broken", "incident_id": id, "status": "FAILED", "reason": null});
    assert!(serde_json::from_value::<Input>(input).is_ok());
    let input = json!({"occasion": "resolved", "incident_id": id, "to": "me"});
    assert!(serde_json::from_value::<Input>(input).is_err());
    let output = Output::Delivered { channel: "sns:alerts".into(), message_id: "1".into() };
    let expected = json!({"result": "delivered", "channel": "sns:alerts", "message_id": "1"});
    assert_eq!(serde_json::to_value(output).unwrap(), expected);
}

#[test]
fn samples_in_function_inputs_are_inputs() {
    for name in ["notify.json", "notify-execution-broken.json", "notify-preliminary.json"] {
        let path = format!("{}/../../function_inputs/{name}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        assert!(serde_json::from_str::<Input>(&text).is_ok(), "{name}");
    }
}

/// A person acts on what a message says, so what it tells of a decision and of an end is held against the ledger too.
#[tokio::test]
async fn message_names_a_decision_and_an_automation_that_no_record_knows() {
    let scenario = Scenario::new().diagnosed().await.acted(Some("Success")).await;
    scenario.notify(Occasion::Escalated).await.unwrap();
    let whole = scenario.sent()[0].body.clone();
    assert!(!whole.contains("do not rely on it"), "{whole}");

    let scenario = Scenario::new().diagnosed().await.acted(Some("Success")).await;
    let hash = scenario.plan.hash();
    let mut lease = scenario.deps.store.lease(scenario.id, &hash).await.unwrap().unwrap();
    lease.end = Some(LeaseEnd { status: "Failed".into(), at: lease.end.unwrap().at });
    scenario.deps.store.update(&lease).await.unwrap();
    scenario.notify(Occasion::Escalated).await.unwrap();
    let edited = scenario.sent()[0].body.clone();
    let told = format!("Plan {}: no record says that its automation ended like this", hash.short());
    assert!(edited.contains(&told), "{edited}");
}
