//! Prints the results for people: a line a scenario, with the truth where it was missed, then the totals.

use common::{ActionId, Arn};
use simulation::{Cause, CauseSource, Expected, Grade, Outcome, Report, Score, Share, Totals};

use super::{Results, SimulatedScenario};
use crate::output::plain;

/// The width of the longest mark.
const MARK: usize = 9;

pub(super) fn report(results: &Results) -> String {
    let mut text: String = results.scenarios.iter().map(line).collect();
    text.push('\n');
    text.push_str(&numbers(results));
    text
}

fn line(scenario: &SimulatedScenario) -> String {
    let SimulatedScenario { report, expected, score, .. } = scenario;
    let mut text = result(report);
    if let Some((score, expected)) = score.as_ref().zip(expected.as_ref()).filter(|(it, _)| !it.passes()) {
        text.push_str(if score.forbidden_would_run { "; FORBIDDEN ACTION" } else { "" });
        text.extend([" (expected: ", &truth(expected), ")"]);
    }
    match (score, &scenario.known_gap) {
        (None, _) => text.push_str(" (not scored: no expected.json)"),
        (Some(score), Some(gap)) if !score.passes() => text.extend([" (", gap, ")"]),
        (Some(_), Some(_)) if !scenario.had_model => {
            text.push_str(" (listed as a known gap, but passes: remove it from known_gaps.json)");
        }
        _ => {}
    }
    format!("{:<MARK$}  {}\n", mark(scenario), plain::line(&text))
}

fn mark(scenario: &SimulatedScenario) -> &'static str {
    match &scenario.score {
        None => "-",
        Some(score) if score.passes() => "pass",
        Some(_) if scenario.is_known_gap() => "known gap",
        Some(_) => "FAIL",
    }
}

/// `name: would run rollback-lambda-alias on checkout:live; cause checkout:live, bad deployment (94 %, playbook
/// lambda-alias-moved@2)`
fn result(report: &Report) -> String {
    let proposal = report.proposal.as_ref().map(|proposal| action(&proposal.action, &proposal.target));
    let proposed = proposal.as_deref().unwrap_or("an action");
    let outcome = match report.outcome {
        Outcome::Act => format!("would run {proposed}"),
        Outcome::Ask => format!("would ask to approve {proposed}"),
        Outcome::Escalate => "would escalate to a human".to_owned(),
        Outcome::Recovered => "recovered by itself".to_owned(),
        Outcome::Ignored => "event ignored".to_owned(),
    };
    let why = match &report.cause {
        Some(cause) => format!(
            "cause {}, {} ({:.0} %, {})",
            cause.component.name(),
            cause.failure_mode.as_str().replace('_', " "),
            cause.confidence * 100.0,
            raised_by(cause)
        ),
        None => report.autonomous.why.clone(),
    };
    format!("{}: {outcome}; {why}", report.scenario)
}

/// `playbook lambda-alias-moved@2`, and the model that lifted it, where one did.
fn raised_by(cause: &Cause) -> String {
    // The engine's version says by itself that it is the engine's.
    let source = match cause.raised_by {
        CauseSource::Engine => cause.by.clone(),
        source => format!("{} {}", source.as_str(), cause.by),
    };
    cause.lifted_by.as_ref().map_or_else(|| source.clone(), |model| format!("{source} and model {model}"))
}

fn truth(expected: &Expected) -> String {
    let outcomes: Vec<_> = expected.outcome.iter().map(|outcome| outcome.as_str()).collect();
    let actions: Vec<_> =
        expected.acceptable_actions.iter().map(|one| action(&one.action, &one.target)).collect();
    let cause = expected.root_cause.as_ref().map_or_else(
        || "healthy".to_owned(),
        |truth| {
            format!("cause {}, {}", truth.component.name(), truth.failure_mode.as_str().replace('_', " "))
        },
    );
    let actions = if actions.is_empty() { "no action".to_owned() } else { actions.join(" or ") };
    format!("{}, {actions}; {cause}", outcomes.join(" or "))
}

fn action(action: &ActionId, target: &Arn) -> String {
    format!("{action} on {}", target.name())
}

fn numbers(results: &Results) -> String {
    let Results { totals, .. } = results;
    let without = results.totals_without_model.as_ref();
    let both = |of: fn(&Totals) -> Share| {
        let first = share(of(totals));
        without.map_or_else(
            || first.clone(),
            |without| match (of(totals).percent(), of(without).percent()) {
                (None, None) => first.clone(),
                _ => format!("{first} with the recorded model, {} without a model", share(of(without))),
            },
        )
    };
    let failed = totals.passed.of.saturating_sub(totals.passed.right);
    let known = results.scenarios.iter().filter(|one| one.is_known_gap()).count();
    let mut lines = vec![
        format!("Passed: {}", both(|totals| totals.passed)),
        format!("Failed: {failed}, of which known gaps: {known}"),
        format!("Right cause and fitting action: {}", both(|totals| totals.with_a_cause)),
        format!("Healthy, no action taken: {}", both(|totals| totals.healthy_left_alone)),
        format!(
            "Forbidden actions: {} would run, {} would be asked for",
            totals.forbidden_would_run, totals.forbidden_asked_for
        ),
        format!("Mean grade: {}", grades(totals)),
        format!("Model: {} tokens in, {} out, {}", totals.tokens.input, totals.tokens.output, totals.cost),
    ];
    if !totals.by_failure_mode.is_empty() {
        lines.push("Right cause and failure mode, by failure mode:".to_owned());
    }
    for (mode, of_mode) in &totals.by_failure_mode {
        lines.push(format!("  {}: {}", mode.replace('_', " "), share(*of_mode)));
    }
    lines.join("\n") + "\n"
}

/// `0.81 (40 right, 5 useful, 3 partial, 4 wrong)`
fn grades(totals: &Totals) -> String {
    let Some(mean) = totals.mean_grade else { return "none in this set".to_owned() };
    let counts = [Grade::Right, Grade::Useful, Grade::Partial, Grade::Wrong].map(|grade| {
        let count = totals.grades.get(&grade).copied().unwrap_or_default();
        format!("{count} {}", grade.as_str())
    });
    format!("{mean:.2} ({})", counts.join(", "))
}

/// `39 of 52 (75 %)`
fn share(share: Share) -> String {
    share.percent().map_or_else(
        || "none in this set".to_owned(),
        |percent| format!("{} of {} ({percent} %)", share.right, share.of),
    )
}

impl SimulatedScenario {
    /// A listed scenario that fails. A forbidden action that would run is never excused.
    fn is_known_gap(&self) -> bool {
        let excused = |score: &Score| !score.passes() && !score.forbidden_would_run;
        self.known_gap.is_some() && self.score.as_ref().is_some_and(excused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_of_nothing_is_said_in_words() {
        assert_eq!(share(Share::default()), "none in this set");
        assert_eq!(share(Share { right: 39, of: 52 }), "39 of 52 (75 %)");
    }
}
