//! Tests the whole message about a severe incident against golden ones, and what it must never do.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/golden.rs"]
mod golden;

use std::collections::BTreeMap;

use common::{
    Arn, AuditEntry, Conclusion, Diagnosis, Evidence, EvidenceId, FailureMode, Hypothesis, Incident,
    MicroUsd, Observed, Plan, Severity, Status,
    diagnosis::{IncidentReport, LastingFix, Proposal, RevertCommand, RuledOut, TimelineEntry},
    evidence::Change,
    findings::LogTemplate,
    model::Usage,
    notification::{Message, Occasion},
    ports::{CaseFile as _, Lease, LeaseEnd, Leases as _, Ledger as _},
    reasoning::{ModelUse, ModelVerdict},
};
use fakes::{FakeChannel, Faults, FixedClock, MemoryStore, sample};
use golden::assert_golden;
use jiff::{SignedDuration, Timestamp};
use notify::{Deps, Input, Links, handle};
use proptest::prelude::*;

const TEXT: &str = "a text of no interest";

struct World {
    deps: Deps<MemoryStore, FakeChannel, FixedClock>,
    incident: Incident,
}

fn after(minutes: i64) -> Timestamp {
    sample::at() + SignedDuration::from_mins(minutes)
}

fn limit() -> Arn {
    sample::arn("ssm", "parameter/petshop/checkout/limit")
}

fn write() -> Evidence {
    let change = Change {
        event_id: "e-1".into(),
        event_name: "PutParameter".into(),
        at: after(-2),
        actor: "arn:aws:iam::123456789012:user/bob".into(),
        by_nightshift: false,
        actor_kind: common::ActorKind::Person,
        resource: limit(),
        request: BTreeMap::new(),
    };
    let summary = "PutParameter on /petshop/checkout/limit by bob at 02:58:00Z".into();
    Evidence::new("aws cloudtrail lookup-events".into(), after(1), summary, Observed::Change { change })
}

fn proposal() -> Proposal {
    let parameter = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Proposal {
        action: "restore-parameter".parse().unwrap(),
        target: limit(),
        parameters: BTreeMap::from([
            parameter("ParameterName", "/petshop/checkout/limit"),
            parameter("RestoreVersion", "6"),
            parameter("ExpectedVersion", "7"),
        ]),
    }
}

fn plan(incident: &Incident) -> Plan {
    let Proposal { action, target, parameters } = proposal();
    Plan {
        schema_version: 1,
        incident_id: incident.id,
        action,
        document: "Nightshift-RestoreParameter".into(),
        target,
        parameters,
        undo_of: None,
    }
}

fn hypothesis(component: Arn, failure_mode: FailureMode, cause: &str, confidence: f64) -> Hypothesis {
    Hypothesis {
        component,
        failure_mode,
        cause: cause.into(),
        confidence,
        origin: "parameter-overwritten@1".parse().unwrap(),
        supports: vec![write().id],
        contradicts: vec![],
        proposal: None,
        raised_by: None,
        raised_by_untrusted: false,
        causality: None,
    }
}

fn moment(at: i64, what: &str, evidence: Option<EvidenceId>) -> TimelineEntry {
    TimelineEntry { at: after(at), what: what.into(), evidence }
}

/// A diagnosis with everything that one can have; `text` stands wherever somebody outside could have written.
fn diagnosis(incident: &Incident, text: &str) -> Diagnosis {
    let first = hypothesis(
        limit(),
        FailureMode::BadConfiguration,
        &format!("Parameter /petshop/checkout/limit was overwritten 60 s before the symptom began: {text}."),
        0.87,
    );
    let other = hypothesis(sample::arn("lambda", "function:prices"), FailureMode::Slow, text, 0.21);
    Diagnosis {
        incident_id: incident.id,
        attempt: 1,
        made_at: after(1),
        producer: "playbooks@1".into(),
        conclusion: Conclusion::Explained,
        hypotheses: vec![Hypothesis { proposal: Some(proposal()), ..first }, other],
        ruled_out: vec![RuledOut {
            component: sample::arn("lambda", "function:checkout:live"),
            by: "lambda-alias-moved@2".parse().unwrap(),
            why: format!("the alias has not moved for 9 d: {text}"),
        }],
        gaps: vec![],
        evidence: vec![write().id],
        gathered_in_ms: 0,
        model: Some(ModelUse {
            bundle: "standard@0123456789ab".into(),
            verdict: ModelVerdict::Abstained { reason: text.into() },
            statement: Some(text.into()),
            requests: 4,
            tool_calls: 1,
            usage: Usage::default(),
            cost: MicroUsd(12_345),
            problems: BTreeMap::new(),
            masked: BTreeMap::new(),
        }),
        report: IncidentReport {
            trigger: Some(write().id),
            began_at: Some(after(-1)),
            timeline: vec![
                moment(
                    -2,
                    &format!("PutParameter on /petshop/checkout/limit by bob: {text}"),
                    Some(write().id),
                ),
                moment(-1, "the symptom began (first abnormal sample)", None),
                moment(0, "alarm checkout-errors fired", None),
            ],
            blast_radius: vec!["shop-front".into(), format!("orders {text}")],
            impact: Some("About 40 % of the calls of checkout fail; before it was 0 %.".into()),
            severity: None,
            lasting_fix: Some(LastingFix {
                problem: text.into(),
                evidence: vec![write().id],
                place: format!("The parameter /petshop/checkout/limit: {text}."),
                change: "Let only the pipeline write it.".into(),
                tests: vec!["A write by anybody else is denied.".into(), text.into()],
                by: "nightshift".into(),
            }),
            revert: None,
        },
    }
}

