//! An incident from end to end, as the functions would have written it.

use std::collections::BTreeMap;

use common::{
    Approval, ApprovalDecision, AuditEntry, AuditRecord, Conclusion, Decision, Diagnosis, Evidence,
    FailureMode, Gap, Hypothesis, Incident, MicroUsd, Mode, Observed, Outcome, Plan, PortError, Resolution,
    Status, SymptomState, UnmetCondition, Verdict,
    diagnosis::{IncidentReport, LastingFix, Proposal, RevertCommand, RuledOut, TimelineEntry},
    evidence::ReadSource,
    evidence::{AlarmTransition, ParameterState},
    file_digest::file_digest,
    findings::{EngineFindings, EngineRuledOut, EngineSuspect, EngineVerdict},
    model::Usage,
    notification::{Delivery, Occasion},
    opening::opening_entry,
    ports::PortErrorKind,
    ports::{
        Approvals, CaseFile, Deliveries, EventOutcome, EventRecord, Incidents, Intake, Lease, LeaseEnd,
        Leases, Ledger,
    },
    preliminary::PreliminaryFindings,
    reasoning::{ModelUse, ModelVerdict},
    verdict::DeterminingPolicy,
    verification::Verification,
};
use fakes::{Faults, MemoryStore, sample, sample_evidence};
use guard::{Facts, Guard};
use jiff::{SignedDuration, Timestamp};

use super::report::{Report, gather};

pub(crate) const TASK_TOKEN: &str = "a-secret-of-the-execution";

const BY: &str = "arn:aws:sts::123456789012:assumed-role/oncall/ada";

fn after(seconds: i64) -> Timestamp {
    sample::at().checked_add(SignedDuration::from_secs(seconds)).unwrap()
}

pub(crate) fn incident() -> Incident {
    Incident {
        status: Status::Resolved,
        signal_count: 3,
        last_signal_at: after(60),
        outcome: Some(outcome()),
        ..sample::incident()
    }
}

fn outcome() -> Outcome {
    Outcome {
        resolution: Resolution::ByNightshift,
        reason: "checkout-errors has been OK for 5 min".to_owned(),
        ended_at: after(480),
    }
}

pub(crate) fn evidence() -> [Evidence; 2] {
    let parameter = sample::arn("ssm", "parameter/petshop/limit");
    [
        Evidence::new(
            "aws ssm get-parameter-history --name /petshop/limit".to_owned(),
            after(10),
            "/petshop/limit is at version 2 since 02:58:00Z".to_owned(),
            Observed::Parameter {
                state: ParameterState {
                    arn: parameter,
                    name: "/petshop/limit".to_owned(),
                    parameter_type: "String".to_owned(),
                    version: 2,
                    modified_at: after(-120),
                    modified_by: "arn:aws:iam::123456789012:user/bob".to_owned(),
                    previous_version: Some(1),
                },
            },
        ),
        Evidence::new(
            "aws cloudwatch describe-alarm-history --alarm-name checkout-errors".to_owned(),
            after(11),
            "1 transition in the last hour".to_owned(),
            Observed::AlarmHistory {
                transitions: vec![AlarmTransition {
                    at: after(-5),
                    to: SymptomState::Firing,
                    summary: "OK to ALARM".to_owned(),
                }],
            },
        ),
    ]
}

fn engine() -> Evidence {
    let suspect = |name: &str, confidence, path: &[&str]| EngineSuspect {
        name: name.to_owned(),
        resource: Some(sample::arn("lambda", &format!("function:{name}"))),
        failure_mode: FailureMode::Failing,
        measured_mode: None,
        confidence,
        path: path.iter().map(|name| (*name).to_owned()).collect(),
        strongest_metric: Some("Errors (Sum) rose from 0 to 12".to_owned()),
        supports: Vec::new(),
        contradicts: Vec::new(),
    };
    let findings = EngineFindings {
        engine: "engine@0.1.0".to_owned(),
        verdict: EngineVerdict::RootCause,
        onset: None,
        suspects: vec![
            suspect("checkout", 0.84, &["checkout"]),
            suspect("prices", 0.06, &["checkout", "prices"]),
        ],
        ruled_out: vec![EngineRuledOut {
            name: "stock".to_owned(),
            resource: None,
            why: "it stayed within its ordinary range".to_owned(),
        }],
        symptom_judged: true,
        courses: Vec::new(),
        missing: Vec::new(),
    };
    let summary =
        "root-cause engine: checkout is the most likely root cause (confidence 84 %), 1 other ruled out"
            .to_owned();
    Evidence::new("nightshift engine@0.1.0".to_owned(), after(11), summary, Observed::Engine { findings })
}

fn plan() -> Plan {
    let parameter = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Plan {
        schema_version: 1,
        incident_id: incident().id,
        action: "restore-parameter".parse().unwrap(),
        document: "Nightshift-RestoreParameter".to_owned(),
        target: sample::arn("ssm", "parameter/petshop/limit"),
        parameters: BTreeMap::from([
            parameter("ParameterName", "/petshop/limit"),
            parameter("RestoreVersion", "1"),
            parameter("ExpectedVersion", "2"),
        ]),
        undo_of: None,
    }
}

