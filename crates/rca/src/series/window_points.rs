//! Sorts one series' points into baseline and incident, with sums brought to one period.

use crate::{
    incident_data::{Samples, Series},
    series::samples::{Point, is_time, points, usual_gap},
};

/// Sampling gaps of baseline and incident that differ by less are one sampling with holes.
const SAME_SAMPLING: f64 = 1.5;

/// Seconds between the times that were asked for, values or not.
fn sampling_period(samples: &Samples) -> Option<f64> {
    let times: Vec<Point> = samples.times.iter().filter(|at| is_time(**at)).map(|at| (*at, 0.0)).collect();
    usual_gap(&times)
}

/// A series' samples on both sides of the incident's start, sorted; sums are brought to one period.
#[derive(Debug, Default)]
pub(crate) struct WindowPoints {
    pub(crate) baseline: Vec<Point>,
    pub(crate) incident: Vec<Point>,
}

impl WindowPoints {
    pub(crate) fn new(series: &Series) -> Self {
        let (baseline, mut incident) = (points(&series.baseline), points(&series.incident));
        if series.is_sum()
            && let Some(longer) = sampling_period(&series.baseline)
                .zip(sampling_period(&series.incident))
                .map(|(was, is)| was / is)
            && !(1.0 / SAME_SAMPLING..=SAME_SAMPLING).contains(&longer)
        {
            // A sum over five minutes is five times that of one.
            for (_, sum) in &mut incident {
                *sum *= longer;
            }
        }
        Self { baseline, incident }
    }
}
