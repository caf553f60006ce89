//! Computes the anomaly scores of one series.

use crate::series::intermittent::UsualExcess;

/// The distance of a series from its baseline, step by step.
#[derive(Debug, Clone)]
pub(crate) struct AnomalyScores {
    /// Robust standard deviations from the baseline in each step, positive where the metric is worse; NaN where
    /// there is no sample.
    pub(crate) by_step: Vec<f64>,
    /// Mean value in each step, in the metric's own unit; NaN where there is no sample.
    pub(crate) values: Vec<f64>,
    /// The baseline's value for each step, in the metric's own unit.
    pub(crate) expected: Vec<f64>,
    /// How often the baseline was as far off.
    pub(crate) usual_excess: UsualExcess,
    /// The baseline leads right up to the scored samples.
    pub(crate) baseline_adjoins: bool,
}
