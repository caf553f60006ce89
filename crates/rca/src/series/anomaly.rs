//! Where a course of deviations is worst for longer than a moment.

use crate::series::timeline::Timeline;

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

/// The worst stretch that began no later than the symptom can have. A stretch is of samples: a series
/// may be sampled more coarsely than the symptom, and a missing sample is neither good nor bad.
pub(crate) fn peak(by_step: &[f64], timeline: &Timeline) -> Option<Peak> {
    let samples: Vec<(usize, f64)> =
        by_step.iter().copied().enumerate().filter(|(_, value)| value.is_finite()).collect();
    let stretch = (samples.len() / STRETCH_SHARE).clamp(SHORTEST_STRETCH, LONGEST_STRETCH);
    let stretches = samples.windows(stretch).enumerate().map(|(first, window)| {
        #[expect(clippy::cast_precision_loss, reason = "at most five")]
        let mean = window.iter().map(|(_, value)| value).sum::<f64>() / window.len() as f64;
        let least = window.iter().map(|(_, value)| *value).fold(f64::INFINITY, f64::min);
        (first, stretch, mean.min(CALMEST_TIMES * least))
    });
    let last = samples.len().checked_sub(1).zip(samples.last());
    let last = last
        .filter(|(_, (step, _))| step + 1 == by_step.len())
        .map(|(first, (_, value))| (first, 1, JUST_BEGUN * value));
    let mut best: Option<Peak> = None;
    for (first, count, height) in stretches.chain(last) {
        if height <= best.map_or(0.0, |best| best.height) {
            continue;
        }
        let step = |place: usize| samples.get(place).map_or(0, |(step, _)| *step);
        let onset = step(rise(&samples, first, height));
        if timeline.latest_onset.is_none_or(|latest| onset <= latest) {
            best = Some(Peak { height, onset, from: step(first), to: step(first + count - 1) + 1 });
        }
    }
    best
}

/// Walks back from the sample `from` to the one that it rose at, over a single calmer one.
fn rise(samples: &[(usize, f64)], from: usize, height: f64) -> usize {
    let high =
        |place: usize| samples.get(place).is_some_and(|(_, value)| *value >= CHANCE.max(RISE_SHARE * height));
    let mut first = from;
    while first > 0 {
        if high(first - 1) {
            first -= 1;
        } else if first > 1 && high(first - 2) {
            first -= 2;
        } else {
            break;
        }
    }
    first
}

/// `by_step` less what it already was before `onset`: that is no part of the incident.
pub(crate) fn risen(by_step: &[f64], onset: usize) -> Vec<f64> {
    let before = crate::series::statistics::Sorted::of(by_step.iter().take(onset).copied());
    let already = before.median().max(0.0);
    let already = if already.is_finite() { already } else { 0.0 };
    by_step.iter().map(|value| value - already).collect()
}

/// Steps for which a sample stands until the next: a quarter of an hour of minutes.
const MOST_CARRIED: usize = 15;

/// A course of deviations without holes: each sample stands until the next one of its series, for a
/// while; 0 where nothing is known.
pub(crate) fn carried(by_step: &[f64]) -> impl Iterator<Item = f64> {
    by_step.iter().scan((0.0, 0_usize), |(held, age), value| {
        (*held, *age) = if value.is_finite() { (*value, 0) } else { (*held, *age + 1) };
        Some(if *age < MOST_CARRIED { *held } else { 0.0 })
    })
}

/// How alike two courses of deviations are over the judged time, from 0 to 1: the cosine of what of
/// them is beyond chance, cut where more says nothing.
pub(crate) fn alike(one: &[f64], other: &[f64]) -> f64 {
    const ENOUGH: f64 = 10.0;
    let beyond = |value: f64| (value - CHANCE / 2.0).clamp(0.0, ENOUGH);
    let (mut both, mut a, mut b) = (0.0, 0.0, 0.0);
    for (x, y) in carried(one).map(beyond).zip(carried(other).map(beyond)) {
        both += x * y;
        a += x * x;
        b += y * y;
    }
    let scale: f64 = f64::sqrt(a * b);
    if scale > 0.0 { (both / scale).clamp(0.0, 1.0) } else { 0.0 }
}