fn diagnosis() -> Diagnosis {
    let [parameter, history] = evidence();
    let plan = plan();
    Diagnosis {
        incident_id: incident().id,
        attempt: 1,
        made_at: after(12),
        producer: "playbooks@0123456789ab".to_owned(),
        conclusion: Conclusion::Explained,
        hypotheses: vec![Hypothesis {
            component: plan.target.clone(),
            failure_mode: FailureMode::BadConfiguration,
            cause: "/petshop/limit was overwritten 60 s before the symptom began, and checkout reads it."
                .to_owned(),
            confidence: 0.92,
            origin: "parameter-overwritten@1".parse().unwrap(),
            supports: vec![parameter.id.clone(), history.id.clone()],
            contradicts: Vec::new(),
            proposal: Some(Proposal {
                action: plan.action,
                target: plan.target,
                parameters: plan.parameters,
            }),
            raised_by: None,
            raised_by_untrusted: false,
            causality: Some(sample_evidence::clear_cause()),
        }],
        ruled_out: vec![RuledOut {
            component: sample::arn("lambda", "function:checkout:live"),
            by: "lambda-alias-moved@1".parse().unwrap(),
            why: "the alias has not moved for 9 d".to_owned(),
        }],
        gaps: vec![Gap::from_error(
            ReadSource::ResourceState,
            &PortError::new("DescribeServices", PortErrorKind::Denied, "AccessDeniedException"),
        )],
        evidence: vec![parameter.id.clone(), history.id, engine().id],
        gathered_in_ms: 840,
        model: Some(model()),
        report: story(&parameter),
    }
}

fn model() -> ModelUse {
    ModelUse {
        bundle: "standard@ab12cd34ef56".to_owned(),
        verdict: ModelVerdict::Hypotheses,
        statement: None,
        requests: 5,
        tool_calls: 3,
        usage: Usage { input: 2_400, output: 610, cache_read: 9_000, cache_write: 1_200 },
        cost: MicroUsd(31_250),
        problems: BTreeMap::from([("unknown_evidence".to_owned(), 1)]),
        masked: BTreeMap::from([("secret".to_owned(), 2)]),
    }
}

fn story(parameter: &Evidence) -> IncidentReport {
    let moment = |seconds, what: &str, evidence: Option<&Evidence>| TimelineEntry {
        at: after(seconds),
        what: what.to_owned(),
        evidence: evidence.map(|one| one.id.clone()),
    };
    IncidentReport {
        trigger: Some(parameter.id.clone()),
        began_at: Some(after(-60)),
        timeline: vec![
            moment(
                -120,
                "PutParameter on /petshop/limit by arn:aws:iam::123456789012:user/bob",
                Some(parameter),
            ),
            moment(-60, "the symptom began (first abnormal sample)", None),
            moment(-5, "alarm checkout-errors fired", None),
        ],
        blast_radius: vec!["shop-front".to_owned(), "orders".to_owned()],
        impact: Some("About 40 % of the calls of checkout fail; before it was 0 %.".to_owned()),
        severity: None,
        lasting_fix: Some(LastingFix {
            problem: "/petshop/limit was overwritten.".to_owned(),
            evidence: vec![parameter.id.clone()],
            place: "The parameter /petshop/limit.".to_owned(),
            change: "Let only the pipeline write it.".to_owned(),
            tests: vec!["A write by anybody else is denied.".to_owned()],
            by: "nightshift".to_owned(),
        }),
        revert: Some(RevertCommand {
            command: "aws events enable-rule --region eu-west-1 --name nightly".to_owned(),
            unknown: Vec::new(),
            if_unset: None,
        }),
    }
}

fn verdict() -> Verdict {
    Verdict {
        decision: Decision::Ask,
        mode: Mode::Supervised,
        policies: vec![DeterminingPolicy {
            id: "supervised-asks".to_owned(),
            why: "In supervised mode every action asks a human first.".to_owned(),
        }],
        facts: serde_json::to_value(Facts::nothing_against()).unwrap(),
        unmet: vec![UnmetCondition::ModeIsSupervised],
        would_be: None,
    }
}

fn entries() -> Vec<(Timestamp, AuditEntry)> {
    let (plan, hash) = (plan(), plan().hash());
    let summary = diagnosis().hypotheses[0].cause.clone();
    vec![
        (after(0), opening_entry(&incident())),
        (after(2), AuditEntry::ApplicationNamed { application: incident().application.unwrap() }),
        (
            after(12),
            AuditEntry::Diagnosed {
                attempt: 1,
                conclusion: Conclusion::Explained,
                summary,
                file_digest: Some(file_digest(&diagnosis(), &all_evidence())),
            },
        ),
        (
            after(14),
            AuditEntry::Judged {
                plan_hash: hash.clone(),
                action: plan.action.clone(),
                target: plan.target.clone(),
                verdict: verdict(),
            },
        ),
        (after(16), AuditEntry::ApprovalRequested { plan_hash: hash.clone(), expires_at: after(3616) }),
        (after(90), AuditEntry::ApprovalGiven { plan_hash: hash.clone(), by: BY.to_owned() }),
        (
            after(91),
            AuditEntry::ActionIntended {
                plan_hash: hash.clone(),
                action: plan.action.clone(),
                target: plan.target.clone(),
                client_token: "token".to_owned(),
            },
        ),
        (after(92), AuditEntry::ActionStarted { plan_hash: hash.clone(), execution_id: "exec-1".to_owned() }),
        (
            after(120),
            AuditEntry::ActionEnded {
                plan_hash: hash,
                execution_id: "exec-1".to_owned(),
                status: "Success".to_owned(),
                reason: None,
            },
        ),
        (after(480), AuditEntry::Ended { outcome: outcome() }),
        (
            after(482),
            AuditEntry::NotificationDelivered {
                occasion: Occasion::Resolved,
                channel: "sns:nightshift-alerts".to_owned(),
                message_id: "m-1".to_owned(),
            },
        ),
    ]
}

