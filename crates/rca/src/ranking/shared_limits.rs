//! Explains a component that is refused without asking for more by the one that uses up the limit they share.

use std::collections::BTreeSet;

use crate::{
    ranking::{
        abnormal::ABNORMAL,
        explanation::{Explanation, Explanations, Reason},
        load::{AmountShift, shift_of},
        suspects::Suspect,
    },
    series::{metric_kind::MetricKind, scored_series::ScoredSeries},
};

/// A component that takes more than this many times the usual may reach the limit by itself.
const OWN_LOAD: f64 = 1.5;
/// One that uses less than this many times the usual uses up nobody's share.
const NEIGHBOUR_LOAD: f64 = 2.0;
/// The share of being refused that the neighbour explains.
const USED_UP: f64 = 0.8;

/// Explains each component of a group that has throttles, and no more load than usual, by the one of its group whose use
/// rose most, since no later than the throttles.
pub(crate) fn explain_limits(
    suspects: &[Suspect],
    scored: &[ScoredSeries],
    groups: &[BTreeSet<usize>],
) -> Explanations {
    let shift = |component: usize, kind| suspects.get(component).and_then(|its| shift_of(its, kind, scored));
    let takes_more = |component: usize| {
        let more = |kind| shift(component, kind).is_some_and(|use_of| use_of.times >= OWN_LOAD);
        more(MetricKind::Traffic) || more(MetricKind::Concurrency)
    };
    let mut found = Explanations::new();
    for group in groups {
        for refused in group {
            let throttled = suspects.get(*refused).and_then(throttled_since);
            let Some(since) = throttled.filter(|_| !takes_more(*refused)) else { continue };
            let neighbours = group.iter().filter(|other| *other != refused).filter_map(|neighbour| {
                let grew = |kind| {
                    let grew = |use_of: &AmountShift| use_of.times >= NEIGHBOUR_LOAD && use_of.onset <= since;
                    shift(*neighbour, kind).filter(grew).map(|use_of| use_of.by)
                };
                let (at_once, taken) = (grew(MetricKind::Concurrency), grew(MetricKind::Traffic));
                (at_once.is_some() || taken.is_some())
                    .then(|| (at_once.unwrap_or(0.0), taken.unwrap_or(0.0), *neighbour))
            });
            let most = neighbours.max_by(|one, other| {
                one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)).then(other.2.cmp(&one.2))
            });
            if let Some((_, _, by)) = most {
                found.insert(*refused, Explanation { by, share: USED_UP, reason: Reason::SharesLimit });
            }
        }
    }
    found
}

fn throttled_since(suspect: &Suspect) -> Option<usize> {
    let throttles = suspect.metrics.iter().filter(|metric| metric.kind == MetricKind::Throttles);
    throttles.filter(|metric| metric.anomaly.score >= ABNORMAL).map(|metric| metric.anomaly.onset).min()
}