/// Throttled, with no action for it.
fn throttled(incident: &Incident) -> Diagnosis {
    let cause = "prices is the likeliest root cause: Throttles (Sum) rose from 0 to 90.";
    let first = hypothesis(sample::arn("lambda", "function:prices"), FailureMode::Throttled, cause, 0.71);
    Diagnosis {
        hypotheses: vec![first],
        ruled_out: vec![],
        model: None,
        report: IncidentReport {
            impact: None,
            blast_radius: vec![],
            severity: None,
            lasting_fix: None,
            trigger: None,
            revert: Some(RevertCommand {
                command: "aws lambda put-function-concurrency --function-name prices --reserved-concurrent-executions \
                          RESERVED_CONCURRENT_EXECUTIONS_BEFORE"
                    .into(),
                unknown: vec!["RESERVED_CONCURRENT_EXECUTIONS_BEFORE".into()],
                if_unset: None,
            }),
            ..IncidentReport::default()
        },
        ..diagnosis(incident, TEXT)
    }
}

impl World {
    fn new(severity: Severity, text: &str) -> Self {
        let mut incident = sample::incident();
        incident.signal.title = format!("Alarm checkout-errors {text}");
        incident.severity = severity;
        incident.status = Status::Diagnosing;
        Self::with_incident(incident)
    }

    fn with_incident(incident: Incident) -> Self {
        let faults = Faults::default();
        let store = MemoryStore::new(&faults);
        store.insert(incident.clone());
        let links = Links { state_machine_arn: sample::arn("states", "stateMachine:nightshift-incident") };
        let channels = vec![FakeChannel::new("sns:alerts", &faults)];
        Self { deps: Deps { store, channels, clock: FixedClock::at(after(12)), links }, incident }
    }

    async fn diagnosed(self, diagnosis: &Diagnosis, more: &[Evidence]) -> Self {
        let (store, id) = (&self.deps.store, self.incident.id);
        for one in more.iter().chain([&write()]) {
            store.put_evidence(id, one).await.unwrap();
        }
        store.put_diagnosis(diagnosis).await.unwrap();
        let (conclusion, summary) = (Conclusion::Explained, "changed parameter".into());
        store
            .append(
                id,
                after(1),
                &AuditEntry::Diagnosed { attempt: 1, conclusion, summary, file_digest: None },
            )
            .await
            .unwrap();
        store.put_plan(&plan(&self.incident)).await.unwrap();
        self
    }

    async fn acted(self) -> Self {
        let plan = plan(&self.incident);
        let lease = Lease {
            incident_id: self.incident.id,
            plan_hash: plan.hash(),
            target: plan.target,
            acquired_at: after(3),
            execution_id: Some("exec-1".into()),
            end: Some(LeaseEnd { status: "Success".into(), at: after(4) }),
        };
        self.deps.store.acquire(&lease).await.unwrap();
        self
    }

    async fn undid(self) -> Self {
        let plan = plan(&self.incident);
        let undo = Plan { undo_of: Some(plan.hash()), ..plan };
        self.deps.store.put_plan(&undo).await.unwrap();
        let lease = Lease {
            incident_id: self.incident.id,
            plan_hash: undo.hash(),
            target: undo.target,
            acquired_at: after(6),
            execution_id: Some("exec-2".into()),
            end: Some(LeaseEnd { status: "Success".into(), at: after(7) }),
        };
        self.deps.store.acquire(&lease).await.unwrap();
        self
    }

