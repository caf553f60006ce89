//! Where a course of deviations is worst for longer than a moment.

use crate::timeline::Timeline;

/// The worst stretch of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Peak {
    /// Robust standard deviations, kept up over the stretch.
    pub(crate) height: f64,
    /// The step in which the rise to it began.
    pub(crate) onset: usize,
    /// The worst stretch itself.
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// Of a long window, a stretch is a twentieth, within these bounds: two samples tell more than one
/// outlier, and five steps of one second are no moment.
const STRETCH_SHARE: usize = 20;
const SHORTEST_STRETCH: usize = 2;
const LONGEST_STRETCH: usize = 5;
/// A stretch is worth at most this many times its calmest step: one wild sample is an outlier.
const CALMEST_TIMES: f64 = 2.0;
/// What a single sample at the very end is worth: it may be an outlier, and it may be that the incident
/// has only just begun.
const JUST_BEGUN: f64 = 0.5;
/// A rise belongs to the peak from where it is this part of its height, and never below what chance does.
const RISE_SHARE: f64 = 0.25;
const CHANCE: f64 = 2.0;

/// The worst stretch that began no later than the symptom can have.
pub(crate) fn peak(by_step: &[f64], timeline: &Timeline) -> Option<Peak> {
    let judged = by_step.iter().filter(|value| value.is_finite()).count();
    let stretch = (judged / STRETCH_SHARE).clamp(SHORTEST_STRETCH, LONGEST_STRETCH).min(judged).max(1);
    // A missing sample is not known to be abnormal.
    let calm = |value: &f64| if value.is_finite() { *value } else { 0.0 };
    let stretches = by_step.windows(stretch).enumerate().map(|(from, window)| {
        #[expect(clippy::cast_precision_loss, reason = "at most five")]
        let mean = window.iter().map(calm).sum::<f64>() / window.len() as f64;
        let least = window.iter().map(calm).fold(f64::INFINITY, f64::min);
        (from, from + stretch, mean.min(CALMEST_TIMES * least))
    });
    let last = by_step.len().checked_sub(1).zip(by_step.last().map(calm));
    let last = last.map(|(from, value)| (from, from + 1, JUST_BEGUN * value));
    let mut best: Option<Peak> = None;
    for (from, to, height) in stretches.chain(last) {
        if height <= best.map_or(0.0, |best| best.height) {
            continue;
        }
        let onset = onset(by_step, from, height);
        if timeline.latest_onset.is_none_or(|latest| onset <= latest) {
            best = Some(Peak { height, onset, from, to });
        }
    }
    best
}

/// Walks back from the peak to where it rose, over a single missing or calmer step.
fn onset(by_step: &[f64], from: usize, height: f64) -> usize {
    let high = |step: usize| by_step.get(step).is_some_and(|value| *value >= CHANCE.max(RISE_SHARE * height));
    let mut onset = from;
    while onset > 0 {
        if high(onset - 1) {
            onset -= 1;
        } else if onset > 1 && high(onset - 2) {
            onset -= 2;
        } else {
            break;
        }
    }
    onset
}

/// `by_step` less what it already was before `onset`: that is no part of the incident.
pub(crate) fn risen(by_step: &[f64], onset: usize) -> Vec<f64> {
    let before = crate::statistics::Sorted::of(by_step.iter().take(onset).copied());
    let already = before.median().max(0.0);
    let already = if already.is_finite() { already } else { 0.0 };
    by_step.iter().map(|value| value - already).collect()
}

/// How alike two courses of deviations are over the judged time, from 0 to 1: the cosine of what of
/// them is beyond chance, cut where more says nothing.
pub(crate) fn alike(one: &[f64], other: &[f64]) -> f64 {
    const ENOUGH: f64 = 10.0;
    let beyond =
        |value: &f64| if value.is_finite() { (value - CHANCE / 2.0).clamp(0.0, ENOUGH) } else { 0.0 };
    let (mut both, mut a, mut b) = (0.0, 0.0, 0.0);
    for (x, y) in one.iter().map(beyond).zip(other.iter().map(beyond)) {
        both += x * y;
        a += x * x;
        b += y * y;
    }
    let scale = (a * b).sqrt();
    if scale > 0.0 { (both / scale).clamp(0.0, 1.0) } else { 0.0 }
}
