//! Weighs how likely the first suspect's fault is its own.
//!
//! A component takes its time by working or by waiting (Gregg's USE method, 2013). Where what it works with is measured and calm,
//! it waits: within itself, or for a callee, or on the way there, where nothing that was measured would show it. And requests that
//! end at a component end there by its own fault, or by that of another that it called before. Where nothing tells these places
//! apart, each is as likely (the principle of indifference), as far as it can be the cause at all.

use crate::{
    changes::triggers::ChangeHistory,
    ranking::{
        abnormal::ABNORMAL,
        observations::Observations,
        suspects::{Suspect, is_failing},
        unobserved::{ONLY_THE_WAY, behind},
    },
    series::metric_kind::MetricKind,
};

/// Returns the share, from 0 to 1; 1 where nothing speaks against the suspect itself.
pub(crate) fn own_share(observed: &Observations<'_>, history: &ChangeHistory<'_>) -> f64 {
    let Some(first) = observed.ranking.first() else { return 1.0 };
    let Some((suspect, worst)) =
        observed.suspect(first.component).and_then(|suspect| Some((suspect, suspect.worst()?)))
    else {
        return 1.0;
    };
    let began = observed.timeline.time(worst.anomaly.onset);
    let has_reason = suspect.has_errors_of_its_own
        || suspect.runs_short()
        || history.just_changed(observed.graph.name(first.component), began);
    if has_reason || !(waits(observed, first.component, suspect) || fails_on_the_way(suspect)) {
        return 1.0;
    }
    let others: f64 = if observed.graph.known {
        behind(observed, first).iter().map(|callee| callee.plausibility).sum()
    } else {
        // Anything may be what it calls.
        (1..observed.graph.len()).map(|_| ONLY_THE_WAY).sum()
    };
    1.0 / (1.0 + others)
}

/// Returns true for a component that is slow, and works with what is measured and calm.
fn waits(observed: &Observations<'_>, component: usize, suspect: &Suspect) -> bool {
    let is_slow = suspect.worst().is_some_and(|worst| worst.kind == MetricKind::Latency);
    let is_measured = observed.scored.iter().filter(|one| one.kind == MetricKind::Cpu).any(|one| {
        let series = observed.data.series.get(one.series).filter(|series| series.caller.is_none());
        series.and_then(|series| observed.graph.index(&series.component)) == Some(component)
    });
    is_slow && is_measured
}

/// Returns true for a component that fails, and calls less for it.
fn fails_on_the_way(suspect: &Suspect) -> bool {
    let fails = suspect.worst().is_some_and(|worst| is_failing(worst.kind) && worst.weight >= ABNORMAL);
    fails && suspect.ends_requests()
}
