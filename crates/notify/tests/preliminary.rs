//! Tests the preliminary message: what it says, that it is sent once, and that it ends nothing.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/golden.rs"]
mod golden;

use common::{
    AuditEntry, Conclusion, Diagnosis, ErrorName as _, Evidence, FailureMode, Gap, Hypothesis, Incident,
    Observed, Outcome, Resolution, Severity, Status,
    diagnosis::IncidentReport,
    evidence::ReadSource,
    findings::LogTemplate,
    notification::{Message, Occasion},
    ports::{CaseFile as _, Deliveries as _, Incidents as _, Ledger as _, Sweeps as _},
    preliminary::PreliminaryFindings,
};
use fakes::{FakeChannel, Faults, FixedClock, MemoryStore, sample};
use golden::assert_golden;
use jiff::SignedDuration;
use notify::{Deps, Input, Links, Output, handle};
use proptest::prelude::*;

const LISTED_LATE: &str = "no cause was found yet, and recent changes may not be in CloudTrail yet, which lists them some minutes late";
const NO_ANSWER: &str = "could not connect to <*>";

struct Scenario {
    deps: Deps<MemoryStore, FakeChannel, FixedClock>,
    faults: Faults,
    incident: Incident,
}

impl Scenario {
    /// An alarm of 12 s ago.
    fn new() -> Self {
        let faults = Faults::default();
        let store = MemoryStore::new(&faults);
        let mut incident = sample::incident();
        incident.signal.title = "Alarm checkout-errors".into();
        incident.status = Status::Diagnosing;
        store.insert(incident.clone());
        let deps = Deps {
            store,
            channels: vec![FakeChannel::new("sns:alerts", &faults)],
            clock: FixedClock::at(sample::at() + SignedDuration::from_secs(12)),
            links: Links { state_machine_arn: sample::arn("states", "stateMachine:nightshift-incident") },
        };
        Self { deps, faults, incident }
    }

    fn with_severity(mut self, severity: Severity) -> Self {
        self.incident.severity = severity;
        self.deps.store.insert(self.incident.clone());
        self
    }

    /// A suspect that no playbook knows, and its rival; `text` stands where somebody outside could have written.
    fn findings(&self, conclusion: Conclusion, text: &str) -> PreliminaryFindings {
        let logs = Evidence::new(
            "aws logs filter-log-events".into(),
            sample::at(),
            format!("stock logged 9 new lines{text}"),
            Observed::Logs {
                function: sample::arn("lambda", "function:stock"),
                baseline_lines: 40,
                incident_lines: 49,
                truncated: false,
                templates: vec![LogTemplate {
                    template: format!("{NO_ANSWER}{text}"),
                    baseline: 0,
                    incident: 9,
                }],
            },
        );
        let hypothesis = |function: &str, cause: &str, confidence| Hypothesis {
            component: sample::arn("lambda", &format!("function:{function}")),
            failure_mode: FailureMode::Failing,
            cause: format!("{cause}{text}"),
            confidence,
            origin: "parameter-change@1".parse().unwrap(),
            supports: vec![logs.id.clone()],
            contradicts: vec![],
            proposal: None,
            raised_by: None,
            raised_by_untrusted: false,
            causality: None,
        };
        let diagnosis = Diagnosis {
            incident_id: self.incident.id,
            attempt: 1,
            made_at: sample::at(),
            producer: "playbooks@1".into(),
            conclusion,
            hypotheses: vec![
                hypothesis(
                    "stock",
                    "stock is the likeliest root cause: Errors (Sum) rose from 0 to 12",
                    0.58,
                ),
                hypothesis("prices", "prices is slow", 0.2),
            ],
            ruled_out: vec![],
            gaps: vec![Gap::new(ReadSource::Traces, "aws xray get-service-graph", "access denied")],
            evidence: vec![logs.id.clone()],
            gathered_in_ms: 0,
            model: None,
            report: IncidentReport::default(),
        };
        PreliminaryFindings { diagnosis, evidence: vec![logs] }
    }

