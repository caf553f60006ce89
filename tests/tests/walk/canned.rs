//! Tasks with canned answers, which the walked machines call.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use nightshift_tests::{
    asl::Machine,
    walk::{End, Tasks, Walk, incident_machine, walk},
};
use serde_json::{Value, json};

/// Errors that no retry helps, or that each try ends with.
pub(crate) const ERRORS: [&str; 5] =
    ["Port.Denied", "Port.Throttled", "Sandbox.Timedout", "Runtime.ExitError", "Some.Surprise"];

/// Answers by `function:step`, in order; the last answer is given again and again.
pub(crate) struct Canned {
    pub(crate) answers: BTreeMap<String, VecDeque<Result<Value, String>>>,
    /// The answers of a human to the approvals that are asked for, in order; no answer once it is empty.
    pub(crate) approvals: VecDeque<Value>,
    pub(crate) calls: Vec<(String, Value)>,
    pub(crate) passed: Duration,
}

impl Canned {
    /// An incident that is mended at the first attempt, without asking.
    pub(crate) fn mending() -> Self {
        let mut canned = Self {
            answers: BTreeMap::new(),
            approvals: VecDeque::new(),
            calls: Vec::new(),
            passed: Duration::ZERO,
        };
        for (call, answer) in [
            ("diagnose", json!({ "result": "explained", "summary": "It broke.", "confidence": 0.9 })),
            (
                "remediate:authorize",
                json!({ "result": "allow", "plan_hash": "plan", "reason": "Permitted." }),
            ),
            ("remediate:start", json!({ "result": "started", "plan_hash": "plan" })),
            ("remediate:progress", json!({ "result": "succeeded" })),
            ("remediate:check_target", json!({ "result": "target_free" })),
            ("remediate:undo", json!({ "result": "started", "plan_hash": "undo" })),
            ("approve:request", json!({ "result": "requested", "expires_at": "2026-01-01T00:00:00Z" })),
            ("approve:expire", json!({ "result": "expired" })),
            ("verify", json!({ "result": "recovered", "summary": "It is well." })),
            ("notify:preliminary", delivered()),
            ("notify:approval_needed", delivered()),
            ("notify:resolved", delivered()),
            ("notify:escalated", delivered()),
        ] {
            canned.answers.insert(call.to_owned(), VecDeque::from([Ok(answer)]));
        }
        canned
    }

    pub(crate) fn with(mut self, call: &str, answers: impl IntoIterator<Item = Value>) -> Self {
        self.answers.insert(call.to_owned(), answers.into_iter().map(Ok).collect());
        self
    }

    pub(crate) fn failing(mut self, call: &str, error: &str) -> Self {
        self.answers.insert(call.to_owned(), VecDeque::from([Err(error.to_owned())]));
        self
    }

    pub(crate) fn asking(self) -> Self {
        let allow = json!({ "result": "allow", "plan_hash": "plan", "reason": "Approved." });
        self.with(
            "remediate:authorize",
            [json!({ "result": "ask", "plan_hash": "plan", "reason": "Risky." }), allow],
        )
    }

    pub(crate) fn answered(mut self, result: &str) -> Self {
        self.approvals.push_back(json!({ "result": result, "by": "arn:aws:iam::123456789012:user/ann" }));
        self
    }

    pub(crate) fn inputs_of(&self, call: &str) -> Vec<&Value> {
        self.calls.iter().filter(|(name, _)| name == call).map(|(_, input)| input).collect()
    }
}

impl Tasks for Canned {
    async fn invoke(&mut self, function: &str, input: Value) -> Result<Value, (String, String)> {
        let step = input["step"].as_str().or_else(|| input["occasion"].as_str());
        let call = step.map_or_else(|| function.to_owned(), |step| format!("{function}:{step}"));
        self.calls.push((call.clone(), input));
        let answers = self.answers.get_mut(&call).unwrap_or_else(|| panic!("no answer to {call}"));
        let answer = if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() };
        answer.map_err(|error| (error.clone(), format!("{call} failed")))
    }

    async fn answer(&mut self, _token: &str) -> Option<Value> {
        self.approvals.pop_front()
    }

    fn passed(&mut self, time: Duration) {
        self.passed += time;
    }
}

pub(crate) fn delivered() -> Value {
    json!({ "result": "delivered", "channel": "sns:alerts", "message_id": "1" })
}

pub(crate) fn machine() -> Machine {
    incident_machine(15, 3600).unwrap()
}

pub(crate) async fn run(tasks: &mut Canned) -> Walk {
    walk(&machine(), json!({ "incident_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV" }), tasks).await.unwrap()
}

pub(crate) fn ended(walk: &Walk) -> &str {
    match &walk.end {
        End::Succeeded { state } | End::Failed { state, .. } | End::TimedOut { state } => state,
    }
}

/// The message of the escalation, with what a human needs.
pub(crate) fn escalation(tasks: &Canned) -> &Value {
    let messages = tasks.inputs_of("notify:escalated");
    assert!(!messages.is_empty(), "nobody was told");
    assert!(messages[0]["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{}", messages[0]);
    messages[0]
}
