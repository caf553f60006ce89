//! Finds the change point of a series: its worst anomaly that lasts, and the step in which that began.

use crate::series::{
    anomaly::Anomaly,
    intermittent::{FAR, UsualExcess, intermittent_anomaly},
    statistics::Sorted,
    timeline::Timeline,
};

/// Of a long window, a stretch is a twentieth, within these bounds: two samples tell more than one
/// outlier, and five steps of one second are no moment.
const STRETCH_SHARE: usize = 20;
const SHORTEST_STRETCH: usize = 2;
const LONGEST_STRETCH: usize = 5;
/// A stretch is worth at most this many times its calmest step: one wild sample is an outlier.
const CALMEST_TIMES: f64 = 2.0;
/// The factor of a single sample at the very end: it may be an outlier, and it may be that the incident
/// has only just begun.
const JUST_BEGUN: f64 = 0.5;
/// The onset is where the scores reach this share of the anomaly's, and never below what chance does.
const RISE_SHARE: f64 = 0.25;
const CHANCE: f64 = 2.0;

/// Finds the worst stretch, of samples that last or of such that come and go, that began no later than the symptom can have.
pub(crate) fn worst_anomaly(by_step: &[f64], usual: &UsualExcess, timeline: &Timeline) -> Option<Anomaly> {
    let lasting = worst_lasting(by_step, timeline);
    // What lasts tells better when it was.
    if lasting.is_some_and(|lasting| lasting.score >= FAR) {
        return lasting;
    }
    let coming_and_going = intermittent_anomaly(by_step, usual, timeline);
    [coming_and_going, lasting].into_iter().flatten().max_by(|one, other| one.score.total_cmp(&other.score))
}

/// Finds the worst stretch that began no later than the symptom can have. A stretch is of samples: a series
/// may be sampled more coarsely than the symptom, and a missing sample is neither good nor bad.
fn worst_lasting(by_step: &[f64], timeline: &Timeline) -> Option<Anomaly> {
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
    let mut best: Option<Anomaly> = None;
    for (first, count, score) in stretches.chain(last) {
        if score <= best.map_or(0.0, |best| best.score) {
            continue;
        }
        let step = |place: usize| samples.get(place).map_or(0, |(step, _)| *step);
        let onset = step(onset(&samples, first, score));
        if timeline.latest_onset.is_none_or(|latest| onset <= latest) {
            best = Some(Anomaly { score, onset, from: step(first), to: step(first + count - 1) + 1 });
        }
    }
    best
}

/// Walks back from the sample `from` to the one in which the rise to it began, over a single calmer one.
fn onset(samples: &[(usize, f64)], from: usize, score: f64) -> usize {
    let high =
        |place: usize| samples.get(place).is_some_and(|(_, value)| *value >= CHANCE.max(RISE_SHARE * score));
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

/// Takes from `by_step` the level that it already had before `onset`: that is no part of the incident.
pub(crate) fn less_prior_level(by_step: &[f64], onset: usize) -> Vec<f64> {
    let before = Sorted::new(by_step.iter().take(onset).copied());
    let already = before.median().max(0.0);
    let already = if already.is_finite() { already } else { 0.0 };
    by_step.iter().map(|value| value - already).collect()
}
