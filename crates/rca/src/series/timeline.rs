//! Divides the incident's time into equal steps, and a series into its baseline and the samples to judge.

use crate::{
    incident_data::{IncidentData, Samples},
    series::{
        samples::{Point, is_time, points, seconds, usual_gap},
        statistics::Sorted,
    },
};

/// An alarm may come this late: what directly precedes the incident is judged, not learnt from.
const LATENESS_SECONDS: i64 = 900;
/// However short the baseline, most of it stays one.
const LARGEST_LATE_SHARE: usize = 3;
/// Samples further apart than this many usual gaps do not belong to one stretch of time.
const STRETCH_GAPS: i64 = 3;
/// Steps beyond this are no finer than anybody could use.
const MOST_STEPS: i64 = 4_096;
/// The step where no series has two samples to learn it from: CloudWatch's usual one.
const DEFAULT_PERIOD: i64 = 60;

/// Steps from `start`, `period` seconds each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timeline {
    pub(crate) start: i64,
    pub(crate) period: i64,
    pub(crate) steps: usize,
    /// The first sample of the incident's window.
    pub(crate) incident: i64,
    /// The step in which it was noticed, where that is known.
    pub(crate) detected: Option<usize>,
    /// The last step in which what was noticed may have begun, where it is known when it was noticed.
    pub(crate) latest_onset: Option<usize>,
}

/// A series' samples, split.
#[derive(Debug, Default)]
pub(crate) struct SplitSamples {
    /// The baseline is learnt from these.
    pub(crate) reference: Vec<Point>,
    /// These are judged.
    pub(crate) judged: Vec<Point>,
    /// The reference leads right up to the judged samples, so that a trend goes on.
    pub(crate) baseline_adjoins: bool,
}

impl Timeline {
    /// Derives the steps; `None` where no series has a sample in the incident. The symptom's own series tell when the incident
    /// is and how finely it was sampled; where there are none, most of the others do.
    pub(crate) fn new(data: &IncidentData) -> Option<Self> {
        let spans = |own: bool| -> Vec<SampledSpan> {
            let change_on = data.series.iter().filter(|series| !own || data.is_symptom_metric(series));
            change_on.map(|series| &series.incident).filter_map(SampledSpan::from_samples).collect()
        };
        let of_symptom = spans(true);
        let spans = if of_symptom.is_empty() { spans(false) } else { of_symptom };
        let most = |time: fn(&SampledSpan) -> f64| Sorted::new(spans.iter().map(time)).median();
        let (first, last) = (most(|span| span.first), most(|span| span.last));
        if first.is_nan() {
            return None;
        }
        let period = spans.iter().filter_map(|span| span.period).reduce(f64::min);
        #[expect(clippy::cast_possible_truncation, reason = "they are times and a difference of times")]
        let (first, last, period) = (
            first.floor() as i64,
            last.ceil() as i64,
            period.map_or(DEFAULT_PERIOD, |period| period.round().max(1.0) as i64),
        );
        let period = period.max(last.saturating_sub(first).saturating_add(LATENESS_SECONDS) / MOST_STEPS + 1);

        // Steps count from the incident's first sample, so that its samples lie one a step.
        let earliest = data.series.iter().filter_map(|series| earliest_late(&series.baseline, first)).min();
        let before = first.saturating_sub(earliest.unwrap_or(first)) / period;
        let start = first.saturating_sub(before * period);
        let steps = usize::try_from(last.saturating_sub(start) / period).unwrap_or(0) + 1;
        let timeline = Self { start, period, steps, incident: first, detected: None, latest_onset: None };
        let step = |time: i64| timeline.step(time.min(last)).unwrap_or(0);
        let detected = data.symptom.detected_at.map(jiff::Timestamp::as_second);
        let slack = LATENESS_SECONDS.max(2 * period);
        let latest_onset = detected.map(|at| step(at.saturating_add(slack)));
        Some(Self { detected: detected.map(step), latest_onset, ..timeline })
    }

    /// The step that `time` is in.
    pub(crate) fn step(&self, time: i64) -> Option<usize> {
        let since = time.checked_sub(self.start).filter(|since| *since >= 0)?;
        usize::try_from(since / self.period).ok().filter(|step| *step < self.steps)
    }

    /// Returns the time when `step` begins, in Unix seconds.
    pub(crate) fn time(&self, step: usize) -> i64 {
        let steps = i64::try_from(step).unwrap_or(i64::MAX);
        self.start.saturating_add(steps.saturating_mul(self.period))
    }

    /// Mean value a step; NaN where there is none.
    pub(crate) fn means(&self, judged: &[Point]) -> Vec<f64> {
        let mut means = vec![f64::NAN; self.steps];
        let mut counts = vec![0.0; self.steps];
        for (at, value) in judged {
            let Some(step) = self.step(*at) else { continue };
            if let Some((mean, count)) = means.get_mut(step).zip(counts.get_mut(step)) {
                *count += 1.0;
                *mean = if *count > 1.0 { *mean + (value - *mean) / *count } else { *value };
            }
        }
        means
    }

    /// The end of a baseline that runs into the incident is judged with it.
    pub(crate) fn split(&self, baseline: &[Point], incident: &[Point]) -> SplitSamples {
        let end = self.time(self.steps);
        let began = incident.first().map_or(self.incident, |(at, _)| (*at).max(self.incident));
        let mut reference = Vec::with_capacity(baseline.len());
        reference.extend(baseline.iter().copied().filter(|(at, _)| *at < began || *at >= end));
        let before = reference.partition_point(|(at, _)| *at < began);
        let most_late = reference.len() / LARGEST_LATE_SHARE;
        // A series of its own, coarser sampling is no less whole.
        #[expect(clippy::cast_possible_truncation, reason = "it is a difference of times")]
        let gap = usual_gap(baseline).map_or(0, |gap| gap.round() as i64).max(self.period);
        let near = |earlier: i64, later: i64| later.saturating_sub(earlier) <= STRETCH_GAPS * gap;
        let mut first_judged = began;
        let mut from = before;
        for (at, _) in reference.get(..before).unwrap_or_default().iter().rev().take(most_late) {
            if *at < self.start || !near(*at, first_judged) {
                break;
            }
            first_judged = *at;
            from -= 1;
        }
        let mut judged: Vec<Point> = reference.drain(from..before).collect();
        judged.extend_from_slice(incident);
        let last = from.checked_sub(1).and_then(|last| reference.get(last));
        let baseline_adjoins = last.is_some_and(|(at, _)| near(*at, first_judged));
        SplitSamples { reference, judged, baseline_adjoins }
    }
}

/// Holds the time that a series was sampled in.
struct SampledSpan {
    /// Unix seconds of the first and the last time, values or not.
    first: f64,
    last: f64,
    /// Seconds between neighbouring values, mostly.
    period: Option<f64>,
}

impl SampledSpan {
    /// Returns `None` for a series without a value.
    fn from_samples(samples: &Samples) -> Option<Self> {
        let points = points(samples);
        let (first, last) = (points.first()?.0, points.last()?.0);
        let times = || samples.times.iter().copied().take(samples.values.len()).filter(|at| is_time(*at));
        Some(Self {
            first: seconds(times().min().unwrap_or(first)),
            last: seconds(times().max().unwrap_or(last)),
            period: usual_gap(&points),
        })
    }
}

/// The first of a baseline's samples that lie so shortly before the incident that an alarm may have missed them.
fn earliest_late(baseline: &Samples, incident: i64) -> Option<i64> {
    let late = incident.saturating_sub(LATENESS_SECONDS)..incident;
    baseline.times.iter().copied().filter(|at| late.contains(at)).min()
}
