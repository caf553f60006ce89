//! `nightshift policy diff` tells what one set of policies allows that another does not.

use std::{
    fmt::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use policy_proof::{ActionComparison, Comparison, Counterexample, Difference, compare};
use serde::Serialize;

use super::{
    files::guard_of,
    request_text::{UNLISTED, facts, permitted_by},
    solver,
};
use crate::{Answer, arguments::Format, failure::Failure};

/// The differences, an entry an action. Its form is a contract.
#[derive(Debug, Serialize)]
struct DiffJson<'a> {
    actions: Vec<ActionJson<'a>>,
    policies_that_may_fail: Vec<&'a str>,
    solver: &'a str,
    elapsed_ms: u128,
}

#[derive(Debug, Serialize)]
struct ActionJson<'a> {
    action: &'a str,
    became_allowed: DifferenceJson<'a>,
    became_denied: DifferenceJson<'a>,
}

#[derive(Debug, Serialize)]
struct DifferenceJson<'a> {
    /// True if no request differs.
    proved_none: bool,
    first_without_approval: Option<&'a Counterexample>,
    first_with_approval: Option<&'a Counterexample>,
    unknown: &'a [String],
}

/// Compares the policies of the folders `old` and `new`. Fails where a request became allowed, or may have.
pub(crate) async fn run(old: &Path, new: &Path, limit: Duration, format: Format) -> Result<Answer, Failure> {
    let (old, new) = (guard_of(Some(old))?, guard_of(Some(new))?);
    let solver = solver::find().await?;
    let started = Instant::now();
    let comparison = compare(&old, &new, &solver, limit).await.map_err(solver::failure)?;
    let json = DiffJson {
        actions: comparison.actions.iter().map(action).collect(),
        policies_that_may_fail: comparison.may_fail.iter().map(String::as_str).collect(),
        solver: solver.version(),
        elapsed_ms: started.elapsed().as_millis(),
    };
    let success = comparison.actions.iter().all(|one| one.became_allowed.is_none());
    Ok(Answer { success, ..Answer::formatted(format, &json, || people(&comparison)) })
}

fn action(one: &ActionComparison) -> ActionJson<'_> {
    ActionJson {
        action: &one.action,
        became_allowed: difference(&one.became_allowed),
        became_denied: difference(&one.became_denied),
    }
}

fn difference(one: &Difference) -> DifferenceJson<'_> {
    let first = |approval| {
        one.changes.iter().find(|change| change.approval == approval).map(|change| &change.request)
    };
    DifferenceJson {
        proved_none: one.is_none(),
        first_without_approval: first(policy_proof::Approval::Without),
        first_with_approval: first(policy_proof::Approval::With),
        unknown: &one.unanswered,
    }
}

fn people(comparison: &Comparison) -> String {
    let mut text = String::new();
    let mut told = false;
    for became in ["allowed", "denied"] {
        let mut unchanged = Vec::new();
        for one in &comparison.actions {
            let difference = if became == "allowed" { &one.became_allowed } else { &one.became_denied };
            if difference.is_none() {
                unchanged.push(one.action.as_str());
            }
            for change in &difference.changes {
                told = true;
                let by = permitted_by(&change.request);
                let by = if became == "allowed" { by } else { format!("before {by}") };
                // Writing to a String cannot fail.
                let _ = write!(
                    text,
                    "{}: became {became} {}, {by}, where\n{}",
                    one.action,
                    change.approval.as_str(),
                    facts(&change.request, "  ")
                );
            }
            for reason in &difference.unanswered {
                let _ = writeln!(text, "{}: unknown if something became {became} {reason}", one.action);
            }
        }
        if !unchanged.is_empty() {
            let _ = writeln!(text, "{}: proved that nothing became {became}", unchanged.join(", "));
        }
    }
    if told {
        let _ = writeln!(text, "{UNLISTED}");
    }
    for policy in &comparison.may_fail {
        let _ = writeln!(
            text,
            "policy {policy} cannot be evaluated for some requests (it overflows): Nightshift denies these in any case"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use policy_proof::{Approval, Change};

    use super::*;

    #[test]
    fn people_are_told_the_first_request_of_each_action_and_what_is_proved() {
        let request = Counterexample {
            action: "start-instance".to_owned(),
            permitted_by: vec!["tier-2-unattended".to_owned()],
            facts: [("confidence_percent".to_owned(), 60.into())].into(),
        };
        let changed = Difference {
            changes: vec![Change { approval: Approval::Without, request }],
            unanswered: vec!["with approval: the solver found no answer within 60 s".to_owned()],
        };
        let comparison = Comparison {
            actions: vec![
                ActionComparison {
                    action: "start-instance".to_owned(),
                    became_allowed: changed,
                    became_denied: Difference::default(),
                },
                ActionComparison {
                    action: "stop-instance".to_owned(),
                    became_allowed: Difference::default(),
                    became_denied: Difference::default(),
                },
            ],
            may_fail: ["double".to_owned()].into(),
        };
        let expected = "\
start-instance: became allowed without approval, permitted by tier-2-unattended, where
  confidence_percent = 60
start-instance: unknown if something became allowed with approval: the solver found no answer within 60 s
stop-instance: proved that nothing became allowed
start-instance, stop-instance: proved that nothing became denied
Facts that are not listed have values that do not speak against acting, as in tables of cases.
policy double cannot be evaluated for some requests (it overflows): Nightshift denies these in any case
";
        assert_eq!(people(&comparison), expected);
        let json = serde_json::to_value(action(&comparison.actions[0])).unwrap();
        assert_eq!(json["became_allowed"]["first_without_approval"]["facts"]["confidence_percent"], 60);
        assert_eq!(json["became_denied"]["proved_none"], true);
    }
}
