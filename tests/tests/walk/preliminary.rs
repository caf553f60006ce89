//! Tests when people are told what is known while an incident is waited for, and that this changes nothing else.

use std::time::Duration;

use nightshift_tests::walk::Walk;
use serde_json::{Value, json};

use crate::canned::{Canned, ERRORS, ended, run};

const WAIT_SECONDS: u64 = 20;

/// An answer after which the incident is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// Diagnose looks again in time for whoever is on call.
    Soon,
    /// It looks again too late for them.
    Late,
    /// Another incident holds the target.
    Held,
}

fn look_again(tell: bool) -> Value {
    json!({
        "result": "look_again",
        "wait_seconds": WAIT_SECONDS,
        "wait_limit_seconds": 290,
        "tell": tell,
        "reason": "CloudTrail lists changes late",
    })
}

fn held() -> Value {
    json!({ "result": "target_held", "plan_hash": "plan", "reason": "incident 1 acts on live" })
}

/// An incident that is waited for like this, in this order, and then mended.
fn waiting(answers: &[Answer]) -> Canned {
    let tasks = Canned::mending();
    let mended = |call: &str| tasks.answers[call][0].clone().unwrap();
    let (found, allowed) = (mended("diagnose"), mended("remediate:authorize"));
    let (mut diagnose, mut authorize) = (Vec::new(), Vec::new());
    for answer in answers {
        match answer {
            Answer::Soon => diagnose.push(look_again(false)),
            Answer::Late => diagnose.push(look_again(true)),
            Answer::Held => {
                diagnose.push(found.clone());
                authorize.push(held());
            }
        }
    }
    diagnose.push(found);
    authorize.push(allowed);
    tasks.with("diagnose", diagnose).with("remediate:authorize", authorize)
}

/// Each order of up to three waits.
fn orders() -> Vec<Vec<Answer>> {
    let mut orders = vec![Vec::new()];
    let mut longest = orders.clone();
    for _ in 0..3 {
        longest = longest
            .iter()
            .flat_map(|order: &Vec<Answer>| {
                [Answer::Soon, Answer::Late, Answer::Held]
                    .map(|answer| [order.as_slice(), &[answer]].concat())
            })
            .collect();
        orders.extend(longest.clone());
    }
    orders
}

/// The waits, in their order, with the message where there is one.
fn waits_and_messages(walk: &Walk) -> Vec<&str> {
    let shown = ["WaitForEvidence", "WaitForTarget", "NotifyPreliminary"];
    walk.path.iter().map(String::as_str).filter(|state| shown.contains(state)).collect()
}

fn wait(answer: Answer) -> &'static str {
    if answer == Answer::Held { "WaitForTarget" } else { "WaitForEvidence" }
}

#[tokio::test]
async fn message_is_sent_once_before_the_first_wait_that_is_too_long() {
    for order in orders() {
        let mut tasks = waiting(&order);
        let walk = run(&mut tasks).await;
        assert_eq!(ended(&walk), "Resolved", "{order:?}: {:?}", walk.path);
        let mut expected: Vec<_> = order.iter().copied().map(wait).collect();
        let first = order.iter().position(|answer| *answer != Answer::Soon);
        if let Some(first) = first {
            expected.insert(first, "NotifyPreliminary");
        }
        assert_eq!(waits_and_messages(&walk), expected, "{order:?}");
        assert_eq!(tasks.inputs_of("notify:preliminary").len(), usize::from(first.is_some()), "{order:?}");
    }
}

#[tokio::test]
async fn message_says_what_is_waited_for_and_how_long() {
    for (answer, reason, limit) in [
        (Answer::Late, "CloudTrail lists changes late", 290),
        (Answer::Held, "incident 1 acts on live", 3 * 3600),
    ] {
        let mut tasks = waiting(&[answer]);
        run(&mut tasks).await;
        let expected = json!({
            "occasion": "preliminary",
            "incident_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "reason": reason,
            "wait_limit_seconds": limit,
        });
        assert_eq!(tasks.inputs_of("notify:preliminary"), [&expected]);
        serde_json::from_value::<notify::Input>(expected).unwrap();
    }
}

/// Whether it is sent, fails for good or is not due: the waits are as long, and the incident ends as well.
#[tokio::test]
async fn message_that_fails_changes_neither_the_waits_nor_the_end() {
    for order in orders() {
        let sent = run(&mut waiting(&order)).await;
        // One that is tried again, and one that is not.
        for error in ["Port.Throttled", "Notify.NoChannelAccepted"] {
            let mut tasks = waiting(&order).failing("notify:preliminary", error);
            let walk = run(&mut tasks).await;
            assert_eq!(ended(&walk), "Resolved", "{order:?} {error}: {:?}", walk.path);
            assert_eq!(walk.elapsed, sent.elapsed, "{order:?} {error}");
            assert!(tasks.inputs_of("notify:escalated").is_empty(), "{order:?} {error}");
        }
        let evidence = order.iter().filter(|answer| **answer != Answer::Held).count() as u64;
        let target = order.len() as u64 - evidence;
        // The last one is for the automation.
        let expected = Duration::from_secs(evidence * WAIT_SECONDS + (target + 1) * 15);
        assert_eq!(sent.elapsed, expected, "{order:?}");
    }
}

#[tokio::test]
async fn message_that_nobody_got_is_tried_again_after_the_next_look() {
    let mut tasks = waiting(&[Answer::Late, Answer::Late, Answer::Late]);
    let delivered = tasks.answers["notify:preliminary"][0].clone();
    let refused = Err("Notify.NoChannelAccepted".to_owned());
    tasks.answers.insert("notify:preliminary".to_owned(), [refused, delivered].into());
    run(&mut tasks).await;
    assert_eq!(tasks.inputs_of("notify:preliminary").len(), 2);
}

/// They have the request, and its answer.
#[tokio::test]
async fn message_is_not_sent_after_a_request_for_approval() {
    let mut tasks = Canned::mending().asking().answered("approved");
    let started = tasks.answers["remediate:start"][0].clone();
    tasks.answers.insert("remediate:start".to_owned(), [Ok(held()), started].into());
    let walk = run(&mut tasks).await;
    assert_eq!(ended(&walk), "Resolved", "{:?}", walk.path);
    assert!(walk.path.contains(&"WaitForTarget".to_owned()));
    assert!(tasks.inputs_of("notify:preliminary").is_empty());
}

#[tokio::test]
async fn message_that_fails_in_any_way_stops_nothing() {
    for (error, answer) in ERRORS.into_iter().flat_map(|error| [(error, Answer::Late), (error, Answer::Held)])
    {
        let mut tasks = waiting(&[answer]).failing("notify:preliminary", error);
        let walk = run(&mut tasks).await;
        assert_eq!(ended(&walk), "Resolved", "{error} {answer:?}: {:?}", walk.path);
    }
}
