//! Measures the similarity of two series' anomaly scores over time.

/// Scores up to this are noise.
const NOISE: f64 = 1.0;

/// Steps for which a score stands until the next: a quarter of an hour of minutes.
const MOST_FILLED: usize = 15;

/// Anomaly scores without gaps: each stands until the next one of its series, for at most [`MOST_FILLED`]
/// steps; 0 where nothing is known.
pub(crate) fn forward_filled(by_step: &[f64]) -> impl Iterator<Item = f64> {
    by_step.iter().scan((0.0, 0_usize), |(held, age), value| {
        (*held, *age) = if value.is_finite() { (*value, 0) } else { (*held, *age + 1) };
        Some(if *age < MOST_FILLED { *held } else { 0.0 })
    })
}

/// Compares two series of anomaly scores over the scored time, from 0 to 1: the cosine of what is beyond
/// chance in both, cut where more says nothing.
pub(crate) fn similarity(one: &[f64], other: &[f64]) -> f64 {
    const ENOUGH: f64 = 10.0;
    let beyond = |value: f64| (value - NOISE).clamp(0.0, ENOUGH);
    let (mut both, mut a, mut b) = (0.0, 0.0, 0.0);
    for (x, y) in forward_filled(one).map(beyond).zip(forward_filled(other).map(beyond)) {
        both += x * y;
        a += x * x;
        b += y * y;
    }
    let scale: f64 = f64::sqrt(a * b);
    if scale > 0.0 { (both / scale).clamp(0.0, 1.0) } else { 0.0 }
}
