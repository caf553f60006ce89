//! Tells the questions that set a cause apart from a coincidence, with their answers, a line each.

use common::causality::{Answer, Causality};
use serde::Serialize;
use serde_json::Value;

use crate::output::plain::hanging;

/// One question about a cause or its target, and the answer; its form is part of a contract.
#[derive(Debug, Serialize)]
pub(crate) struct Check {
    question: &'static str,
    answer: String,
    is_doubt: bool,
}

impl Check {
    /// Returns the line for people: doubts are marked with a question mark.
    pub(crate) fn line(&self, indent: usize) -> String {
        let mark = if self.is_doubt { "?" } else { "✓" };
        hanging(&format!("{mark} {:<12}", self.question), &self.answer, indent, indent.saturating_add(14))
    }
}

/// Returns the answers that the diagnosis gives about a cause.
pub(crate) fn about_cause(causality: &Causality) -> Vec<Check> {
    let check = |Answer { question, text, is_doubt }| Check { question, answer: text, is_doubt };
    causality.answers().into_iter().map(check).collect()
}

/// Returns the answers that the facts of a verdict give about the target: what was done to it before, and if its state is
/// meant.
pub(crate) fn about_target(facts: &Value) -> [Check; 2] {
    [earlier_actions(facts), intention(facts)]
}

/// Tells what Nightshift did to the target before, from the facts that were judged.
fn earlier_actions(facts: &Value) -> Check {
    let number = |name: &str| facts.get(name).and_then(Value::as_u64);
    let (today, hour) = (number("same_action_on_target_today"), number("actions_on_target"));
    let is_first = today == Some(0) && hour == Some(0);
    let answer = match (today, hour) {
        _ if is_first => {
            "Nightshift did not run it on the target within a day, nor act on the target within the hour"
                .to_owned()
        }
        (Some(today), Some(hour)) => {
            format!(
                "Nightshift ran it {today} times within a day, and {hour} actions on the target within the hour"
            )
        }
        _ => "not known".to_owned(),
    };
    Check { question: "earlier", answer, is_doubt: !is_first }
}

/// Tells if somebody may want the state that the plan would change.
fn intention(facts: &Value) -> Check {
    let is = |name: &str| facts.get(name).and_then(Value::as_bool);
    let mut signs = Vec::new();
    for (fact, sign) in [
        ("habit", "the same change comes at this time on other days"),
        ("scheduled", "a tag puts the target on a schedule or under a scaling group"),
        ("opted_out", "a tag asks Nightshift to leave it alone"),
        ("quarantined", "a tag says that it is in quarantine"),
    ] {
        match is(fact) {
            Some(true) => signs.push(sign.to_owned()),
            Some(false) => {}
            None => signs.push(format!("not known: {fact}")),
        }
    }
    match facts.get("open_findings").and_then(Value::as_u64) {
        Some(0) => {}
        Some(open) => signs.push(format!("Security Hub has {open} open findings about it")),
        None => signs.push("not known: open security findings".to_owned()),
    }
    let by = facts.get("changed_by").and_then(Value::as_str).unwrap_or("unknown");
    if !["person", "pipeline"].contains(&by) {
        signs.push("it may be what somebody wants".to_owned());
    }
    let is_doubt = !signs.is_empty();
    let signs = if is_doubt { signs.join("; ") } else { "nothing says that it is meant".to_owned() };
    Check { question: "intent", answer: format!("changed by: {by}; {signs}"), is_doubt }
}