    async fn sent(&self, occasion: Occasion) -> Message {
        let asks = occasion == Occasion::ApprovalNeeded;
        let input = Input {
            occasion,
            incident_id: self.incident.id,
            plan_hash: asks.then(|| plan(&self.incident).hash()),
            reason: (!asks).then(|| "policy does not permit the action".into()),
            failed_state: None,
            execution_arn: None,
            status: None,
            approval_window_seconds: asks.then_some(1800),
            wait_limit_seconds: (occasion == Occasion::Preliminary).then_some(290),
        };
        handle(&self.deps, input).await.unwrap();
        self.deps.channels[0].sent()[0].clone()
    }
}

#[tokio::test]
async fn message_about_the_worst_is_whole_and_the_golden_one() {
    for (name, severity, occasion) in [
        ("full_escalated", Severity::Sev1, Occasion::Escalated),
        ("full_approval_needed", Severity::Sev2, Occasion::ApprovalNeeded),
    ] {
        let world = World::new(severity, "");
        let diagnosis = diagnosis(&world.incident, TEXT);
        let world = world.diagnosed(&diagnosis, &[]).await;
        assert_golden(name, &world.sent(occasion).await);
    }
}

#[tokio::test]
async fn message_without_an_action_says_what_the_runbook_does() {
    let world = World::new(Severity::Sev2, "");
    let logs = Evidence::new(
        "aws logs filter-log-events".into(),
        after(1),
        "prices logged 40 lines".into(),
        Observed::Logs {
            function: sample::arn("lambda", "function:prices"),
            baseline_lines: 0,
            incident_lines: 40,
            truncated: false,
            templates: vec![LogTemplate {
                template: "TooManyRequestsException".into(),
                baseline: 0,
                incident: 9,
            }],
        },
    );
    let diagnosis = throttled(&world.incident);
    let world = world.diagnosed(&diagnosis, &[logs]).await;
    assert_golden("full_escalated_by_runbook", &world.sent(Occasion::Escalated).await);
}

#[tokio::test]
async fn message_after_an_action_that_did_not_help_does_not_tell_to_repeat_it() {
    let world = World::new(Severity::Sev1, "");
    let diagnosis = diagnosis(&world.incident, TEXT);
    let world = world.diagnosed(&diagnosis, &[]).await.acted().await;
    let body = world.sent(Occasion::Escalated).await.body;
    assert!(!body.contains("Apply: "), "{body}");
    assert!(body.contains("The action taken did not help. Runbook ssm-parameter-overwritten@"), "{body}");
}

#[tokio::test]
async fn message_after_a_restore_that_helped_tells_to_revert_the_change_at_its_source() {
    for (occasion, expected) in [(Occasion::Resolved, true), (Occasion::Escalated, false)] {
        let world = World::new(Severity::Sev3, "");
        let diagnosis = diagnosis(&world.incident, TEXT);
        let world = world.diagnosed(&diagnosis, &[]).await.acted().await;
        let body = world.sent(occasion).await.body;
        let change = format!(
            "PutParameter on {} by arn:aws:iam::123456789012:user/bob at 2026-11-20 02:58:00 UTC (CloudTrail event e-1)",
            limit()
        );
        let reverts = body.contains("Revert the change at its source") && body.contains(&change);
        assert_eq!(reverts, expected, "{body}");
        assert!(!body.contains("No action needed"), "{body}");
    }
}

#[tokio::test]
async fn message_after_an_undone_restore_has_nothing_to_revert() {
    let world = World::new(Severity::Sev3, "");
    let diagnosis = diagnosis(&world.incident, TEXT);
    let world = world.diagnosed(&diagnosis, &[]).await.acted().await.undid().await;
    assert!(!world.sent(Occasion::Resolved).await.body.contains("Revert the change at its source"));
}

#[tokio::test]
async fn message_without_a_cause_says_so_once_and_lists_what_was_ruled_out() {
    let world = World::new(Severity::Sev3, "");
    let reason = "policy does not permit the action".to_owned();
    let diagnosis = Diagnosis {
        conclusion: Conclusion::Abstained { reason: reason.clone() },
        hypotheses: vec![],
        ..diagnosis(&world.incident, TEXT)
    };
    let world = world.diagnosed(&diagnosis, &[]).await;
    let body = world.sent(Occasion::Escalated).await.body;
    assert_eq!(body.matches(&reason).count(), 1, "{body}");
    assert!(
        body.contains("\nRuled out\n- arn:aws:lambda:eu-west-1:123456789012:function:checkout:live: "),
        "{body}"
    );
}

