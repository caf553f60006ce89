//! Bounds how much of a caller's delay a callee can make.

use crate::{ranking::suspects::Suspect, series::metric_kind::MetricKind};

/// The delay of a caller that is allowed for beyond its callee's: medians do not add as means do.
const SLACK: f64 = 2.0;

/// Returns the share, at most 1, of the delay of the component `of` that its callee can make, where both are slow. The time of a
/// callee is a part of its caller's, so that the caller cannot have become slower by a larger factor than what it waits for (an
/// end-to-end latency budget). It is a law of factors: the unit that either is measured in does not matter.
pub(crate) fn budget_share(suspects: &[Suspect], callee: usize, of: usize) -> f64 {
    let slower_by = |component: usize| {
        let worst = suspects.get(component).and_then(Suspect::worst);
        worst.filter(|worst| worst.kind == MetricKind::Latency).map_or(f64::NAN, |worst| worst.times - 1.0)
    };
    let whole = slower_by(of);
    let share = SLACK * slower_by(callee) / whole;
    if share.is_finite() && whole > 0.0 { share.clamp(0.0, 1.0) } else { 1.0 }
}