pub(crate) async fn gathered() -> Report {
    gather(&stored().await, &Guard::shipped().unwrap(), incident()).await.unwrap()
}

/// Returns the stored evidence that its diagnosis names.
fn all_evidence() -> Vec<Evidence> {
    evidence().into_iter().chain([engine()]).collect()
}

/// Its records.
pub(crate) async fn records() -> Vec<AuditRecord> {
    stored().await.timeline(incident().id).await.unwrap()
}

/// The same while more evidence is waited for.
pub(crate) async fn before_its_diagnosis() -> Report {
    let store = MemoryStore::new(&Faults::default());
    let known = PreliminaryFindings { diagnosis: diagnosis(), evidence: evidence().into() };
    store.put_preliminary(&known).await.unwrap();
    gather(&store, &Guard::shipped().unwrap(), incident()).await.unwrap()
}

/// The table as the functions would have left it.
pub(crate) async fn stored() -> MemoryStore {
    stored_with(&Faults::default()).await
}

/// The same, whose calls fail as `faults` decides.
pub(crate) async fn stored_with(faults: &Faults) -> MemoryStore {
    let store = MemoryStore::new(faults);
    for (at, entry) in &entries() {
        store.append(incident().id, *at, entry).await.unwrap();
    }
    fill(&store).await;
    // It ended after all that: no lease is taken for an incident that has.
    store.insert(incident());
    store
}

/// Opens the incident in a store, takes it to its end, and leaves everything that the functions would.
pub(crate) async fn live(
    store: &(impl Intake + Incidents + CaseFile + Approvals + Leases + Ledger + Deliveries),
) {
    let opened = sample::incident();
    let record = EventRecord {
        event_id: opened.signal.event_id.clone(),
        outcome: EventOutcome::Opened,
        incident_id: Some(opened.id),
        recorded_at: after(0),
        reason: None,
        raw: None,
    };
    store.open(&opened, None, &record).await.unwrap();
    for (at, entry) in entries().iter().skip(1) {
        store.append(opened.id, *at, entry).await.unwrap();
    }
    fill(store).await;
    let verification = Verification {
        attempt: 1,
        plan_hash: Some(plan().hash()),
        started_at: after(91),
        before: None,
        healthy_since: Some(after(180)),
        alarm_window: None,
    };
    store.put_verification(opened.id, &verification).await.unwrap();
    for status in [Status::Diagnosing, Status::Verifying] {
        store.advance(opened.id, status).await.unwrap();
    }
    store.end(opened.id, Status::Resolved, &outcome(), None).await.unwrap();
    let delivery = Delivery {
        incident_id: opened.id,
        occasion: Occasion::Resolved,
        channel: "sns:nightshift-alerts".to_owned(),
        message_id: "m-1".to_owned(),
        at: after(482),
    };
    store.put_delivery(&delivery).await.unwrap();
}

/// Stores its file, the approval of its plan and the lease of its automation.
async fn fill(store: &(impl CaseFile + Approvals + Leases)) {
    let (id, plan) = (incident().id, plan());
    for one in all_evidence() {
        store.put_evidence(id, &one).await.unwrap();
    }
    store.put_diagnosis(&diagnosis()).await.unwrap();
    // As the waiting before it left it.
    let known = PreliminaryFindings { diagnosis: diagnosis(), evidence: Vec::new() };
    store.put_preliminary(&known).await.unwrap();
    store.put_plan(&plan).await.unwrap();
    store
        .request(
            &Approval {
                incident_id: id,
                plan_hash: plan.hash(),
                requested_at: after(16),
                expires_at: after(3616),
                task_token: TASK_TOKEN.to_owned(),
                decision: ApprovalDecision::Pending,
            },
            None,
        )
        .await
        .unwrap();
    let yes = ApprovalDecision::Approved { by: BY.to_owned(), at: after(90) };
    store.decide(id, &plan.hash(), &yes).await.unwrap();
    store
        .acquire(&Lease {
            incident_id: id,
            plan_hash: plan.hash(),
            target: plan.target.clone(),
            acquired_at: after(91),
            execution_id: Some("exec-1".to_owned()),
            end: Some(LeaseEnd { status: "Success".to_owned(), at: after(120) }),
        })
        .await
        .unwrap();
}
