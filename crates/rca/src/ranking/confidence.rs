//! Computes the confidence of each hypothesis: how often one that is given with it is right.
//!
//! ```text
//! confidence(i) = known × own × (BARELY_ABNORMAL + (1 − BARELY_ABNORMAL) × surprise) × score(i)^SHARPNESS / Σ score^SHARPNESS
//! surprise      = 1 − exp(−(weight − CHANCE) / SCALE)
//! ```
//!
//! The first factors are how often the cause is among what is abnormal at all, the last one shares it out. `own` is less than 1
//! where the first suspect may as well fail by something that nothing measured would show.
//! The constants were chosen so that the reliability table of the recorded incidents, as they are and
//! changed on purpose (`make bench-engine`), is about as confident as right; they are the same for all.

/// The share of incidents whose cause is among the abnormal components, with a call graph and without.
const WITH_GRAPH: f64 = 0.96;
const WITHOUT_GRAPH: f64 = 0.93;
/// The factor where the symptom itself is in its usual range.
const USUAL_SYMPTOM: f64 = 0.93;
/// The factor where the first suspect is barely abnormal.
const BARELY_ABNORMAL: f64 = 0.7;
const CHANCE: f64 = 2.0;
const SCALE: f64 = 4.0;
/// Scores are not chances: one twice as high is right far more than twice as often.
const SHARPNESS: f64 = 3.0;

/// The inputs of a confidence besides the scores.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConfidenceInputs {
    pub(crate) graph_known: bool,
    /// The symptom's own metric was scored, and abnormal.
    pub(crate) symptom_abnormal: bool,
    /// Robust standard deviations of the first.
    pub(crate) weight: f64,
    /// How likely it is the first one's own fault, and not that of an unobserved one behind it, from 0 to 1.
    pub(crate) own: f64,
}

/// One a score, in order; their sum is at most 1.
pub(crate) fn confidences(inputs: ConfidenceInputs, scores: &[f64]) -> Vec<f64> {
    let known = if inputs.graph_known { WITH_GRAPH } else { WITHOUT_GRAPH };
    let known = known * if inputs.symptom_abnormal { 1.0 } else { USUAL_SYMPTOM };
    let surprise = (1.0 - (-(inputs.weight - CHANCE) / SCALE).exp()).clamp(0.0, 1.0);
    let among = known * inputs.own * (BARELY_ABNORMAL + (1.0 - BARELY_ABNORMAL) * surprise);
    let most = scores.iter().copied().fold(0.0, f64::max);
    let share = |score: f64| if most > 0.0 { (score / most).clamp(0.0, 1.0).powf(SHARPNESS) } else { 0.0 };
    let all: f64 = scores.iter().map(|score| share(*score)).sum();
    scores.iter().map(|score| if all > 0.0 { among * share(*score) / all } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SURE: ConfidenceInputs =
        ConfidenceInputs { graph_known: true, symptom_abnormal: true, weight: 50.0, own: 1.0 };

    #[test]
    fn confidences_two_equal_causes_are_each_less_than_likely() {
        let both = confidences(SURE, &[3.0, 3.0]);
        assert!(both.iter().all(|confidence| *confidence < 0.5));
    }

    #[test]
    fn confidences_barely_abnormal_is_less_sure() {
        let sure = confidences(SURE, &[1.0]);
        let barely = confidences(ConfidenceInputs { weight: 4.0, ..SURE }, &[1.0]);
        assert!(barely < sure);
    }

    proptest! {
        #[test]
        fn confidences_any_scores_are_ordered_and_at_most_one(
            mut scores in prop::collection::vec(0.0..1e6_f64, 0..20),
            weight in 0.0..1e6_f64, graph_known: bool, symptom_abnormal: bool, own in 0.0..=1.0_f64,
        ) {
            scores.sort_by(|one, other| other.total_cmp(one));
            let found = confidences(ConfidenceInputs { graph_known, symptom_abnormal, weight, own }, &scores);
            prop_assert!(found.iter().all(|confidence| (0.0..=1.0).contains(confidence)));
            prop_assert!(found.iter().sum::<f64>() <= 1.0);
            prop_assert!(found.is_sorted_by(|one, other| one >= other));
        }
    }
}
