//! Explains what only hands work on by what works on it: a queue grows, a stream grows old and a load balancer answers
//! with errors because of what is behind them.

use std::collections::BTreeSet;

use crate::{
    ranking::{
        abnormal::ABNORMAL,
        call_graph::CallGraph,
        explanation::{Explanation, Explanations, Reason},
        load::shift_of,
        suspects::Suspect,
    },
    series::{metric_kind::MetricKind, scored_series::ScoredSeries},
};

/// The share of a relay's trouble that is explained by what takes its work.
const BEHIND_IT: f64 = 0.8;
/// The same where nobody knows what takes its work, and another component has trouble at the same time.
const PERHAPS_BEHIND_IT: f64 = 0.6;

/// Explains each relay whose worker has trouble of its own that began no later. A relay that refuses work has a limit of
/// its own and is explained by nobody.
pub(crate) fn explain_relays(
    graph: &CallGraph,
    suspects: &[Suspect],
    scored: &[ScoredSeries],
    relays: &BTreeSet<usize>,
) -> Explanations {
    let fault = |component: usize| suspects.get(component).and_then(|suspect| own_fault(suspect, scored));
    let is_worker = |component: usize| !relays.contains(&component) && fault(component).is_some();
    let hands_on = |component: usize| {
        relays.contains(&component) || suspects.get(component).is_none_or(Suspect::is_unknown)
    };
    let mut found = Explanations::new();
    for relay in relays {
        let Some(suspect) = suspects.get(*relay) else { continue };
        let Some(worst) = suspect.worst().filter(|worst| worst.weight >= ABNORMAL) else { continue };
        let refuses = |kind: MetricKind| kind == MetricKind::Throttles;
        if suspect.metrics.iter().any(|metric| refuses(metric.kind) && metric.anomaly.score >= ABNORMAL) {
            continue;
        }
        let latest = worst.anomaly.onset + 1;
        let known = !graph.callees(*relay).is_empty();
        let behind: BTreeSet<usize> = if known {
            graph.nearest_matching(*relay, &is_worker, &hands_on)
        } else {
            // Whoever calls it waits for it: that is no cause of it.
            (0..graph.len()).filter(|other| is_worker(*other) && !graph.reaches(*other, *relay)).collect()
        };
        let height = |component: &usize| fault(*component).map_or(0.0, |(height, _)| height);
        let cause = behind
            .into_iter()
            .filter(|component| fault(*component).is_some_and(|(_, onset)| onset <= latest))
            .max_by(|one, other| height(one).total_cmp(&height(other)).then(other.cmp(one)));
        if let Some(by) = cause {
            let share = if known { BEHIND_IT } else { PERHAPS_BEHIND_IT };
            found.insert(*relay, Explanation { by, share, reason: Reason::HandsOn });
        }
    }
    found
}

/// Returns the weight and the onset of the worst trouble that a component has itself: failures, slowness, a resource that
/// runs short, or that it takes less work.
fn own_fault(suspect: &Suspect, scored: &[ScoredSeries]) -> Option<(f64, usize)> {
    let takes_less = shift_of(suspect, MetricKind::Traffic, scored).is_some_and(|load| load.times < 1.0);
    let is_fault = |kind: MetricKind| match kind {
        MetricKind::Traffic => takes_less,
        MetricKind::Backlog | MetricKind::Other => false,
        kind => !kind.is_load(),
    };
    let faults =
        suspect.metrics.iter().filter(|metric| is_fault(metric.kind) && metric.anomaly.score >= ABNORMAL);
    let worst = faults.max_by(|one, other| one.weight.total_cmp(&other.weight))?;
    Some((worst.weight, worst.anomaly.onset))
}
