//! The accounts of the intake: what reached it and what it recorded, hour by hour. Pure.

use std::collections::BTreeMap;

use aws::metrics::ExecutionCounts;
use common::ports::{HOUR, IntakeEntry, start_of_hour};
use jiff::Timestamp;
use serde::Serialize;

use super::{
    shortfall::{SLOT_SECONDS, Slot, shortfalls},
    tally::{ReasonCount, Tally, top_reasons},
    window::{METRICS_ARE_LATE_BY, Window},
};

/// Reasons that are shown of each outcome.
const MOST_REASONS: usize = 5;

/// All that was read for the accounts.
pub(super) struct Records {
    pub(super) window: Window,
    /// From [`Window::read_from`] on.
    pub(super) entries: Vec<IntakeEntry>,
    /// The executions of each five minutes from there on, by the Unix second of their beginning; or why they cannot be read.
    pub(super) executions: Result<BTreeMap<i64, ExecutionCounts>, String>,
    /// The last deployment: a version before this one recorded events that are not listed.
    pub(super) deployed_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct HourAccount {
    /// Its beginning.
    pub(crate) hour: Timestamp,
    /// The executions that were started; `None` where that is not known.
    pub(crate) reached: Option<u64>,
    #[serde(flatten)]
    pub(crate) tally: Tally,
    /// The executions that failed; their events are kept in a dead-letter queue.
    pub(crate) failed: Option<u64>,
    /// The deliveries that are not accounted for; `None` where the hour is not compared.
    pub(crate) missing: Option<u64>,
}

/// The state of the count of executions, which says how many deliveries reached the intake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum Metric {
    Read,
    /// Events were recorded, and CloudWatch has no execution.
    NoData,
    Unavailable {
        reason: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Accounts {
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    pub(crate) metric: Metric,
    pub(crate) hours: Vec<HourAccount>,
    /// The hours from before the last deployment that would fall short only because that version listed no events.
    pub(crate) before_accounting: u64,
    pub(super) reasons: Vec<ReasonCount>,
}

impl Accounts {
    pub(super) fn new(records: &Records) -> Self {
        let Records { window, entries, executions, .. } = records;
        let metric = match executions {
            Err(reason) => Metric::Unavailable { reason: reason.clone() },
            Ok(counts) if counts.is_empty() && !entries.is_empty() => Metric::NoData,
            Ok(_) => Metric::Read,
        };
        let counts = executions.as_ref().ok().filter(|_| metric == Metric::Read);
        let hours_read = window.hours();
        let missing = counts.map_or_else(Vec::new, |counts| missing(records, counts));
        let mut tallies = BTreeMap::<Timestamp, Tally>::new();
        for entry in entries {
            tallies.entry(start_of_hour(entry.recorded_at)).or_default().add(entry);
        }
        let is_excused = |hour, missing| missing > 0 && is_before_accounting(records, hour);
        let mut before_accounting = 0_u64;
        let mut hours = Vec::new();
        for (number, hour) in hours_read.into_iter().enumerate().filter(|(_, hour)| *hour >= window.from) {
            let missing = missing.get(number).copied().filter(|_| window.has_settled(hour));
            let excused = missing.is_some_and(|missing| is_excused(hour, missing));
            before_accounting = before_accounting.saturating_add(u64::from(excused));
            hours.push(HourAccount {
                hour,
                reached: counts.map(|counts| sum(counts, hour, |count| count.started)),
                tally: tallies.get(&hour).copied().unwrap_or_default(),
                failed: counts.map(|counts| sum(counts, hour, |count| count.failed)),
                missing: missing.filter(|_| !excused),
            });
        }
        let shown: Vec<_> =
            entries.iter().filter(|entry| entry.recorded_at >= window.from).cloned().collect();
        Self {
            from: window.from,
            until: window.now,
            metric,
            hours,
            before_accounting,
            reasons: top_reasons(&shown, MOST_REASONS),
        }
    }

    /// Returns the hours in which anything but looks is known to have reached the intake.
    pub(crate) fn busy_hours(&self) -> impl Iterator<Item = &HourAccount> {
        self.hours.iter().filter(|hour| {
            hour.reached.unwrap_or_default() > hour.tally.looks
                || hour.tally != Tally { looks: hour.tally.looks, ..Tally::default() }
        })
    }

    /// Returns the reason why the count of executions cannot be read; `None` where it can.
    pub(crate) fn metric_failure(&self) -> Option<&str> {
        match &self.metric {
            Metric::Unavailable { reason } => Some(reason),
            Metric::Read | Metric::NoData => None,
        }
    }

    /// Returns the hours that are compared.
    pub(crate) fn compared(&self) -> impl Iterator<Item = &HourAccount> {
        self.hours.iter().filter(|hour| hour.missing.is_some())
    }

    /// Returns the hours with deliveries that are not accounted for, and how many these are.
    pub(crate) fn short(&self) -> impl Iterator<Item = (&HourAccount, u64)> {
        self.hours.iter().filter_map(|hour| Some((hour, hour.missing.filter(|missing| *missing > 0)?)))
    }

    pub(crate) fn total(&self) -> Tally {
        self.hours.iter().fold(Tally::default(), |sum, hour| sum.plus(hour.tally))
    }
}

/// Events of a version that did not list them look like lost ones: an hour until one hour after the last deployment began counts
/// only from the first full hour after something was listed.
fn is_before_accounting(records: &Records, hour: Timestamp) -> bool {
    let deploying_until = records.deployed_at.and_then(|at| at.checked_add(HOUR).ok());
    let first = records.entries.iter().map(|entry| entry.recorded_at).min();
    deploying_until.is_some_and(|until| hour < until)
        && first.is_none_or(|first| hour <= start_of_hour(first))
}

fn sum(counts: &BTreeMap<i64, ExecutionCounts>, hour: Timestamp, of: fn(&ExecutionCounts) -> u64) -> u64 {
    let from = hour.as_second();
    let until = from.saturating_add(HOUR.as_secs());
    counts.range(from..until).map(|(_, count)| of(count)).fold(0, u64::saturating_add)
}

/// The deliveries of each hour that is read which are not accounted for.
fn missing(records: &Records, counts: &BTreeMap<i64, ExecutionCounts>) -> Vec<u64> {
    let window = records.window;
    let first = window.read_from().as_second();
    let slot_of = |second: i64| usize::try_from(second.checked_sub(first)?.checked_div(SLOT_SECONDS)?).ok();
    let slots_until = |second: i64| slot_of(second).unwrap_or_default();
    let mut slots = vec![Slot::default(); slots_until(window.now.as_second()).saturating_add(1)];
    for (second, count) in counts {
        if let Some(slot) = slot_of(*second).and_then(|number| slots.get_mut(number)) {
            slot.started = slot.started.saturating_add(count.started);
            slot.ended = slot.ended.saturating_add(count.succeeded).saturating_add(count.failed);
            slot.accounted = slot.accounted.saturating_add(count.failed);
        }
    }
    for entry in records.entries.iter().filter(|entry| !entry.event_id.is_further_signal()) {
        if let Some(slot) = slot_of(entry.recorded_at.as_second()).and_then(|number| slots.get_mut(number)) {
            slot.accounted = slot.accounted.saturating_add(1);
        }
    }
    let settled = slots_until(window.now.as_second().saturating_sub(METRICS_ARE_LATE_BY.as_secs()));
    shortfalls(&slots, settled)
}

#[cfg(test)]
mod tests;
