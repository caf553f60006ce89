//! Tests the ways through the incident's machine, and every task of it failing.

use std::{collections::VecDeque, time::Duration};

use nightshift_tests::walk::{End, incident_machine, walk};
use serde_json::{Value, json};

use crate::canned::{Canned, ERRORS, ended, escalation, machine, run};

#[tokio::test]
async fn incident_mended_at_once_resolves() {
    let mut tasks = Canned::mending();
    let walk = run(&mut tasks).await;
    assert_eq!(
        walk.path,
        [
            "BeginIncident",
            "Diagnose",
            "WhatWasFound?",
            "AuthorizeAction",
            "WhatDoesPolicySay?",
            "StartAutomation",
            "DidItStart?",
            "WaitForAutomation",
            "CheckAutomation",
            "IsAutomationDone?",
            "VerifyRecovery",
            "IsItRecovered?",
            "NotifyResolved",
            "Resolved",
        ]
    );
    assert_eq!(tasks.calls[0].1, json!({ "incident_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "attempt": 1 }));
    assert_eq!(tasks.inputs_of("verify")[0]["plan_hash"], "plan");
    assert_eq!(walk.elapsed, Duration::from_secs(15));
    assert_eq!(tasks.passed, walk.elapsed);
}

#[tokio::test]
async fn symptom_gone_by_itself_resolves_without_an_action() {
    let mut tasks = Canned::mending()
        .with("diagnose", [json!({ "result": "already_recovered", "summary": "It is well." })]);
    let walk = run(&mut tasks).await;
    assert_eq!(ended(&walk), "Resolved");
    assert!(tasks.inputs_of("remediate:start").is_empty());
    assert_eq!(tasks.inputs_of("verify")[0]["plan_hash"], Value::Null);
}

#[tokio::test]
async fn abstention_escalates_with_its_reason() {
    let mut tasks =
        Canned::mending().with("diagnose", [json!({ "result": "abstained", "reason": "No change." })]);
    assert_eq!(ended(&run(&mut tasks).await), "Escalated");
    assert_eq!(escalation(&tasks)["reason"], "No change.");
}

#[tokio::test]
async fn evidence_that_may_still_come_is_waited_for() {
    let again = json!({ "result": "look_again", "wait_seconds": 20, "reason": "Nothing explains it yet." });
    let found = Canned::mending().answers["diagnose"][0].clone().unwrap();
    let mut tasks = Canned::mending().with("diagnose", [again.clone(), again, found]);
    let walk = run(&mut tasks).await;
    assert_eq!(ended(&walk), "Resolved");
    assert_eq!(walk.path.iter().filter(|state| *state == "WaitForEvidence").count(), 2);
    assert!(tasks.inputs_of("diagnose").iter().all(|input| input["attempt"] == 1));
    assert_eq!(walk.elapsed, Duration::from_secs(2 * 20 + 15));
}

#[tokio::test]
async fn waits_are_short_for_a_minute_only() {
    let again = json!({ "result": "look_again", "wait_seconds": 20, "reason": "Not yet." });
    let not_yet = json!({ "result": "not_yet", "wait_seconds": 20, "summary": "Not yet." });
    let recovering =
        json!({ "result": "recovering", "wait_seconds": 20, "summary": "The newest is normal." });
    let running = json!({ "result": "running" });
    for (call, waiting, state) in [
        ("diagnose", &again, "WaitForEvidence"),
        ("remediate:progress", &running, "WaitForAutomation"),
        ("verify", &not_yet, "WaitForRecovery"),
        ("verify", &recovering, "WaitForRecovery"),
    ] {
        let last = Canned::mending().answers[call][0].clone().unwrap();
        let mut waiting = waiting.clone();
        if waiting["wait_seconds"].is_u64() {
            waiting["wait_seconds"] = json!(2);
        }
        let mut tasks = Canned::mending().with(call, vec![waiting; 40].into_iter().chain([last]));
        let walk = walk(&incident_machine(2, 3600).unwrap(), json!({ "incident_id": "i" }), &mut tasks)
            .await
            .unwrap();
        assert_eq!(ended(&walk), "Resolved", "{call}");
        let waits = walk.path.iter().filter(|visited| *visited == state).count() as u64;
        // The automation is also waited for where it is not what takes long.
        let other = if call == "remediate:progress" { 0 } else { 2 };
        assert_eq!(walk.elapsed, Duration::from_secs(30 * 2 + (waits - 30) * 15 + other), "{call}");
    }
}

#[tokio::test]
async fn approval_leads_back_to_the_policy() {
    let mut tasks = Canned::mending().asking().answered("approved");
    let walk = run(&mut tasks).await;
    assert_eq!(ended(&walk), "Resolved");
    assert_eq!(tasks.inputs_of("remediate:authorize").len(), 2);
    assert_eq!(tasks.inputs_of("approve:request")[0]["task_token"], "token-0");
}

#[tokio::test]
async fn denial_escalates_and_changes_nothing() {
    let mut tasks = Canned::mending().asking().answered("denied");
    assert_eq!(ended(&run(&mut tasks).await), "Escalated");
    assert!(tasks.inputs_of("remediate:start").is_empty());
    assert_eq!(escalation(&tasks)["reason"], "The plan was denied by arn:aws:iam::123456789012:user/ann.");
}

#[tokio::test]
async fn approval_window_passed_escalates_and_changes_nothing() {
    let mut tasks = Canned::mending().asking();
    let walk = run(&mut tasks).await;
    assert_eq!(ended(&walk), "Escalated");
    assert_eq!(walk.elapsed, Duration::from_hours(1));
    assert_eq!(tasks.inputs_of("approve:expire").len(), 1);
    assert!(tasks.inputs_of("remediate:start").is_empty());
    escalation(&tasks);
}

#[tokio::test]
async fn decision_in_the_moment_of_expiry_counts() {
    for (approved, end) in [(true, "Resolved"), (false, "Escalated")] {
        let mut tasks = Canned::mending()
            .asking()
            .with("approve:expire", [json!({ "result": "decided", "approved": approved })]);
        assert_eq!(ended(&run(&mut tasks).await), end);
    }
}

#[tokio::test]
async fn policy_that_always_asks_ends_when_the_plan_was_decided() {
    let mut tasks = Canned::mending()
        .with("remediate:authorize", [json!({ "result": "ask", "plan_hash": "plan", "reason": "Risky." })])
        .answered("approved")
        .failing("approve:request", "Approve.AlreadyDecided");
    assert_eq!(ended(&run(&mut tasks).await), "Escalated");
    assert_eq!(escalation(&tasks)["failed_state"], "RequestApproval");
}

#[tokio::test]
async fn action_that_did_not_help_is_undone_tried_again_and_handed_over() {
    for outcome in ["unchanged", "worse"] {
        let mut tasks =
            Canned::mending().with("verify", [json!({ "result": outcome, "summary": "Still broken." })]);
        let walk = run(&mut tasks).await;
        assert_eq!(ended(&walk), "Escalated");
        assert_eq!(tasks.inputs_of("diagnose").len(), 2);
        assert_eq!(tasks.inputs_of("diagnose")[1]["attempt"], 2);
        assert_eq!(tasks.inputs_of("remediate:undo").len(), 2);
        assert_eq!(tasks.inputs_of("remediate:progress")[1]["plan_hash"], "undo");
        assert_eq!(escalation(&tasks)["reason"], "Still broken.");
    }
}

#[tokio::test]
async fn failed_automation_is_undone() {
    let mut tasks = Canned::mending().with(
        "remediate:progress",
        [
            json!({ "result": "failed", "reason": "Step 3 failed." }),
            json!({ "result": "succeeded" }),
            json!({ "result": "succeeded" }),
        ],
    );
    let walk = run(&mut tasks).await;
    assert_eq!(ended(&walk), "Resolved");
    assert_eq!(tasks.inputs_of("remediate:undo").len(), 1);
    assert_eq!(walk.variables["attempt"], 2);
}

#[tokio::test]
async fn failed_undo_is_handed_over_at_once() {
    let mut tasks = Canned::mending()
        .with("remediate:progress", [json!({ "result": "failed", "reason": "Step 3 failed." })]);
    assert_eq!(ended(&run(&mut tasks).await), "Escalated");
    assert_eq!(tasks.inputs_of("remediate:undo").len(), 1);
    assert_eq!(tasks.inputs_of("diagnose").len(), 1);
    assert_eq!(escalation(&tasks)["reason"], "Step 3 failed.; undo: Step 3 failed.");
}

#[tokio::test]
async fn undo_that_does_not_work_keeps_the_reason_that_led_to_it() {
    let started = json!({ "result": "started", "plan_hash": "undo" });
    for (undo, progress, second) in [
        (json!({ "result": "refused", "reason": "No lease." }), json!({}), "No lease."),
        (started.clone(), json!({ "result": "failed", "reason": "Step 2 failed." }), "Step 2 failed."),
        (started, json!({ "result": "running" }), "the automation was still running after an hour."),
        (
            json!({ "result": "surprise" }),
            json!({}),
            "unexpected result of a function: {\"result\":\"surprise\"}",
        ),
    ] {
        let mut tasks = Canned::mending()
            .with("verify", [json!({ "result": "unchanged", "summary": "It still fires" })])
            .with("remediate:undo", [undo])
            .with("remediate:progress", [json!({ "result": "succeeded" }), progress]);
        assert_eq!(ended(&run(&mut tasks).await), "Escalated");
        assert_eq!(escalation(&tasks)["reason"], format!("It still fires; undo: {second}"));
    }
    let mut tasks = reaching("remediate:undo").failing("remediate:undo", "Port.Denied");
    run(&mut tasks).await;
    assert_eq!(escalation(&tasks)["reason"], "Worse.; undo: Port.Denied: remediate:undo failed");
    assert_eq!(escalation(&tasks)["failed_state"], "UndoAction");
}

fn held() -> Value {
    json!({ "result": "target_held", "plan_hash": "plan", "reason": "incident 1 acts on live" })
}

#[tokio::test]
async fn target_that_another_incident_holds_is_waited_for_and_diagnosed_anew() {
    for call in ["remediate:authorize", "remediate:start"] {
        let free = Canned::mending().answers[call][0].clone().unwrap();
        let mut tasks = Canned::mending()
            .with(call, [held(), free])
            .with("remediate:check_target", [held(), json!({ "result": "target_free" })]);
        let walk = run(&mut tasks).await;
        assert_eq!(ended(&walk), "Resolved", "{call}: {:?}", walk.path);
        assert_eq!(walk.path.iter().filter(|state| *state == "WaitForTarget").count(), 2, "{call}");
        assert_eq!(tasks.inputs_of("diagnose").len(), 2, "{call}");
        // The same attempt would be answered with the diagnosis that is stored for it.
        assert_eq!(tasks.inputs_of("diagnose")[1]["attempt"], 2, "{call}");
        assert_eq!(tasks.inputs_of("remediate:start").last().unwrap()["attempt"], 2, "{call}");
    }
}

#[tokio::test]
async fn attempts_after_waiting_for_the_target_are_no_tries() {
    let mut tasks = Canned::mending()
        .with(
            "remediate:authorize",
            [held(), Canned::mending().answers["remediate:authorize"][0].clone().unwrap()],
        )
        .with("verify", [json!({ "result": "unchanged", "summary": "It still fires" })]);
    assert_eq!(ended(&run(&mut tasks).await), "Escalated");
    let attempts: Vec<_> = tasks.inputs_of("diagnose").iter().map(|input| input["attempt"].clone()).collect();
    assert_eq!(attempts, [1, 2, 3]);
}

#[tokio::test]
async fn target_that_another_incident_mended_is_only_verified() {
    let mended = json!({ "result": "already_recovered", "summary": "It is well." });
    let found = Canned::mending().answers["diagnose"][0].clone().unwrap();
    let mut tasks = Canned::mending().with("remediate:authorize", [held()]).with("diagnose", [found, mended]);
    assert_eq!(ended(&run(&mut tasks).await), "Resolved");
    assert!(tasks.inputs_of("remediate:start").is_empty());
    assert_eq!(tasks.inputs_of("verify")[0]["plan_hash"], Value::Null, "no plan of ours had an effect");
}

#[tokio::test]
async fn target_that_is_never_free_is_handed_over_in_time() {
    let mut tasks =
        Canned::mending().with("remediate:authorize", [held()]).with("remediate:check_target", [held()]);
    let walk = run(&mut tasks).await;
    assert_eq!(ended(&walk), "Escalated");
    assert_eq!(walk.elapsed, Duration::from_hours(3));
    assert!(escalation(&tasks)["reason"].as_str().unwrap().contains("incident 1 acts on live"));
    // However often it is free and held again, that ends.
    let mut tasks = Canned::mending().with("remediate:authorize", [held()]).with(
        "remediate:check_target",
        [held(), json!({ "result": "target_free" })].into_iter().cycle().take(1000).chain([held()]),
    );
    let walk = run(&mut tasks).await;
    assert_eq!(ended(&walk), "Escalated");
    assert_eq!(tasks.inputs_of("diagnose").len(), 5);
    assert!(escalation(&tasks)["reason"].as_str().unwrap().contains("again and again"));
}

#[tokio::test]
async fn undo_that_asks_is_started_by_its_approval_and_by_nothing_else() {
    let ask = json!({ "result": "ask", "plan_hash": "undo", "reason": "It returns to the fault." });
    let started = json!({ "result": "started", "plan_hash": "undo" });
    let asking = || {
        Canned::mending()
            .with("verify", [json!({ "result": "unchanged", "summary": "It still fires" })])
            .with("remediate:undo", [ask.clone(), started.clone()])
    };
    let mut tasks = asking().answered("approved");
    run(&mut tasks).await;
    assert_eq!(tasks.inputs_of("approve:request")[0]["plan_hash"], "undo");
    assert_eq!(tasks.inputs_of("notify:approval_needed")[0]["plan_hash"], "undo");
    assert_eq!(tasks.inputs_of("remediate:undo")[1]["plan_hash"], "plan", "it is decided anew");
    assert_eq!(tasks.inputs_of("remediate:progress")[1]["plan_hash"], "undo");
    for (tasks, reason) in [
        (
            asking().answered("denied"),
            "It still fires; the undo was denied by arn:aws:iam::123456789012:user/ann.",
        ),
        (asking(), "It still fires; undo: nobody answered within the approval window."),
        (
            asking().with("approve:expire", [json!({ "result": "decided", "approved": false })]),
            "It still fires; the undo was denied.",
        ),
    ] {
        let mut tasks = tasks;
        assert_eq!(ended(&run(&mut tasks).await), "Escalated");
        assert_eq!(tasks.inputs_of("remediate:undo").len(), 1);
        assert_eq!(escalation(&tasks)["reason"], reason);
    }
    let mut tasks = asking().with("approve:expire", [json!({ "result": "decided", "approved": true })]);
    run(&mut tasks).await;
    assert!(tasks.inputs_of("remediate:undo").len() > 1);
}

#[tokio::test]
async fn undo_waits_for_what_is_under_way_and_verifies_what_may_have_helped() {
    let failed = json!({ "result": "failed", "reason": "Timed out." });
    let wait = json!({ "result": "wait", "reason": "the change is still rolling out" });
    let verify = json!({ "result": "verify", "wait_seconds": 15, "reason": "the symptom is gone" });
    let mut tasks = Canned::mending()
        .with("remediate:progress", [failed.clone()])
        .with("remediate:undo", [wait.clone(), wait.clone(), verify.clone()]);
    let walk = run(&mut tasks).await;
    assert_eq!(ended(&walk), "Resolved", "{:?}", walk.path);
    assert_eq!(tasks.inputs_of("verify")[0]["plan_hash"], "plan");
    for (undo, reason) in [(wait, "the change is still rolling out"), (verify, "the symptom is gone")] {
        let mut tasks = Canned::mending()
            .with("remediate:progress", [failed.clone()])
            .with("verify", [json!({ "result": "unchanged", "summary": "It still fires" })])
            .with("remediate:undo", [undo]);
        let walk = run(&mut tasks).await;
        assert_eq!(ended(&walk), "Escalated");
        assert!(walk.elapsed <= Duration::from_hours(2), "{:?}", walk.elapsed);
        assert!(escalation(&tasks)["reason"].as_str().unwrap().ends_with(reason));
    }
}

#[tokio::test]
async fn change_that_is_left_to_another_hand_is_diagnosed_anew() {
    let left = json!({ "result": "left", "reason": "somebody else has changed the target since" });
    let mut tasks = Canned::mending()
        .with("verify", [json!({ "result": "worse", "summary": "Worse." })])
        .with("remediate:undo", [left]);
    assert_eq!(ended(&run(&mut tasks).await), "Escalated");
    assert_eq!(tasks.inputs_of("diagnose")[1]["attempt"], 2);
    assert_eq!(tasks.inputs_of("remediate:undo").len(), 2);
}

#[tokio::test]
async fn automation_without_end_is_handed_over_within_the_hour() {
    let mut tasks = Canned::mending().with("remediate:progress", [json!({ "result": "running" })]);
    let walk = run(&mut tasks).await;
    assert_eq!(ended(&walk), "Escalated");
    assert_eq!(walk.elapsed, Duration::from_hours(1));
    assert!(tasks.inputs_of("remediate:undo").is_empty());
    escalation(&tasks);
}

#[tokio::test]
async fn verification_without_end_times_the_execution_out() {
    let mut tasks = Canned::mending()
        .with("verify", [json!({ "result": "not_yet", "wait_seconds": 300, "summary": "Not yet." })]);
    let walk = run(&mut tasks).await;
    assert!(matches!(walk.end, End::TimedOut { .. }), "{:?}", walk.end);
}

#[tokio::test]
async fn results_that_no_choice_knows_are_handed_over() {
    for call in Canned::mending()
        .answers
        .keys()
        .filter(|call| !call.starts_with("notify") && *call != "approve:request")
    {
        let mut tasks = reaching(call).with(call, [json!({ "result": "surprise" })]);
        assert_eq!(ended(&run(&mut tasks).await), "Escalated", "{call}");
        assert!(escalation(&tasks)["reason"].as_str().unwrap().contains("surprise"), "{call}");
    }
}

#[tokio::test]
async fn passing_errors_are_retried() {
    for error in ["Lambda.TooManyRequestsException", "Port.Throttled", "Port.Unavailable"] {
        let mut tasks = Canned::mending();
        let diagnosis = tasks.answers["diagnose"][0].clone();
        tasks.answers.insert("diagnose".to_owned(), VecDeque::from([Err(error.to_owned()), diagnosis]));
        assert_eq!(ended(&run(&mut tasks).await), "Resolved", "{error}");
        assert_eq!(tasks.inputs_of("diagnose").len(), 2, "{error}");
    }
}

/// Every task, failing for good or passingly at every try: a human is asked for, and it ends. Of the preliminary message
/// more is asked: that it stops nothing.
#[tokio::test]
async fn task_failing_escalates_or_fails_loudly() {
    for error in ERRORS {
        for call in Canned::mending().answers.keys().filter(|call| *call != "notify:preliminary") {
            let mut tasks = reaching(call).failing(call, error);
            let walk = run(&mut tasks).await;
            let end = if call == "notify:escalated" { "HandoverFailed" } else { "Escalated" };
            assert_eq!(ended(&walk), end, "{call} with {error}: {:?}", walk.path);
            let message = escalation(&tasks);
            if call != "notify:escalated" {
                assert!(message["reason"].as_str().unwrap().contains(error), "{call}: {message}");
                assert!(
                    machine().states.contains_key(message["failed_state"].as_str().unwrap()),
                    "{message}"
                );
            }
        }
    }
}

/// As the other, with the failure at the second call: in a loop, or at the second attempt.
#[tokio::test]
async fn task_failing_later_escalates_or_fails_loudly() {
    for call in Canned::mending().answers.keys() {
        let mut tasks = reaching(call);
        let answer = tasks.answers[call][0].clone();
        tasks.answers.insert(call.clone(), VecDeque::from([answer, Err("Port.Denied".to_owned())]));
        let walk = run(&mut tasks).await;
        assert!(
            ["Resolved", "Escalated", "HandoverFailed"].contains(&ended(&walk)),
            "{call}: {:?}",
            walk.path
        );
        assert!(walk.path.len() < 100, "{call}");
        assert!(tasks.calls.iter().any(|(name, _)| name.starts_with("notify:")), "{call}");
    }
}

/// What nothing catches ends the execution, for the rule on failed ones.
#[tokio::test]
async fn errors_beyond_catching_fail_the_execution() {
    for error in ["States.DataLimitExceeded", "States.Runtime"] {
        let mut tasks = Canned::mending().failing("diagnose", error);
        assert!(matches!(run(&mut tasks).await.end, End::Failed { error: found, .. } if found == error));
    }
}

/// Canned tasks with which the machine comes to make this call.
fn reaching(call: &str) -> Canned {
    let tasks = Canned::mending();
    let worse = json!({ "result": "worse", "summary": "Worse." });
    match call {
        "remediate:undo" => tasks.with("verify", [worse]),
        "remediate:check_target" => {
            let allowed = tasks.answers["remediate:authorize"][0].clone().unwrap();
            let held = json!({ "result": "target_held", "plan_hash": "plan", "reason": "Another acts." });
            tasks.with("remediate:authorize", [held, allowed])
        }
        "notify:preliminary" => {
            let again = json!({
                "result": "look_again", "wait_seconds": 20, "wait_limit_seconds": 290, "tell": true, "reason": "Not yet."
            });
            let found = tasks.answers["diagnose"][0].clone().unwrap();
            tasks.with("diagnose", [again, found])
        }
        "approve:request" | "notify:approval_needed" => tasks.asking().answered("approved"),
        "approve:expire" => tasks.asking(),
        "notify:escalated" => {
            tasks.with("diagnose", [json!({ "result": "abstained", "reason": "No change." })])
        }
        _ => tasks,
    }
}
