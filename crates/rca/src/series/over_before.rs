//! Leaves out of the judged samples what was over before the symptom began.
//!
//! An alarm may be late, so that the minutes before the incident are judged with it. An earlier incident may have ended in
//! them: an effect does not outlast its cause by several calm samples (the temporal precedence of a cause, as in Granger
//! 1969, has an upper bound too).

use crate::series::{anomaly_scores::AnomalyScores, timeline::Timeline, worst_anomaly::worst_anomaly};

/// An anomaly score below this is ordinary for a single sample.
pub(crate) const CALM: f64 = 3.0;
/// So many calm samples in a row end an anomaly: fewer lie between the failures of one that comes and goes.
pub(crate) const CALM_SAMPLES: usize = 3;

/// Returns the step in which the anomaly of the symptom's own metric, with `scores`, began; the first step of the
/// incident's window where it has none. `None` where it is abnormal before the window alone: then the alarm is late, and
/// nothing is known to be over. `abnormal` is the least score of an anomaly.
pub(crate) fn symptom_onset(scores: &AnomalyScores, timeline: &Timeline, abnormal: f64) -> Option<usize> {
    let AnomalyScores { by_step, usual_excess, .. } = scores;
    let window = timeline.step(timeline.incident).unwrap_or(0);
    let is_abnormal =
        |scores: &[f64]| worst_anomaly(scores, usual_excess, timeline).filter(|one| one.score >= abnormal);
    let in_window: Vec<f64> = by_step
        .iter()
        .enumerate()
        .map(|(step, score)| if step < window { f64::NAN } else { *score })
        .collect();
    match is_abnormal(&in_window) {
        Some(found) => {
            let since = over_until(by_step, found.onset);
            let still: Vec<f64> = by_step
                .iter()
                .enumerate()
                .map(|(step, score)| if step < since { f64::NAN } else { *score })
                .collect();
            Some(is_abnormal(&still).map_or(found.onset, |anomaly| anomaly.onset.min(found.onset)))
        }
        None => is_abnormal(by_step).is_none().then_some(window),
    }
}

/// Returns the first step of the last calm samples before `onset`, where something before them is not calm: that is over. 0
/// where nothing is.
pub(crate) fn over_until(by_step: &[f64], onset: usize) -> usize {
    let mut calm = 0;
    let before = by_step.iter().enumerate().take(onset).rev().filter(|(_, score)| score.is_finite());
    for (step, score) in before {
        calm = if *score < CALM { calm + 1 } else { 0 };
        if calm == CALM_SAMPLES {
            let is_over = by_step.iter().take(step).any(|score| *score >= CALM);
            return if is_over { step } else { 0 };
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn over_until_table() {
        for (scores, onset, expected) in [
            (&[9.0, 9.0, 0.0, 0.0, 0.0, 9.0][..], 5, 2),
            (&[9.0, 0.0, 0.0, 0.0, 0.0, 9.0], 5, 2),
            (&[9.0, 9.0, 0.0, 0.0, 9.0, 9.0], 4, 0),
            (&[9.0, 0.0, f64::NAN, 0.0, 0.0, 9.0], 5, 1),
            (&[9.0, 0.0, 0.0, 0.0, 9.0, 9.0], 6, 1),
            (&[0.0, 9.0], 1, 0),
            (&[], 0, 0),
        ] {
            assert_eq!(over_until(scores, onset), expected, "{scores:?}");
        }
    }

    proptest! {
        #[test]
        fn over_until_never_leaves_out_the_anomaly_that_goes_on(
            calm in prop::collection::vec(0.0..2.9_f64, 0..9), going_on in prop::collection::vec(3.0..99.0_f64, 1..9),
        ) {
            let scores: Vec<f64> = calm.iter().chain(&going_on).copied().collect();
            prop_assert!(over_until(&scores, scores.len()) <= calm.len());
        }
    }
}
