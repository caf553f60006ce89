//! The longest incident that the template's parameters allow, walked: an execution's history holds
//! 25,000 events, and one that fills it is ended by Step Functions in the middle of what it does.
//!
//! Counted without failed tries, which add three events each: what is left of the history has room
//! for several hundred. Should more fail than that, the rule on failed executions tells a human.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "also in what the tests share"
)]

use std::time::Duration;

use nightshift_tests::{
    asl::{Machine, State},
    template::Template,
    walk::{End, Tasks, Walk, incident_machine, walk},
};
use serde_json::{Value, json};
use verify::recovery::{LONGEST_WAIT, MOST_CHECKS};

const HISTORY_LIMIT: usize = 25_000;
/// Room for failed tries.
const RESERVED: usize = 2_000;
/// The hour after which the machine gives up on an automation.
const AUTOMATION: Duration = Duration::from_hours(1);
/// The time for which an incident waits for its target in all.
const TARGET: Duration = Duration::from_hours(3);

/// Everything takes as long as it may, is looked at as often as it may, and helps nothing.
struct Slowest {
    evidence_patience: Duration,
    recovery_deadline: Duration,
    /// Since what is waited for now began.
    waited: Duration,
    asked: bool,
    had_to_wait_for_the_target: bool,
    undo_waited: bool,
}

impl Slowest {
    /// As verify spreads its checks over a long wait.
    fn recovery_wait(&self) -> u64 {
        self.recovery_deadline.as_secs() / u64::try_from(MOST_CHECKS).unwrap()
    }

    /// `waiting` until `limit` is over, then `then`.
    fn until(&mut self, limit: Duration, waiting: Value, then: Value) -> Value {
        if self.waited < limit {
            return waiting;
        }
        self.waited = Duration::ZERO;
        then
    }
}

impl Tasks for Slowest {
    async fn invoke(&mut self, function: &str, input: Value) -> Result<Value, (String, String)> {
        Ok(match (function, input["step"].as_str()) {
            ("diagnose", _) => self.until(
                self.evidence_patience,
                json!({
                    "result": "look_again",
                    "wait_seconds": 1,
                    "wait_limit_seconds": 900,
                    "tell": true,
                    "reason": "Nothing yet.",
                }),
                json!({ "result": "explained", "summary": "It broke.", "confidence": 0.9 }),
            ),
            ("remediate", Some("authorize")) if !self.had_to_wait_for_the_target => {
                self.had_to_wait_for_the_target = true;
                self.waited = Duration::ZERO;
                json!({ "result": "target_held", "plan_hash": "plan", "reason": "Another one acts." })
            }
            ("remediate", Some("check_target")) => self.until(
                TARGET.saturating_sub(Duration::from_mins(2)),
                json!({ "result": "target_held", "plan_hash": "plan", "reason": "Another one acts." }),
                json!({ "result": "target_free" }),
            ),
            ("remediate", Some("undo")) => {
                let limit =
                    if self.undo_waited { Duration::ZERO } else { AUTOMATION.saturating_sub(Duration::from_mins(1)) };
                let wait = json!({ "result": "wait", "reason": "It is rolling out." });
                let ask =
                    json!({ "result": "ask", "plan_hash": "undo", "reason": "It returns to the fault." });
                let started = json!({ "result": "started", "plan_hash": "undo" });
                let answer = self.until(limit, wait, if self.undo_waited { started } else { ask });
                self.undo_waited = match answer["result"].as_str() {
                    Some("wait") => self.undo_waited,
                    result => result == Some("ask"),
                };
                answer
            }
            ("remediate", Some("authorize")) => {
                self.asked = !self.asked;
                let result = if self.asked { "ask" } else { "allow" };
                json!({ "result": result, "plan_hash": "plan", "reason": "Risky." })
            }
            ("remediate", Some("progress")) => {
                self.until(AUTOMATION, json!({ "result": "running" }), json!({ "result": "succeeded" }))
            }
            ("remediate", _) => json!({ "result": "started", "plan_hash": "plan" }),
            ("verify", _) => self.until(
                self.recovery_deadline,
                json!({ "result": "recovering", "wait_seconds": self.recovery_wait(), "summary": "Not yet." }),
                json!({ "result": "unchanged", "summary": "Still broken." }),
            ),
            ("notify", _) => json!({ "result": "delivered", "channel": "sns:alerts", "message_id": "1" }),
            _ => json!({ "result": "requested", "expires_at": "2026-01-01T00:00:00Z" }),
        })
    }

    async fn answer(&mut self, _token: &str) -> Option<Value> {
        Some(json!({ "result": "approved", "by": "arn:aws:iam::123456789012:user/ann" }))
    }

    fn passed(&mut self, time: Duration) {
        self.waited += time;
    }
}

/// What the walk leaves in an execution's history.
fn events(machine: &Machine, walk: &Walk) -> usize {
    let of_the_execution = 2;
    let of_states = walk.path.iter().map(|name| match &machine.states[name] {
        // Entered, scheduled, started, succeeded, exited; submitted too, where it waits for a token.
        State::Task(task) if task.resource.ends_with(".waitForTaskToken") => 6,
        State::Task(_) => 5,
        _ => 2,
    });
    of_the_execution + of_states.sum::<usize>()
}

#[tokio::test]
async fn longest_incident_fits_into_the_history_of_its_execution() {
    let template = Template::load("template.yaml").unwrap();
    let bound =
        |parameter: &str, which: &str| template.json["Parameters"][parameter][which].as_u64().unwrap();
    let longest = |parameter: &str| Duration::from_secs(bound(parameter, "MaxValue"));
    // A slow alarm is waited for longer than any deadline, in as many checks.
    let recovery_deadline = Duration::try_from(LONGEST_WAIT).unwrap();
    assert!(recovery_deadline > longest("RecoveryDeadlineSeconds"));
    for poll in ["MinValue", "Default", "MaxValue"].map(|which| bound("PollSeconds", which)) {
        let machine = incident_machine(u32::try_from(poll).unwrap(), 3600).unwrap();
        let mut tasks = Slowest {
            evidence_patience: longest("EvidencePatienceSeconds"),
            recovery_deadline,
            waited: Duration::ZERO,
            asked: false,
            had_to_wait_for_the_target: false,
            undo_waited: false,
        };
        let walk = walk(&machine, json!({ "incident_id": "i" }), &mut tasks).await.unwrap();
        assert_eq!(walk.end, End::Succeeded { state: "Escalated".to_owned() });
        // Two attempts, each with an action and its undo, all of them at their longest.
        let at_least = (2 * (tasks.evidence_patience + 3 * AUTOMATION + tasks.recovery_deadline) + TARGET)
            .saturating_sub(Duration::from_mins(10));
        assert!(walk.elapsed >= at_least, "{:?}", walk.elapsed);
        // Each try may also wait for the approval of its action and of its undo.
        let approvals = 4 * longest("ApprovalWindowSeconds");
        assert!(walk.elapsed + approvals < Duration::from_secs(machine.timeout_seconds));
        let events = events(&machine, &walk);
        assert!(events + RESERVED < HISTORY_LIMIT, "{events} events at a poll of {poll} s");
    }
}
