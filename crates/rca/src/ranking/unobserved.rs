//! Finds what may lie behind a suspect without showing.
//!
//! A callee that is calm by all that was measured is no cause as far as it was measured. Who fails or is slow may do so by a
//! callee of which nothing tells failures or slowness: that one is unobserved, and shares the belief in its caller. What a
//! callee measures of itself says nothing of the way to it, which only its caller sees.

use std::collections::BTreeMap;

use crate::{
    ranking::{
        abnormal::ABNORMAL, observations::Observations, rank::load_factor, ranked_suspect::RankedSuspect,
        suspects::relevance,
    },
    series::metric_kind::MetricKind,
};

/// The share of a suspect's score that its unobserved callees have together.
const BEHIND: f64 = 0.5;
/// The weight of a callee that measures such a fault of itself, and of which only the way to it is unobserved.
pub(crate) const ONLY_THE_WAY: f64 = 0.5;

/// Robust standard deviations beyond which a metric that shows no such fault tells no more.
const MOST_UNREST: f64 = 10.0;

/// A component that nothing was measured of which would show the fault of its caller.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UnobservedCallee {
    pub(crate) component: usize,
    pub(crate) caller: usize,
    pub(crate) score: f64,
    /// From 0 to 1: how well the fault of its caller may be its own, or the way's to it, by who else calls it and how often it
    /// is called; 1 where nothing tells against it.
    pub(crate) plausibility: f64,
}

/// Returns the unobserved callees of the suspects, the likeliest first.
pub(crate) fn unobserved_callees(observed: &Observations<'_>) -> Vec<UnobservedCallee> {
    let mut all: BTreeMap<usize, UnobservedCallee> = BTreeMap::new();
    for suspect in observed.ranking.iter().filter(|ranked| ranked.score > 0.0) {
        for found in behind(observed, suspect) {
            // The suspects come best first: of several callers the likeliest is named.
            all.entry(found.component).and_modify(|held| held.score += found.score).or_insert(found);
        }
    }
    let first = observed.ranking.first().map_or(0.0, |first| first.score);
    let behind_first = |one: UnobservedCallee| UnobservedCallee { score: one.score.min(first), ..one };
    let mut found: Vec<UnobservedCallee> =
        all.into_values().filter(|one| one.score > 0.0).map(behind_first).collect();
    found.sort_by(|one, other| {
        other.score.total_cmp(&one.score).then_with(|| one.component.cmp(&other.component))
    });
    found
}

/// Returns the unobserved callees of one suspect; together they have [`BEHIND`] of its score.
pub(crate) fn behind(observed: &Observations<'_>, suspect: &RankedSuspect) -> Vec<UnobservedCallee> {
    let caller = suspect.component;
    let Some(kind) = observed.suspect(caller).and_then(|suspect| suspect.worst()).map(|worst| worst.kind)
    else {
        return Vec::new();
    };
    if !passes_on(kind) {
        return Vec::new();
    }
    let traffic = |component: usize| observed.suspect(component).and_then(|suspect| suspect.traffic);
    let ranked =
        |component: usize| observed.ranking.iter().any(|one| one.component == component && one.score > 0.0);
    let weighed: Vec<(usize, f64, f64)> = observed
        .graph
        .callees(caller)
        .iter()
        .copied()
        .filter(|callee| *callee != caller && !ranked(*callee))
        // It is not called, so that it keeps nobody waiting and fails nobody.
        .filter(|callee| !observed.cut_offs.iter().any(|one| one.callee == *callee))
        .filter(|callee| !measures(observed, kind, *callee, Some(caller)))
        .map(|callee| {
            let share = if measures(observed, kind, callee, None) { ONLY_THE_WAY } else { 1.0 };
            let reach = load_factor(traffic(callee), traffic(caller));
            let (failing, of_all) = failing_callers(observed, kind, callee);
            let plausibility = share * reach * of_all;
            // One fault that accounts for all who fail is likelier than one for each.
            (callee, plausibility, plausibility * failing * (1.0 + unrest(observed, callee).ln_1p()))
        })
        .collect();
    let all: f64 = weighed.iter().map(|(_, _, weight)| weight).sum();
    let score = |weight: f64| if all > 0.0 { suspect.score * BEHIND * weight / all } else { 0.0 };
    weighed
        .into_iter()
        .map(|(component, plausibility, weight)| UnobservedCallee {
            component,
            caller,
            score: score(weight),
            plausibility,
        })
        .collect()
}

/// Returns true for a fault that whoever calls has in common with whom it calls.
const fn passes_on(kind: MetricKind) -> bool {
    matches!(
        kind,
        MetricKind::Latency | MetricKind::Errors | MetricKind::Availability | MetricKind::Throttles
    )
}

/// Returns true if a fault of `kind` is measured of `component`: by itself, or by `caller`.
fn measures(observed: &Observations<'_>, kind: MetricKind, component: usize, caller: Option<usize>) -> bool {
    let index = |name: &str| observed.graph.index(name);
    observed.scored.iter().filter(|one| relevance(one.kind, kind) >= 1.0).any(|one| {
        observed.data.series.get(one.series).is_some_and(|series| match (series.call(), caller) {
            (Some((from, to)), Some(caller)) => index(from) == Some(caller) && index(to) == Some(component),
            (None, None) => index(&series.component) == Some(component),
            _ => false,
        })
    })
}

/// Returns the number of those who call a component, would show a fault of `kind`, and are abnormal, and the share that they are
/// of all who would: who else calls it and is well speaks for it, the more so the more often it calls.
fn failing_callers(observed: &Observations<'_>, kind: MetricKind, component: usize) -> (f64, f64) {
    let traffic = |component: usize| observed.suspect(component).and_then(|suspect| suspect.traffic);
    let callers = observed.graph.callers(component).iter();
    let telling = callers
        .filter(|caller| measures(observed, kind, **caller, None))
        .filter_map(|caller| Some((*caller, observed.suspect(*caller)?)));
    let (mut failing, mut well) = (0.0, 0.0);
    for (caller, suspect) in telling {
        if suspect.weight() >= ABNORMAL {
            failing += 1.0;
        } else {
            well += load_factor(traffic(component), traffic(caller));
        }
    }
    if failing > 0.0 { (failing, failing / (failing + well)) } else { (1.0, 1.0) }
}

/// Returns how far its metrics left their usual range, cut where more says nothing: none of them shows such a fault.
fn unrest(observed: &Observations<'_>, component: usize) -> f64 {
    let metrics = observed.suspect(component).map_or(&[][..], |suspect| suspect.metrics.as_slice());
    metrics.iter().map(|metric| metric.anomaly.score).fold(0.0, f64::max).min(MOST_UNREST)
}
