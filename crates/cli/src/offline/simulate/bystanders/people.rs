//! Prints the results for people: the figures, then the worst variants by name.

use simulation::{Outcome, Report};

use super::{totals::Totals, variant::VariantResult};
use crate::output::plain;

/// The most variants that are named.
const MOST_NAMED: usize = 20;

pub(super) fn report(results: &[VariantResult<'_>], totals: &Totals) -> String {
    let mut text = figures(totals);
    let mut worst: Vec<_> = results.iter().filter(|result| !result.broken.is_empty()).collect();
    if worst.is_empty() {
        text.push_str("\nNo law is broken.\n");
        return text;
    }
    worst.sort_by_key(|result| rank(result));
    text.extend([format!("\nLaws are broken by {}:\n", plural(worst.len(), "variant"))]);
    for result in worst.iter().take(MOST_NAMED) {
        text.extend([format!("  {}\n", plain::line(&line(result)))]);
    }
    let more = worst.len().saturating_sub(MOST_NAMED);
    if more > 0 {
        text.extend([format!("  and {more} more; --format json lists all\n")]);
    }
    text
}

fn figures(totals: &Totals) -> String {
    let mut text = format!(
        "{}, {} with a bystander, {} with somebody's own remedy\n\n",
        plural(totals.scenarios, "scenario"),
        plural(totals.bystanders, "variant"),
        totals.remedies
    );
    for (name, count) in [
        ("Would act where it did not", totals.became_act),
        ("Would ask where it told", totals.became_ask),
        ("Would act on the bystander", totals.acts_on_bystander),
        ("Would ask to act on the bystander", totals.asks_about_bystander),
        ("Forbidden action would run", totals.forbidden_would_run),
        ("Forbidden action would be asked for", totals.forbidden_asked_for),
        ("First place lost", totals.first_place_lost),
        ("  of these despite a readable alibi", totals.first_place_lost_despite_alibi),
        ("Remedy would be reversed", totals.remedies_reversed),
    ] {
        text.extend([format!("{name:<36}{count:>6}\n")]);
    }
    let right = totals.stays_right.percent().map_or_else(
        || "none in this set".to_owned(),
        |percent| format!("{percent} % ({} of {})", totals.stays_right.right, totals.stays_right.of),
    );
    text.extend([format!("{:<36}  {right}\n", "What was right stays right")]);
    let reasons: Vec<String> =
        totals.skipped.iter().map(|(reason, count)| format!("{count} {}", reason.as_str())).collect();
    let skipped: usize = totals.skipped.values().sum();
    if skipped > 0 {
        text.extend([format!("Cannot exist: {skipped} ({})\n", reasons.join("; "))]);
    }
    text
}

/// Ranks a variant: an action that would run is worst, then one that would be asked for, then a wrong cause.
fn rank(result: &VariantResult<'_>) -> (u8, String) {
    let effect = result.effect.as_ref();
    let runs = effect.is_none_or(|it| it.acts_on_bystander || it.became_act || it.forbidden_would_run);
    let asks = effect.is_some_and(|it| it.asks_about_bystander || it.forbidden_asked_for);
    let rank = if runs && result.report.outcome == Outcome::Act {
        0
    } else if runs || asks {
        1
    } else {
        2
    };
    (rank, result.variant.name())
}

/// `bank-is-slow alias_move/symptom/-10: would ask to act on the bystander (escalate → ask, rollback-lambda-alias on
/// checkout:live)`
fn line(result: &VariantResult<'_>) -> String {
    let before = &result.variant.scenario.report;
    let action = result.report.proposed().map(|it| format!(", {} on {}", it.action, it.target.name()));
    let place = |report: &Report| {
        report.first_place().map_or_else(|| "no cause".to_owned(), |first| first.component.name())
    };
    let moved = if place(before) == place(&result.report) {
        String::new()
    } else {
        format!(", cause {} → {}", place(before), place(&result.report))
    };
    format!(
        "{}: {} ({} → {}{}{moved})",
        result.variant.name(),
        result.broken.join(", "),
        before.outcome.as_str(),
        result.report.outcome.as_str(),
        action.unwrap_or_default()
    )
}

/// `1 scenario`, `2 scenarios`
fn plural(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}
