//! Prints the results of `runbooks` for people.

use super::{LintResultJson, MatchReasonsJson, RunbookHitJson};
use crate::output::plain;

/// One error a line, and how many of what.
pub(super) fn checked(checked: &LintResultJson) -> String {
    let mut lines: Vec<String> = checked
        .errors
        .iter()
        .map(|wrong| plain::line(&format!("{}: {}: {}", wrong.file, wrong.place, wrong.what)))
        .collect();
    let runbooks = counted(checked.runbooks, "runbook");
    lines.push(match checked.errors.len() {
        0 => format!("{runbooks}, no errors"),
        errors => format!("{runbooks}, {}", counted(errors, "error")),
    });
    lines.join("\n")
}

fn counted(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// Best first: what it is called, when it applies, and why it was found.
pub(super) fn found(found: &[RunbookHitJson]) -> String {
    if found.is_empty() {
        return "No matching runbook.".to_owned();
    }
    let one = |(place, found): (usize, &RunbookHitJson)| {
        let head = format!("{} (score {:.2}): {}", found.id, found.score, found.title);
        let mut text = plain::hanging(&format!("{place}. "), &head, 0, 3);
        text.push_str(&plain::wrapped(&found.applies, 3));
        text.push_str(&plain::wrapped(&format!("Matched: {}", why(&found.matched)), 3));
        if !found.actions.is_empty() {
            text.push_str(&plain::wrapped(&format!("Actions: {}", found.actions.join(", ")), 3));
        }
        text
    };
    (1..).zip(found).map(one).collect::<Vec<_>>().join("\n")
}

fn why(why: &MatchReasonsJson) -> String {
    let modes: Vec<String> = why.failure_modes.iter().map(|mode| mode.as_str().to_owned()).collect();
    let parts = [
        ("service", &why.services),
        ("failure mode", &modes),
        ("signal", &why.signals),
        ("words", &why.words),
    ];
    let said = parts.into_iter().filter(|(_, all)| !all.is_empty());
    said.map(|(name, all)| format!("{name} {}", all.join(", "))).collect::<Vec<_>>().join("; ")
}
