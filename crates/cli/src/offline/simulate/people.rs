//! The answer for people: a line a scenario, with what was right where it was got wrong, and the numbers.

use common::{ActionId, Arn};
use simulation::{Expected, Report, Share, Totals};

use super::Simulated;
use crate::output::plain;

pub(super) fn report(all: &[Simulated], totals: &Totals) -> String {
    let mut text: String = all.iter().map(line).collect();
    text.push('\n');
    text.push_str(&numbers(totals));
    text
}

fn line(simulated: &Simulated) -> String {
    let Simulated { report, expected, score } = simulated;
    let mark = match score {
        None => "·",
        Some(score) if score.passes() => "✓",
        Some(_) => "✗",
    };
    let mut text = format!("{mark} {}", said(report));
    if let Some((score, expected)) = score.as_ref().zip(expected.as_ref()).filter(|(it, _)| !it.passes()) {
        text.push_str(if score.forbidden_would_run { "; FORBIDDEN" } else { "" });
        text.extend([" (expected ", &right(expected), ")"]);
    }
    if score.is_none() {
        text.push_str(" (nothing to hold it against: there is no expected.json)");
    }
    plain::line(&text) + "\n"
}

/// `name: act, rollback-lambda-alias on checkout:live; checkout:live: bad deployment, 94 % sure`
fn said(report: &Report) -> String {
    let mut parts = vec![format!("{}: {}", report.scenario, report.outcome.as_str())];
    if let Some(proposal) = report.proposal.as_ref().filter(|_| report.outcome.proposes()) {
        parts.push(action(&proposal.action, &proposal.target));
    }
    let why = match &report.cause {
        Some(cause) => format!(
            "{}: {}, {:.0} % sure",
            cause.component.name(),
            cause.failure_mode.as_str().replace('_', " "),
            cause.confidence * 100.0
        ),
        None => report.autonomous.why.clone(),
    };
    format!("{}; {why}", parts.join(", "))
}

fn right(expected: &Expected) -> String {
    let outcomes: Vec<_> = expected.outcome.iter().map(|outcome| outcome.as_str()).collect();
    let actions: Vec<_> =
        expected.acceptable_actions.iter().map(|one| action(&one.action, &one.target)).collect();
    let cause = expected.root_cause.as_ref().map_or_else(
        || "nothing is wrong".to_owned(),
        |truth| format!("{}: {}", truth.component.name(), truth.failure_mode.as_str().replace('_', " ")),
    );
    let actions = if actions.is_empty() { "no action".to_owned() } else { actions.join(" or ") };
    format!("{}, {actions}; {cause}", outcomes.join(" or "))
}

fn action(action: &ActionId, target: &Arn) -> String {
    format!("{action} on {}", target.name())
}

fn numbers(totals: &Totals) -> String {
    let share = |Share { right, of }: Share| format!("{right} of {of} ({} %)", Share { right, of }.percent());
    let mut lines = vec![
        format!("Passed: {}", share(totals.passed)),
        format!(
            "Right component and fitting action, where something is wrong: {}",
            share(totals.with_a_cause)
        ),
        format!("Left alone, where nothing is: {}", share(totals.healthy_left_alone)),
        format!(
            "Forbidden actions: {} would run, {} would be asked for",
            totals.forbidden_would_run, totals.forbidden_asked_for
        ),
        format!("Model: {} tokens in, {} out, {}", totals.tokens.input, totals.tokens.output, totals.cost),
    ];
    if !totals.by_failure_mode.is_empty() {
        lines.push("Component and failure mode right, by failure mode:".to_owned());
    }
    for (mode, of_mode) in &totals.by_failure_mode {
        lines.push(format!("  {}: {}", mode.replace('_', " "), share(*of_mode)));
    }
    lines.join("\n") + "\n"
}
