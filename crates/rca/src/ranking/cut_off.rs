//! Finds the components at which requests end.
//!
//! How often a component calls another for each request of its own is part of the program: such ratios of flows hold as long as
//! it works (the invariants of flow intensity of Jiang, Chen and Yoshihira 2006). A component that fails before it calls what it
//! needs, or instead of it, calls it less, and its own requests come as before. It may well fail without a metric that tells it;
//! who calls it fails with it, and does.

use crate::{
    incident_data::IncidentData,
    ranking::{
        abnormal::ABNORMAL,
        call_graph::CallGraph,
        explanation::{Explanation, Explanations, Reason},
        suspects::{Suspect, is_failing},
    },
    series::{
        failure_rate::{FailureCount, FailureRate},
        samples::Point,
        scored_series::ScoredSeries,
        statistics::Sorted,
        window_points::WindowPoints,
    },
};

/// At least this share of the calls has to be missing: who answers from a cache, or asks another, still calls for the rest.
const LEAST_MISSING: f64 = 0.5;
/// The most of a caller's failures that are explained by where requests end.
const ENDS_THERE: f64 = 0.8;
/// A step belongs to the failures where they reach this share of their worst.
const FAILING_SHARE: f64 = 0.25;
/// Fewer samples than this tell no ratio.
const FEWEST: usize = 10;

/// Calls that a component makes no more, though it is asked as before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CutOff {
    /// The component at which requests end.
    pub(crate) caller: usize,
    /// The component that it calls less. Nobody else calls it, so that nobody else can have stopped.
    pub(crate) callee: usize,
    /// The share of the calls that is missing.
    pub(crate) missing: f64,
    /// How surprising that is, in standard deviations.
    pub(crate) deviations: f64,
}

/// Finds where requests end while `suspects` fail.
pub(crate) fn cut_offs(
    data: &IncidentData,
    graph: &CallGraph,
    suspects: &[Suspect],
    scored: &[ScoredSeries],
) -> Vec<CutOff> {
    let steps = failing_steps(suspects);
    if steps.is_empty() {
        return Vec::new();
    }
    let mut counting: Vec<Option<&ScoredSeries>> = vec![None; graph.len()];
    for one in scored.iter().filter(|one| one.counts_requests) {
        let component = data.series.get(one.series).and_then(|series| graph.index(&series.component));
        if let Some(counting) = component.and_then(|component| counting.get_mut(component)) {
            *counting = Some(one);
        }
    }
    let counted = |component: usize| counting.get(component).copied().flatten();
    let cut_off = |callee: usize| {
        let [caller] = graph.callers(callee) else { return None };
        let (made, taken) = (counted(callee)?, counted(*caller)?);
        let (missing, deviations) = missing_calls(data, made, taken, &steps)?;
        (missing >= LEAST_MISSING && deviations >= ABNORMAL).then_some(CutOff {
            caller: *caller,
            callee,
            missing,
            deviations,
        })
    };
    (0..graph.len()).filter_map(cut_off).collect()
}

/// Explains each component that fails by the one, of those that its calls reach, at which requests end. One whose own metrics
/// show failures, or that it has none, speaks for itself.
pub(crate) fn explain_cut_offs(
    data: &IncidentData,
    graph: &CallGraph,
    suspects: &[Suspect],
    scored: &[ScoredSeries],
    cut_offs: &[CutOff],
) -> Explanations {
    let tells_failures = |component: usize| {
        scored.iter().filter(|one| is_failing(one.kind)).any(|one| {
            let series = data.series.get(one.series);
            series.is_some_and(|series| {
                series.caller.is_none() && graph.index(&series.component) == Some(component)
            })
        })
    };
    let mut found = Explanations::new();
    for (component, suspect) in suspects.iter().enumerate() {
        let fails =
            suspect.worst().is_some_and(|worst| is_failing(worst.kind) && worst.anomaly.score >= ABNORMAL);
        if !fails || cut_offs.iter().any(|one| one.caller == component) {
            continue;
        }
        let reached = graph.shortest_paths(component);
        let ends = cut_offs.iter().filter(|one| reached.contains_key(&one.caller));
        let most = ends
            .filter(|one| one.caller != component && !tells_failures(one.caller))
            .max_by(|one, other| one.deviations.total_cmp(&other.deviations));
        if let Some(one) = most {
            let share = one.missing.min(ENDS_THERE);
            found.insert(component, Explanation { by: one.caller, share, reason: Reason::EndsThere });
        }
    }
    found
}

/// Lists the steps in which anything fails as it does at its worst, or nearly.
fn failing_steps(suspects: &[Suspect]) -> Vec<usize> {
    let failing = suspects
        .iter()
        .filter_map(Suspect::worst)
        .filter(|worst| is_failing(worst.kind) && worst.anomaly.score >= ABNORMAL);
    let worst = failing.max_by(|one, other| one.weight.total_cmp(&other.weight));
    let Some(worst) = worst else { return Vec::new() };
    let least = (FAILING_SHARE * worst.anomaly.score).max(1.0);
    let scores = worst.scores.iter().enumerate();
    scores.filter(|(_, score)| **score >= least).map(|(step, _)| step).collect()
}

/// Returns the share of the calls that are missing in `steps`, and how surprising that is; `None` where it cannot be told.
/// `made`: the requests of who is called, `taken`: those of who calls.
fn missing_calls(
    data: &IncidentData,
    made: &ScoredSeries,
    taken: &ScoredSeries,
    steps: &[usize],
) -> Option<(f64, f64)> {
    let baseline =
        |one: &ScoredSeries| data.series.get(one.series).map(|one| WindowPoints::new(one).baseline);
    let before = joined(&baseline(made)?, &baseline(taken)?);
    let (now_made, now_taken) = steps
        .iter()
        .filter_map(|step| Some((*made.scores.values.get(*step)?, *taken.scores.values.get(*step)?)))
        .filter(|(made, taken)| made.is_finite() && taken.is_finite())
        .fold((0.0, 0.0), |(all_made, all_taken), (made, taken)| (all_made + made, all_taken + taken));
    if before.len() < FEWEST || now_taken <= 0.0 {
        return None;
    }
    // Medians: an earlier incident cut off the same calls.
    let per_request = Sorted::new(before.iter().map(|(made, taken)| made / taken)).median();
    let residual = |(made, taken): &(f64, f64)| {
        let expected = per_request * taken;
        (made - expected) / expected.sqrt()
    };
    let spread = Sorted::new(before.iter().map(residual)).deviation();
    let rate = FailureRate::known(per_request, spread.powi(2))?;
    let deviations = -rate.deviations(FailureCount { failures: now_made, exposure: now_taken });
    let missing = 1.0 - now_made / (per_request * now_taken);
    (deviations.is_finite() && missing.is_finite()).then_some((missing, deviations))
}

/// Two series at the times that both have, where the second counted anything.
fn joined(one: &[Point], other: &[Point]) -> Vec<(f64, f64)> {
    let mut others = other.iter().peekable();
    let mut pairs = Vec::with_capacity(one.len());
    for (at, value) in one {
        while others.next_if(|(time, _)| time < at).is_some() {}
        if let Some((_, other)) = others.peek().filter(|(time, other)| time == at && *other > 0.0) {
            pairs.push((*value, *other));
        }
    }
    pairs
}