    async fn known(self, conclusion: Conclusion) -> Self {
        self.deps.store.put_preliminary(&self.findings(conclusion, "")).await.unwrap();
        self
    }

    fn input(&self, reason: &str, wait_limit_seconds: u32) -> Input {
        let input = Input::new(Occasion::Preliminary, self.incident.id).because(reason.to_owned());
        Input { wait_limit_seconds: Some(wait_limit_seconds), ..input }
    }

    async fn sent_about(&self, reason: &str, wait_limit_seconds: u32) -> Message {
        handle(&self.deps, self.input(reason, wait_limit_seconds)).await.unwrap();
        self.deps.channels[0].sent()[0].clone()
    }

    async fn sent(&self) -> Message {
        self.sent_about(LISTED_LATE, 288).await
    }
}

fn abstained() -> Conclusion {
    Conclusion::Abstained { reason: "no change of the last hour explains the errors".into() }
}

#[tokio::test]
async fn message_while_evidence_is_waited_for_is_the_golden_one() {
    assert_golden("preliminary", &Scenario::new().known(abstained()).await.sent().await);
    assert_golden("preliminary_without_findings", &Scenario::new().sent().await);
}

/// The diagnosis is made and stored by then, and is what the message shows.
#[tokio::test]
async fn message_while_the_target_is_held_is_the_golden_one() {
    let scenario = Scenario::new().known(abstained()).await;
    let PreliminaryFindings { diagnosis, evidence } = scenario.findings(Conclusion::Explained, "");
    let (store, id) = (&scenario.deps.store, scenario.incident.id);
    store.put_diagnosis(&diagnosis).await.unwrap();
    store.put_evidence(id, &evidence[0]).await.unwrap();
    let entry = AuditEntry::Diagnosed {
        attempt: 1,
        conclusion: Conclusion::Explained,
        summary: "s".into(),
        file_digest: None,
    };
    store.append(id, sample::at(), &entry).await.unwrap();
    let reason = "incident 01ARZ3NDEKTSV4RRFFQ69G5FAV acts on function:stock:live";
    assert_golden("preliminary_target_held", &scenario.sent_about(reason, 10_800).await);
}

/// A message must not repeat the diagnosis that led to an action which did not help.
#[tokio::test]
async fn message_shows_the_findings_of_the_newest_attempt() {
    let scenario = Scenario::new();
    let (store, id) = (&scenario.deps.store, scenario.incident.id);
    let first = scenario.findings(Conclusion::Explained, "").diagnosis;
    store.put_diagnosis(&first).await.unwrap();
    let entry = AuditEntry::Diagnosed {
        attempt: 1,
        conclusion: Conclusion::Explained,
        summary: "s".into(),
        file_digest: None,
    };
    store.append(id, sample::at(), &entry).await.unwrap();
    let mut second = scenario.findings(abstained(), "");
    second.diagnosis.attempt = 2;
    store.put_preliminary(&second).await.unwrap();
    let body = scenario.sent().await.body;
    assert!(body.contains("Unknown: no change of the last hour explains the errors."), "{body}");
}

/// Whoever mends what Nightshift may be about to mend takes the incident over first.
#[tokio::test]
async fn message_about_the_worst_is_as_short_and_tells_nobody_to_mend() {
    let scenario = Scenario::new().with_severity(Severity::Sev1).known(Conclusion::Explained).await;
    let body = scenario.sent().await.body;
    assert!(body.contains("Most likely so far: stock is the likeliest root cause"), "{body}");
    for heading in ["\nMitigation", "\nPermanent fix", "\nTimeline", "Please take over"] {
        assert!(!body.contains(heading), "{heading}: {body}");
    }
}

#[tokio::test]
async fn handle_repeated_sends_nothing_and_says_the_same() {
    let scenario = Scenario::new().known(abstained()).await;
    let first = handle(&scenario.deps, scenario.input(LISTED_LATE, 288)).await.unwrap();
    assert!(matches!(first, Output::Delivered { .. }));
    // Also for another wait of the same incident.
    let again = handle(&scenario.deps, scenario.input("incident 2 acts on the alias", 10_800)).await.unwrap();
    assert_eq!(again, first);
    assert_eq!(scenario.deps.channels[0].sent().len(), 1);
}