#[tokio::test]
async fn message_of_what_is_no_fault_gives_the_reason_once_and_no_cause() {
    let world = World::new(Severity::Sev3, "");
    let reason = "instance i-1 was stopped by its schedule".to_owned();
    let diagnosis = Diagnosis {
        conclusion: Conclusion::NoFault { reason: reason.clone() },
        hypotheses: vec![],
        ..diagnosis(&world.incident, TEXT)
    };
    let world = world.diagnosed(&diagnosis, &[]).await;
    let body = world.sent(Occasion::Escalated).await.body;
    assert!(body.contains(&format!("No fault found: {reason}.")), "{body}");
    assert!(!body.contains("Unknown: ") && !body.contains("Check "), "{body}");
}

#[tokio::test]
async fn message_of_a_proposal_out_of_its_bounds_tells_nobody_to_do_it() {
    let world = World::new(Severity::Sev1, "");
    let mut diagnosis = diagnosis(&world.incident, TEXT);
    let proposal = diagnosis.hypotheses[0].proposal.as_mut().unwrap();
    proposal.parameters.insert("RestoreVersion".into(), "6; rm -rf /".into());
    let world = world.diagnosed(&diagnosis, &[]).await;
    let body = world.sent(Occasion::Escalated).await.body;
    assert!(!body.contains("rm -rf") && !body.contains("Apply: "), "{body}");
}

#[tokio::test]
async fn message_about_the_rest_is_short_and_says_where_the_rest_is() {
    for severity in [Severity::Sev3, Severity::Sev4] {
        for occasion in [Occasion::Escalated, Occasion::ApprovalNeeded] {
            let world = World::new(severity, "");
            let diagnosis = diagnosis(&world.incident, TEXT);
            let world = world.diagnosed(&diagnosis, &[]).await;
            let body = world.sent(occasion).await.body;
            for heading in ["\nTimeline", "\nRuled out", "\nPermanent fix", "\nRunbook"] {
                assert!(!body.contains(heading), "{severity} {heading}");
            }
            // What decides is in every message: the trigger, the rival, the measured impact, and the runbook to hand over.
            for part in ["\nTriggered by: ", "\n- Less likely: ", "\nImpact\nAbout 40 %"] {
                assert!(body.contains(part), "{severity} {part} {body}");
            }
            assert_eq!(body.contains("\n- Runbook: "), occasion == Occasion::Escalated, "{body}");
            assert!(body.contains(&format!("nightshift show {}", world.incident.id)), "{body}");
        }
    }
}

#[tokio::test]
async fn message_masks_what_looks_like_a_secret_wherever_it_stands() {
    let world = World::new(Severity::Sev1, "password=swordfish");
    let diagnosis = diagnosis(&world.incident, "password=swordfish");
    let world = world.diagnosed(&diagnosis, &[]).await;
    let message = world.sent(Occasion::Escalated).await;
    assert!(
        !message.body.contains("swordfish") && !message.subject.contains("swordfish"),
        "{}",
        message.body
    );
}

proptest! {
    // Each case searches the runbooks and masks some hundred texts.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn message_of_any_texts_keeps_its_outline_and_fits_into_sns(text in "(?s)(.|\n|Timeline\n){0,700}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let message = runtime.block_on(async {
            let text = format!("{text}\nTimeline\n- {{{{ 7 * 7 }}}}");
            let world = World::new(Severity::Sev1, &text);
            let mut diagnosis = diagnosis(&world.incident, &text);
            let story = &mut diagnosis.report;
            story.blast_radius = vec![text.clone(); 50];
            story.timeline = vec![moment(0, &text, None); 50];
            story.impact = Some(text.clone());
            if let Some(fix) = &mut story.lasting_fix {
                fix.change.clone_from(&text);
                fix.tests = vec![text.clone(); 50];
            }
            diagnosis.ruled_out = vec![diagnosis.ruled_out[0].clone(); 50];
            diagnosis.hypotheses = vec![diagnosis.hypotheses[0].clone(); 50];
            world.diagnosed(&diagnosis, &[]).await.sent(Occasion::Escalated).await
        });
        // SNS takes 256 KB, and a person far less.
        prop_assert!(message.body.len() < 200_000, "{}", message.body.len());
        prop_assert!(message.body.lines().count() < 200);
        prop_assert!(!message.body.chars().any(|c| c != '\n' && common::untrusted_text::is_hidden(c)));
        prop_assert_eq!(message.body.lines().filter(|line| *line == "Timeline").count(), 1);
        prop_assert!(!message.body.contains("\n- 49"));
    }
}
