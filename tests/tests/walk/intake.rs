//! Tests the ways through the intake's machine.

use std::collections::VecDeque;

use nightshift_tests::walk::{Walk, intake_machine, walk};
use serde_json::{Value, json};

use crate::canned::{Canned, ended};

fn taking_in(event: &str) -> Canned {
    let mut tasks = Canned::mending();
    for (call, answer) in [
        ("ingest", json!({ "result": "signal", "signal": { "title": event } })),
        ("dedup", json!({ "result": "opened", "incident_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV" })),
        ("states:startExecution", json!({ "ExecutionArn": "arn" })),
        ("sqs:sendMessage", json!({ "MessageId": "1" })),
    ] {
        tasks = tasks.with(call, [answer]);
    }
    tasks
}

async fn take_in(tasks: &mut Canned) -> Walk {
    walk(&intake_machine().unwrap(), json!({ "id": "e-1" }), tasks).await.unwrap()
}

#[tokio::test]
async fn new_problem_starts_the_incident_that_it_names() {
    let mut tasks = taking_in("new");
    assert_eq!(ended(&take_in(&mut tasks).await), "Done");
    assert_eq!(tasks.inputs_of("dedup")[0], &json!({ "signal": { "title": "new" } }));
    let started = tasks.inputs_of("states:startExecution")[0];
    assert_eq!(started["Name"], "01ARZ3NDEKTSV4RRFFQ69G5FAV");
    assert_eq!(started["Input"], json!({ "incident_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV" }));
}

#[tokio::test]
async fn incident_started_before_is_done() {
    let mut tasks =
        taking_in("again").failing("states:startExecution", "StepFunctions.ExecutionAlreadyExistsException");
    assert_eq!(ended(&take_in(&mut tasks).await), "Done");
}

#[tokio::test]
async fn events_that_open_nothing_are_done() {
    for (call, answer) in [
        ("ingest", json!({ "result": "ignored", "event_id": "e-1", "reason": "Info." })),
        ("ingest", json!({ "result": "rejected", "event_id": "e-1", "reason": "No shape." })),
        ("dedup", json!({ "result": "attached", "incident_id": "i", "tell": false })),
        ("dedup", json!({ "result": "recovered", "incident_id": "i" })),
        ("dedup", json!({ "result": "suppressed", "incident_id": "i", "tell": false })),
        ("dedup", json!({ "result": "ignored", "reason": "Nothing open." })),
    ] {
        let mut tasks = taking_in("x").with(call, [answer]);
        assert_eq!(ended(&take_in(&mut tasks).await), "Done");
        assert!(tasks.inputs_of("states:startExecution").is_empty());
    }
}

#[tokio::test]
async fn each_signal_of_a_batch_is_taken_in() {
    for count in [2, 3] {
        let signals: Vec<_> = (0..count).map(|i| json!({ "title": format!("finding {i}") })).collect();
        let opened = json!({ "result": "opened", "incident_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV" });
        let mut tasks = taking_in("x")
            .with("ingest", [json!({ "result": "signals", "signals": signals })])
            .with("dedup", [json!({ "result": "attached", "incident_id": "i", "tell": false }), opened]);
        assert_eq!(ended(&take_in(&mut tasks).await), "Done");
        let taken: Vec<_> = tasks.inputs_of("dedup").into_iter().cloned().collect();
        assert_eq!(taken, signals.iter().map(|signal| json!({ "signal": signal })).collect::<Vec<_>>());
        assert_eq!(tasks.inputs_of("states:startExecution").len(), count - 1);
    }
}

async fn look_at_returns(tasks: &mut Canned) -> Walk {
    walk(&intake_machine().unwrap(), json!({ "step": "look_at_returns" }), tasks).await.unwrap()
}

#[tokio::test]
async fn what_came_back_to_stay_is_taken_in_like_a_batch() {
    for count in [0, 1, 2] {
        let signals: Vec<_> = (0..count).map(|i| json!({ "title": format!("alarm {i}") })).collect();
        let opened = json!({ "result": "opened", "incident_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV" });
        let mut tasks = taking_in("x")
            .with("dedup:look_at_returns", [json!({ "result": "signals", "signals": signals })])
            .with("dedup", vec![opened; count.max(1)]);
        assert_eq!(ended(&look_at_returns(&mut tasks).await), "Done");
        let taken: Vec<_> = tasks.inputs_of("dedup").into_iter().cloned().collect();
        assert_eq!(taken, signals.iter().map(|signal| json!({ "signal": signal })).collect::<Vec<_>>());
        assert_eq!(tasks.inputs_of("states:startExecution").len(), count);
        assert!(tasks.inputs_of("ingest").is_empty());
    }
}