#[tokio::test]
async fn handle_incident_that_has_ended_is_told_by_its_end_only() {
    let scenario = Scenario::new();
    let outcome = Outcome { resolution: Resolution::Closed, reason: "a test".into(), ended_at: sample::at() };
    scenario.deps.store.end(scenario.incident.id, Status::Resolved, &outcome, None).await.unwrap();
    let output = handle(&scenario.deps, scenario.input(LISTED_LATE, 288)).await.unwrap();
    assert_eq!(output, Output::NotNeeded { reason: "the incident has ended".to_owned() });
    assert!(scenario.deps.channels[0].sent().is_empty());
}

#[tokio::test]
async fn handle_leaves_the_incident_open_and_its_end_untold() {
    let scenario = Scenario::new().known(abstained()).await;
    scenario.sent().await;
    let (store, id) = (&scenario.deps.store, scenario.incident.id);
    let incident = store.incident(id).await.unwrap().unwrap();
    assert_eq!((incident.status, incident.outcome), (Status::Diagnosing, None));
    assert_eq!(store.unsettled().await.unwrap(), [id]);
    for occasion in Occasion::ENDS {
        assert_eq!(store.delivery(id, occasion).await.unwrap(), None, "{occasion:?}");
    }
}

#[tokio::test]
async fn handle_unwritable_ledger_sends_nothing_and_unreadable_findings_are_said() {
    let scenario = Scenario::new().known(abstained()).await;
    scenario.faults.fail_operation("Ledger::append");
    let error = handle(&scenario.deps, scenario.input(LISTED_LATE, 288)).await.unwrap_err();
    assert_eq!(error.error_name(), "Port.Unavailable");
    assert!(scenario.deps.channels[0].sent().is_empty());

    let scenario = Scenario::new().known(abstained()).await;
    scenario.faults.fail_operation("CaseFile::preliminary");
    let body = scenario.sent().await.body;
    assert!(body.contains("- Preliminary findings: could not be read"), "{body}");
}

#[tokio::test]
async fn message_masks_what_looks_like_a_secret_wherever_it_stands() {
    let mut scenario = Scenario::new();
    scenario.incident.signal.title = "Alarm password=swordfish".into();
    scenario.deps.store.insert(scenario.incident.clone());
    let known = scenario.findings(abstained(), " password=swordfish");
    scenario.deps.store.put_preliminary(&known).await.unwrap();
    let message = scenario.sent_about("waits password=swordfish", 60).await;
    assert!(!format!("{message:?}").contains("swordfish"), "{message:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn message_of_any_texts_has_no_hidden_characters_and_no_lines_of_their_own(
        title in any::<String>(),
        text in "(\\PC|\n|\u{202e}){0,600}",
        wait_limit_seconds in any::<u32>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let message = runtime.block_on(async {
            let mut scenario = Scenario::new();
            scenario.incident.signal.title = title;
            scenario.deps.store.insert(scenario.incident.clone());
            let text = format!("{text}\nNext step\n- {{{{ 7 * 7 }}}}");
            let known = scenario.findings(Conclusion::Abstained { reason: text.clone() }, &text);
            scenario.deps.store.put_preliminary(&known).await.unwrap();
            scenario.sent_about(&text, wait_limit_seconds).await
        });
        prop_assert!(message.subject.len() < 100 && message.subject.is_ascii());
        prop_assert!(!message.body.chars().any(|c| c != '\n' && common::untrusted_text::is_hidden(c)));
        prop_assert_eq!(message.body.lines().filter(|line| *line == "Next step").count(), 1);
        prop_assert!(!message.body.contains("\n- 49"));
        prop_assert!(message.body.starts_with("Preliminary: "));
        prop_assert!(message.body.len() < 32_000);
    }
}
