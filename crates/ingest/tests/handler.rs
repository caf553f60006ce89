//! Tests the function on fakes.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "helpers of tests")]

use common::{ErrorName as _, ports::EventOutcome};
use fakes::{Faults, FixedClock, MemoryStore, When, sample};
use ingest::{Deps, Output, handle};
use serde_json::{Value, json};

fn deps(faults: &Faults) -> Deps<MemoryStore, FixedClock> {
    Deps { events: MemoryStore::new(faults), clock: FixedClock::at(sample::at()) }
}

fn event(name: &str) -> Value {
    let path = format!("{}/../../events/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn raw(event: &serde_json::Value) -> Box<serde_json::value::RawValue> {
    serde_json::value::to_raw_value(event).unwrap()
}

#[tokio::test]
async fn handle_signal_is_returned_and_left_to_dedup_to_remember() {
    let deps = deps(&Faults::default());
    let output = handle(&deps, raw(&event("cloudwatch-alarm-metric.json"))).await.unwrap();
    assert!(matches!(output, Output::Signal { .. }));
    assert_eq!(deps.events.events(), []);
}

/// Step Functions fails an execution that is handed more than 256 KiB, with an error that `States.ALL` does not catch.
#[tokio::test]
async fn handle_batch_that_is_too_large_to_hand_on_is_kept_whole() {
    let deps = deps(&Faults::default());
    let mut batch = event("securityhub-findings.json");
    let arn = |number| format!("arn:aws:s3:::{}-{number}", "a".repeat(200));
    batch["resources"] = (0..50).map(arn).collect();
    batch["detail"]["findings"] = (0..100).map(|number| json!({"Id": number, "State": "FAILED"})).collect();
    let output = handle(&deps, raw(&batch)).await.unwrap();
    assert!(
        matches!(&output, Output::Rejected { reason, .. } if reason.contains("100 signals")),
        "{output:?}"
    );
    assert_eq!(deps.events.events().len(), 1);
}

#[tokio::test]
async fn handle_events_that_are_no_signal_are_kept_whole() {
    for (name, outcome) in
        [("s3-object-created.json", EventOutcome::Ignored), ("malformed.json", EventOutcome::Rejected)]
    {
        let deps = deps(&Faults::default());
        let output = handle(&deps, raw(&event(name))).await.unwrap();
        let [record] = deps.events.events().try_into().unwrap();
        assert_eq!((record.outcome, record.recorded_at), (outcome, sample::at()));
        let raw: Value = serde_json::from_str(&record.raw.unwrap()).unwrap();
        assert_eq!(raw, event(name));
        let (Output::Ignored { event_id, reason } | Output::Rejected { event_id, reason }) = output else {
            panic!("a signal")
        };
        assert_eq!((event_id, Some(reason)), (record.event_id, record.reason));
    }
}

#[tokio::test]
async fn handle_event_without_a_usable_id_is_kept_under_one_of_its_content() {
    let deps = deps(&Faults::default());
    for _ in 0..2 {
        let output = handle(&deps, raw(&json!(["no", "event"]))).await.unwrap();
        assert!(matches!(output, Output::Rejected { .. }));
    }
    let [record] = deps.events.events().try_into().unwrap();
    assert!(record.event_id.as_str().starts_with("content-"));
}

#[tokio::test]
async fn handle_event_beyond_the_store_s_limit_is_kept_cut() {
    let deps = deps(&Faults::default());
    let mut large = event("s3-object-created.json");
    large["detail"]["padding"] = json!("x".repeat(900_000));
    handle(&deps, raw(&large)).await.unwrap();
    let [record] = deps.events.events().try_into().unwrap();
    assert!(record.raw.unwrap().len() <= 300 * 1024);
    assert!(record.reason.unwrap().contains("SHA-256 of the whole event"));
}

#[tokio::test]
async fn handle_store_that_fails_is_an_error_and_the_repetition_keeps_the_event_once() {
    for when in [When::Before, When::After] {
        let faults = Faults::default();
        let deps = deps(&faults);
        faults.fail_call(0, when);
        let error = handle(&deps, raw(&event("malformed.json"))).await.unwrap_err();
        assert_eq!(error.error_name(), "Port.Unavailable");
        handle(&deps, raw(&event("malformed.json"))).await.unwrap();
        assert_eq!(deps.events.events().len(), 1);
    }
}

#[tokio::test]
async fn output_has_the_form_that_the_state_machine_reads() {
    let deps = deps(&Faults::default());
    let output = handle(&deps, raw(&event("s3-object-created.json"))).await.unwrap();
    assert_eq!(
        serde_json::to_value(output).unwrap(),
        json!({
            "result": "ignored",
            "event_id": "f5f1e65c-dc3a-93ca-6c1e-b1647eac7963",
            "reason": "aws.s3, \"Object Created\": what objects a bucket gets and loses is the application's traffic",
        })
    );
    let output = handle(&deps, raw(&event("drill.json"))).await.unwrap();
    let value = serde_json::to_value(output).unwrap();
    assert_eq!((&value["result"], &value["signal"]["drill"]), (&json!("signal"), &json!(true)));
}

#[tokio::test]
async fn handle_json_that_no_parser_takes_is_rejected_and_kept_whole() {
    for text in ["{\"id\":\"\\ud800\"}", "{\"n\":1e400}", &format!("{}{}", "[".repeat(300), "]".repeat(300))]
    {
        let store = MemoryStore::new(&Faults::default());
        let deps = Deps { events: store.clone(), clock: FixedClock::at(sample::at()) };
        let raw = serde_json::value::RawValue::from_string(text.to_owned()).unwrap();
        assert!(matches!(handle(&deps, raw).await.unwrap(), Output::Rejected { .. }), "{text}");
        assert_eq!(store.events()[0].raw.as_deref(), Some(text));
    }
}
