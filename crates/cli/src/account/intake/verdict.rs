//! The accounts in sentences: what they come to, and what to do where they do not add up. Pure.

use super::{
    accounts::{Accounts, Metric},
    tally::Tally,
};
use crate::output::plain;

/// The hours that are named one by one.
const MOST_NAMED: usize = 5;

/// The result of the comparison, as a sentence for people.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Each delivery that reached the intake is recorded. The sentence counts them by outcome.
    AddsUp(String),
    /// Deliveries are missing. The sentence names the hours, and what to do.
    Short(String),
    /// The sentence says why nothing could be compared.
    NotCompared(String),
}

impl Verdict {
    pub(crate) fn sentence(&self) -> &str {
        match self {
            Self::AddsUp(sentence) | Self::Short(sentence) | Self::NotCompared(sentence) => sentence,
        }
    }
}

/// `stack` is the name of the deployment, which the intake's log group has too.
pub(crate) fn verdict(accounts: &Accounts, stack: &str) -> Verdict {
    match &accounts.metric {
        Metric::Unavailable { reason } => {
            return Verdict::NotCompared(format!(
                "what reached the intake is unknown, so nothing is compared: {reason}"
            ));
        }
        Metric::NoData => {
            let recorded = accounts.total().deliveries();
            return Verdict::NotCompared(format!(
                "CloudWatch has no executions of the intake, which recorded {}, so nothing is compared: look again in a quarter \
                 of an hour",
                plural(recorded, "event", "events")
            ));
        }
        Metric::Read => {}
    }
    if accounts.short().next().is_some() {
        return Verdict::Short(short(accounts, stack));
    }
    let hours = u64::try_from(accounts.compared().count()).unwrap_or(u64::MAX);
    if hours == 0 {
        return Verdict::NotCompared(
            "no whole hour ended a quarter of an hour ago or earlier that can be compared: look again later, or further back"
                .to_owned(),
        );
    }
    let (mut reached, mut failed, mut tally) = (0_u64, 0_u64, Tally::default());
    for hour in accounts.compared() {
        reached = reached.saturating_add(hour.reached.unwrap_or_default());
        failed = failed.saturating_add(hour.failed.unwrap_or_default());
        tally = tally.plus(hour.tally);
    }
    let compared = plural(hours, "whole hour", "whole hours");
    if reached == 0 && tally == Tally::default() {
        return Verdict::AddsUp(format!("nothing reached the intake in {compared}{}", excused(accounts)));
    }
    let counted = parts(&tally, failed);
    let reached = plural(reached, "delivery", "deliveries");
    let counted = counted.join(", ");
    Verdict::AddsUp(format!("{reached} in {compared}, all accounted for: {counted}{}", excused(accounts)))
}

/// Says which hours are not compared; empty where all are.
fn excused(accounts: &Accounts) -> String {
    match accounts.before_accounting {
        0 => String::new(),
        hours => format!(
            "; {} before the last deployment cannot be compared: that version listed no events",
            plural(hours, "hour", "hours")
        ),
    }
}

fn short(accounts: &Accounts, stack: &str) -> String {
    let mut named: Vec<_> = accounts
        .short()
        .map(|(hour, missing)| {
            let reached = hour.reached.unwrap_or_default();
            let at = hour.hour.strftime("%Y-%m-%d %H:%MZ");
            format!("{missing} of {} in the hour from {at}", plural(reached, "delivery", "deliveries"))
        })
        .collect();
    let more = named.len().saturating_sub(MOST_NAMED);
    named.truncate(MOST_NAMED);
    if more > 0 {
        named.push(format!(
            "and in {}",
            plural(u64::try_from(more).unwrap_or(u64::MAX), "more hour", "more hours")
        ));
    }
    format!(
        "reached the intake and left no record: {}. Look at the executions of that time in the log group \
         /aws/vendedlogs/states/{stack}-intake, at what `nightshift redrive` shows, and at who deleted items of the table",
        named.join(", ")
    )
}

/// `3 opened, 1 repeated`: what there is any of.
fn parts(tally: &Tally, failed: u64) -> Vec<String> {
    let Tally {
        opened,
        attached,
        recovered,
        suppressed,
        ignored,
        rejected,
        repeated,
        looks,
        further_signals: _,
    } = *tally;
    let counts = [
        (opened, "opened"),
        (attached, "attached"),
        (recovered, "recovered"),
        (suppressed, "suppressed"),
        (ignored, "ignored"),
        (rejected, "rejected"),
        (repeated, "repeated"),
        (looks, "looks at what came back"),
        (failed, "failed and kept for `nightshift redrive`"),
    ];
    counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect()
}

pub(super) fn plural(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// `12-01 05:00`
pub(super) fn short_hour(hour: jiff::Timestamp) -> String {
    plain::line(&hour.strftime("%m-%d %H:%M").to_string())
}

#[cfg(test)]
mod tests;
