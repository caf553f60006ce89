//! Finds failures that come and go: each is over after a sample, and none of them lasts.
//!
//! Of so many samples in a row, so many are far off (the scan statistic of Naus 1965, with the likelihood ratio of Kulldorff 1997).
//! How many are by chance the baseline tells, so that a metric that was like this before is as ever.

use crate::series::{anomaly::Anomaly, samples::ratio, timeline::Timeline};

/// A sample is far off from this anomaly score on.
pub(crate) const FAR: f64 = 4.0;
/// Each level that is looked at is so many times the one before, and there are so many.
const LEVEL_STEP: f64 = 4.0;
const MOST_LEVELS: usize = 6;
/// Two far samples are outliers still, where they do not follow each other.
const FEWEST: usize = 3;
/// The prior of a share (Jeffreys).
const PRIOR: f64 = 0.5;
/// Of longer windows the far samples before these are not looked at.
const MOST_FAR: usize = 60;

/// How often a metric was far off in its baseline.
#[derive(Debug, Clone, Default)]
pub(crate) struct UsualExcess {
    /// The far scores of the baseline, in no order.
    far: Vec<f64>,
    samples: usize,
}

impl UsualExcess {
    /// Takes the anomaly scores of the baseline, where the judged scores `by_step` have enough far ones to be compared.
    pub(crate) fn new(by_step: &[f64], baseline: impl Iterator<Item = f64>) -> Self {
        if by_step.iter().filter(|score| **score >= FAR).count() < FEWEST {
            return Self::default();
        }
        let mut samples = 0;
        let far = baseline.inspect(|_| samples += 1).filter(|score| *score >= FAR).collect();
        Self { far, samples }
    }

    /// Returns the share of the samples that chance puts beyond `level`.
    fn share(&self, level: f64) -> f64 {
        let beyond = self.far.iter().filter(|score| **score >= level).count();
        let samples = ratio(self.samples, 1);
        (ratio(beyond, 1) + PRIOR) / (samples + 2.0 * PRIOR)
    }
}

/// Finds the stretch of samples in which most more are far off than in the baseline; its score is as surprising as that is, and
/// never more than what the far samples are off.
pub(crate) fn intermittent_anomaly(
    by_step: &[f64],
    usual: &UsualExcess,
    timeline: &Timeline,
) -> Option<Anomaly> {
    if usual.samples == 0 {
        return None;
    }
    let samples: Vec<(usize, f64)> =
        by_step.iter().copied().enumerate().filter(|(_, score)| score.is_finite()).collect();
    let levels = std::iter::successors(Some(FAR), |level| Some(level * LEVEL_STEP)).take(MOST_LEVELS);
    let found = levels.filter_map(|level| at_level(&samples, level, usual.share(level), timeline));
    found.max_by(|one, other| one.score.total_cmp(&other.score))
}

fn at_level(samples: &[(usize, f64)], level: f64, usual: f64, timeline: &Timeline) -> Option<Anomaly> {
    let far: Vec<usize> =
        samples.iter().enumerate().filter(|(_, (_, score))| *score >= level).map(|(at, _)| at).collect();
    let far = far.get(far.len().saturating_sub(MOST_FAR)..)?;
    // So many stretches were looked at.
    let looked_at = 2.0 * ratio(samples.len(), 1).ln();
    let step = |at: usize| samples.get(at).map_or(0, |(step, _)| *step);
    let mut best: Option<Anomaly> = None;
    for (first, from) in far.iter().enumerate() {
        let onset = step(*from);
        if timeline.latest_onset.is_some_and(|latest| onset > latest) {
            break;
        }
        let mut least = f64::INFINITY;
        for (count, to) in (1..).zip(far.iter().skip(first)) {
            least = samples.get(*to).map_or(least, |(_, score)| least.min(*score));
            if count < FEWEST {
                continue;
            }
            let surprise = (deviance(count, to - from + 1, usual) - looked_at).max(0.0).sqrt();
            let score = surprise.min(least);
            if score > best.map_or(0.0, |best| best.score) {
                best = Some(Anomaly { score, onset, from: onset, to: step(*to) + 1 });
            }
        }
    }
    best
}

/// Twice the logarithm of how much likelier `count` of `length` are by their own share than by the usual one; 0 where they are fewer.
fn deviance(count: usize, length: usize, usual: f64) -> f64 {
    let share = ratio(count, length);
    if share <= usual {
        return 0.0;
    }
    let part = |seen: f64, expected: f64| if seen > 0.0 { seen * (seen / expected).ln() } else { 0.0 };
    2.0 * ratio(length, 1) * (part(share, usual) + part(1.0 - share, 1.0 - usual))
}
