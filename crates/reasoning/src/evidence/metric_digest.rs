//! Digests a metric: its series before and during the incident, in a few numbers.

use common::{Observed, findings::MetricDigest, telemetry::MetricSeries};
use rca::statistics::{MAD_TO_DEVIATION, median};

use crate::evidence::evidence_window::EvidenceWindow;

/// Returns the series of one reading as evidence, a digest each.
pub fn observed_metrics(series: &[MetricSeries], window: &EvidenceWindow) -> Observed {
    Observed::Metrics {
        from: window.sampling.from,
        incident_from: window.incident_from,
        to: window.sampling.to,
        period_seconds: window.sampling.period_seconds,
        series: series.iter().map(|series| digest_series(series, window)).collect(),
    }
}

/// Returns the digest of one series: medians, their distance in robust standard deviations, and a sparkline.
pub fn digest_series(series: &MetricSeries, window: &EvidenceWindow) -> MetricDigest {
    let (baseline, incident) = split_at_incident(series, window);
    let values = |samples: &[(i64, f64)]| -> Vec<f64> { samples.iter().map(|(_, value)| *value).collect() };
    let (before, during) = (values(&baseline), values(&incident));
    let medians = median_of(&before).zip(median_of(&during));
    MetricDigest {
        resource: series.resource.clone(),
        metric: series.metric.clone(),
        statistic: series.statistic.clone(),
        baseline_samples: u32::try_from(before.len()).unwrap_or(u32::MAX),
        incident_samples: u32::try_from(during.len()).unwrap_or(u32::MAX),
        baseline: median_of(&before),
        incident: median_of(&during),
        last: incident.iter().chain(&baseline).max_by_key(|(at, _)| *at).map(|(_, value)| *value),
        sparkline: sparkline(&before, &during),
        within_usual: within(&before, &during),
        deviations: medians.and_then(|(before_is, during_is)| {
            let spread = median(before.iter().map(|value| (value - before_is).abs()))?;
            let deviations = (during_is - before_is) / (spread * MAD_TO_DEVIATION);
            deviations.is_finite().then_some(deviations)
        }),
    }
}

/// Returns true if there are samples of both, and none of `during` is below or above all of `before`.
fn within(before: &[f64], during: &[f64]) -> bool {
    let least = before.iter().copied().fold(f64::INFINITY, f64::min);
    let most = before.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    !during.is_empty() && during.iter().all(|value| (least..=most).contains(value))
}

/// The characters of a sparkline that show the baseline, and those that show the incident.
const BEFORE_CHARS: usize = 16;
const DURING_CHARS: usize = 12;

/// The series' shape: medians of equal parts between the least and the greatest of them, the incident
/// after a bar. Empty where nothing varies.
fn sparkline(before: &[f64], during: &[f64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let (before, during) = (parts(before, BEFORE_CHARS), parts(during, DURING_CHARS));
    let all = || before.iter().chain(&during).copied();
    let (least, most) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
    let range = most - least;
    if !(range > 0.0 && range.is_finite()) {
        return String::new();
    }
    let bar = |value: &f64| {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 7")]
        let step = (((value - least) / range) * 7.0).round() as usize;
        BARS.get(step).copied().unwrap_or(' ')
    };
    before.iter().map(bar).chain(['|']).chain(during.iter().map(bar)).collect()
}

/// At most `most` medians of equally many values each, in order.
fn parts(values: &[f64], most: usize) -> Vec<f64> {
    let size = values.len().div_ceil(most).max(1);
    values.chunks(size).filter_map(median_of).collect()
}

/// Values by Unix second.
type TimedValues = Vec<(i64, f64)>;

/// Returns a series' finite samples before and during the incident, each by time.
pub fn split_at_incident(series: &MetricSeries, window: &EvidenceWindow) -> (TimedValues, TimedValues) {
    let mut samples: TimedValues =
        series.samples.iter().copied().filter(|(_, value)| value.is_finite()).collect();
    samples.sort_by_key(|(at, _)| *at);
    samples.into_iter().partition(|(at, _)| *at < window.incident_from.as_second())
}

fn median_of(values: &[f64]) -> Option<f64> {
    median(values.iter().copied())
}

#[cfg(test)]
mod tests {
    use fakes::sample;
    use proptest::prelude::*;

    use super::*;

    fn window() -> EvidenceWindow {
        EvidenceWindow::new(&sample::alarm_signal("event-1", "x"), sample::at())
    }

    fn series(samples: Vec<(i64, f64)>) -> MetricSeries {
        let (metric, statistic) = ("Duration".to_owned(), "Average".to_owned());
        MetricSeries { resource: None, metric, statistic, samples }
    }

    #[test]
    fn digest_is_medians_and_the_distance_between_them() {
        let start = window().incident_from.as_second();
        let samples = vec![
            (start - 120, 9.0),
            (start + 60, 61.0),
            (start, 60.0),
            (start - 60, 11.0),
            (start - 180, 10.0),
        ];
        let digest = digest_series(&series(samples), &window());
        assert_eq!((digest.baseline_samples, digest.incident_samples), (3, 2));
        assert_eq!((digest.baseline, digest.incident, digest.last), (Some(10.0), Some(60.5), Some(61.0)));
        assert!((digest.deviations.unwrap() - 50.5 / 1.4826).abs() < 1e-9);
    }

    #[test]
    fn digest_within_usual_is_no_sample_beyond_all_before() {
        for (before, during, expected) in [
            (&[0.0, 3.0, 1.0][..], &[2.0, 3.0][..], true),
            (&[0.0, 3.0, 1.0], &[2.0, 3.5], false),
            (&[5.0, 5.0], &[4.0], false),
            (&[5.0], &[], false),
            (&[], &[5.0], false),
        ] {
            assert_eq!(within(before, during), expected, "{before:?} {during:?}");
        }
    }

    #[test]
    fn digest_of_a_baseline_that_does_not_vary_has_no_deviations() {
        let start = window().incident_from.as_second();
        let digest = digest_series(&series(vec![(start - 60, 0.0), (start, 7.0)]), &window());
        assert_eq!((digest.deviations, digest.incident), (None, Some(7.0)));
    }

    proptest! {
        #[test]
        fn digest_of_any_samples_can_be_stored(
            samples in prop::collection::vec((-7_200i64..7_200, any::<f64>()), 0..20),
        ) {
            let start = window().incident_from.as_second();
            let samples = samples.into_iter().map(|(at, value)| (start + at, value)).collect();
            let digest = digest_series(&series(samples), &window());
            let json = serde_json::to_string(&digest).unwrap();
            let read: MetricDigest = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(read.baseline.is_some(), digest.baseline.is_some());
        }
    }
}
