//! Lays what is wrong with a call to one of its two ends.
//!
//! What a caller measures of a call holds the callee's work and the way there and back. A call that got worse is laid to its
//! callee; where the callee itself answers as ever, and most of the calls of the same caller got worse with it, they are
//! laid to the caller: one fault that accounts for all of them is likelier than one in each callee.

use std::collections::BTreeMap;

use crate::{
    incident_data::IncidentData,
    ranking::{abnormal::ABNORMAL, call_graph::CallGraph},
    series::{metric_kind::MetricKind, scored_series::ScoredSeries},
};

/// One call may be wrong by itself; this many of one caller have it in common.
const FEWEST_IN_COMMON: usize = 2;

/// A metric of calls, with its ends.
#[derive(Clone, Copy)]
struct MeasuredCall {
    scored: usize,
    caller: usize,
    callee: usize,
    kind: MetricKind,
    /// It got worse, and nothing that the callee measures itself shows why.
    is_unexplained: bool,
}

/// The number of calls, and the number of those that got worse.
#[derive(Clone, Copy, Default)]
struct Tally {
    worse: usize,
    all: usize,
}

impl Tally {
    /// Counts the calls by an end of them and what was measured.
    fn of(
        calls: &[MeasuredCall],
        end: impl Fn(&MeasuredCall) -> usize,
    ) -> BTreeMap<(usize, MetricKind), Self> {
        let mut tallies: BTreeMap<(usize, MetricKind), Self> = BTreeMap::new();
        for call in calls {
            let tally = tallies.entry((end(call), call.kind)).or_default();
            tally.worse += usize::from(call.is_unexplained);
            tally.all += 1;
        }
        tallies
    }
}

/// Finds the component that each scored series tells about, by the index of the series: the component that was measured, and
/// of calls the end that they are laid to. `anomalies` has the score of the anomaly of each scored series.
pub(crate) fn blamed_components(
    data: &IncidentData,
    graph: &CallGraph,
    scored: &[ScoredSeries],
    anomalies: &[f64],
) -> Vec<Option<usize>> {
    let is_abnormal = |index: usize| anomalies.get(index).is_some_and(|score| *score >= ABNORMAL);
    let series = |one: &ScoredSeries| data.series.get(one.series);
    let mut blamed: Vec<Option<usize>> =
        scored.iter().map(|one| graph.index(&series(one)?.component)).collect();
    let mut fails_itself: BTreeMap<(usize, MetricKind), bool> = BTreeMap::new();
    for (index, one) in scored.iter().enumerate() {
        if let Some(component) = blamed.get(index).copied().flatten()
            && series(one).is_some_and(|series| series.caller.is_none())
        {
            *fails_itself.entry((component, one.kind)).or_default() |= is_abnormal(index);
        }
    }
    let calls: Vec<MeasuredCall> = scored
        .iter()
        .enumerate()
        .filter_map(|(index, one)| {
            let (from, to) = series(one)?.call()?;
            let (from, to) = (graph.index(from)?, graph.index(to)?);
            let explained = fails_itself.get(&(to, one.kind)).copied().unwrap_or(false);
            let is_unexplained = is_abnormal(index) && !explained;
            (from != to).then_some(MeasuredCall {
                scored: index,
                caller: from,
                callee: to,
                kind: one.kind,
                is_unexplained,
            })
        })
        .collect();
    let (made_by, made_to) = (Tally::of(&calls, |call| call.caller), Tally::of(&calls, |call| call.callee));
    for call in calls.iter().filter(|call| call.is_unexplained) {
        let Tally { worse, all } = made_by.get(&(call.caller, call.kind)).copied().unwrap_or_default();
        let to_it = made_to.get(&(call.callee, call.kind)).copied().unwrap_or_default();
        let in_common = worse >= FEWEST_IN_COMMON && 2 * worse > all && worse > to_it.worse;
        if let Some(blamed) = blamed.get_mut(call.scored).filter(|_| in_common) {
            *blamed = Some(call.caller);
        }
    }
    blamed
}