#[tokio::test]
async fn look_at_returns_that_fails_is_tried_again_and_then_kept() {
    let mut tasks = taking_in("x").failing("dedup:look_at_returns", "Port.Unavailable");
    assert_eq!(ended(&look_at_returns(&mut tasks).await), "IntakeFailed");
    assert!(tasks.inputs_of("dedup:look_at_returns").len() > 2);
    let mut tasks = taking_in("x").failing("dedup:look_at_returns", "Port.Denied");
    assert_eq!(ended(&look_at_returns(&mut tasks).await), "IntakeFailed");
}

#[tokio::test]
async fn event_that_could_not_be_taken_in_is_kept_whole() {
    for call in ["ingest", "dedup", "states:startExecution"] {
        let mut tasks = taking_in("x").failing(call, "Port.Denied");
        assert_eq!(ended(&take_in(&mut tasks).await), "IntakeFailed", "{call}");
        let kept = tasks.inputs_of("sqs:sendMessage")[0]["MessageBody"].as_str().unwrap().to_owned();
        assert_eq!(serde_json::from_str::<Value>(&kept).unwrap(), json!({ "id": "e-1" }), "{call}");
    }
}

/// Nobody is sent to a queue that the event is not in.
#[tokio::test]
async fn event_that_could_not_be_kept_either_is_said_to_be_lost() {
    let mut tasks =
        taking_in("x").failing("ingest", "Port.Denied").failing("sqs:sendMessage", "SQS.AmazonSQSException");
    assert_eq!(ended(&take_in(&mut tasks).await), "EventLost");
}

/// A throttle that lasts for minutes, as under a concurrency limit in a storm, loses no event.
#[tokio::test]
async fn throttled_step_is_waited_for_and_repeated_with_its_input() {
    for call in ["ingest", "dedup", "states:startExecution"] {
        let error = if call == "states:startExecution" {
            "StepFunctions.ExecutionLimitExceededException"
        } else {
            "Lambda.TooManyRequestsException"
        };
        let mut tasks = taking_in("x");
        let answer = tasks.answers[call][0].clone();
        let mut answers = VecDeque::from(vec![Err(error.to_owned()); 6]);
        answers.push_back(answer);
        tasks.answers.insert(call.to_owned(), answers);
        assert_eq!(ended(&take_in(&mut tasks).await), "Done", "{call}");
        let inputs = tasks.inputs_of(call);
        assert_eq!(inputs.len(), 7, "{call}");
        assert!(inputs.iter().all(|input| *input == inputs[0]), "{call}: {inputs:?}");
        assert!(tasks.inputs_of("sqs:sendMessage").is_empty(), "{call}");
    }
}

#[tokio::test]
async fn step_that_stays_throttled_is_waited_for_as_long_as_the_event_can_still_be_kept() {
    for call in ["ingest", "dedup"] {
        let mut tasks = taking_in("x").failing(call, "Lambda.TooManyRequestsException");
        let walk = take_in(&mut tasks).await;
        assert_eq!(ended(&walk), "IntakeFailed", "{call}");
        assert_eq!(tasks.inputs_of("sqs:sendMessage").len(), 1, "{call}");
        let waited = walk.elapsed.as_secs();
        assert!((170..=190).contains(&waited), "{call}: {waited} s");
    }
}

#[tokio::test]
async fn alarm_that_fires_again_while_its_incident_waits_is_told() {
    let attached = json!({ "result": "attached", "incident_id": "i", "tell": true });
    let mut tasks = taking_in("x").with("dedup", [attached]).with("notify:still_firing", [json!(null)]);
    assert_eq!(ended(&take_in(&mut tasks).await), "Done");
    let told = json!({ "occasion": "still_firing", "incident_id": "i" });
    assert_eq!(tasks.inputs_of("notify:still_firing"), [&told]);
    // The event is recorded: that nobody could be told does not bring it back.
    let attached = json!({ "result": "attached", "incident_id": "i", "tell": true });
    let mut tasks = taking_in("x").with("dedup", [attached]).failing("notify:still_firing", "Port.Denied");
    assert_eq!(ended(&take_in(&mut tasks).await), "Done");
}

#[tokio::test]
async fn contended_dedup_is_retried() {
    let mut tasks = taking_in("x");
    let opened = tasks.answers["dedup"][0].clone();
    tasks.answers.insert("dedup".to_owned(), VecDeque::from([Err("Dedup.Contended".to_owned()), opened]));
    assert_eq!(ended(&take_in(&mut tasks).await), "Done");
}
