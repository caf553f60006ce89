//! Metrics that count failures: a share of requests where the number of requests is known, or a sum.
//! One failed request of ten says less than a hundred of a thousand, which no deviation of a share knows.

use std::collections::BTreeMap;

use crate::{
    incident_data::Series,
    series::{
        anomaly_scores::AnomalyScores,
        baseline::FEWEST,
        failure_rate::{FailureCount, FailureRate},
        intermittent::UsualExcess,
        metric_kind::MetricKind,
        samples::{Point, is_time},
        statistics::Sorted,
        timeline::Timeline,
        window_points::WindowPoints,
    },
};

/// Numbers of requests must be known for this part of the samples, or they are not used.
const KNOWN_SHARE: usize = 2;

/// `None` where nothing is counted. `requests`: those of the same component.
pub(crate) fn failure_scores(
    series: &Series,
    kind: MetricKind,
    points: &WindowPoints,
    requests: impl FnOnce() -> Option<WindowPoints>,
    timeline: &Timeline,
) -> Option<AnomalyScores> {
    let sum = series.is_sum();
    match kind {
        MetricKind::Availability | MetricKind::Errors if !sum => {
            let unit = unit_of_share(points)?;
            let good = if kind == MetricKind::Availability { unit } else { 0.0 };
            let failures = |share: f64, of: f64| ((share - good).abs() / unit * of).round();
            let requests = requests()?;
            let before = joined(&points.baseline, &requests.baseline, failures);
            let now = joined(&points.incident, &requests.incident, failures);
            let known = is_known(&before, &points.baseline) && is_known(&now, &points.incident);
            known.then(|| judge(points, &before, &now, timeline))?
        }
        MetricKind::Errors | MetricKind::Throttles if sum => {
            if let Some(requests) = requests() {
                let before = joined(&points.baseline, &requests.baseline, f64::min);
                let now = joined(&points.incident, &requests.incident, f64::min);
                let known = is_known(&before, &points.baseline) && is_known(&now, &points.incident);
                if known && before.len() >= FEWEST {
                    return judge(points, &before, &now, timeline);
                }
            }
            // What was looked for and not published was none.
            let times = series.baseline.times.iter().copied().filter(|at| is_time(*at));
            let mut before: BTreeMap<i64, f64> = times.map(|at| (at, 0.0)).collect();
            before.extend(points.baseline.iter().copied());
            let before: Vec<Point> = before.into_iter().collect();
            judge(points, &each(&before), &each(&points.incident), timeline)
        }
        _ => None,
    }
}

fn is_known(some: &[(i64, FailureCount)], all: &[Point]) -> bool {
    some.len() * KNOWN_SHARE >= all.len()
}

fn each(points: &[Point]) -> Vec<(i64, FailureCount)> {
    points.iter().map(|(at, failures)| (*at, FailureCount { failures: *failures, exposure: 1.0 })).collect()
}

/// 1 or 100: what all is in a share or a percentage; `None` of what is neither.
fn unit_of_share(points: &WindowPoints) -> Option<f64> {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for (_, value) in points.baseline.iter().chain(&points.incident) {
        (low, high) = (low.min(*value), high.max(*value));
    }
    match (low, high) {
        (0.0.., ..=1.0) => Some(1.0),
        (0.0.., ..=100.0) => Some(100.0),
        _ => None,
    }
}

/// Two series at the times that both have.
fn joined(
    points: &[Point],
    requests: &[Point],
    failures: impl Fn(f64, f64) -> f64,
) -> Vec<(i64, FailureCount)> {
    let mut requests = requests.iter().peekable();
    let mut joined = Vec::with_capacity(points.len());
    for (at, value) in points {
        while requests.next_if(|(time, _)| time < at).is_some() {}
        if let Some((_, exposure)) = requests.peek().filter(|(time, _)| time == at) {
            joined.push((*at, FailureCount { failures: failures(*value, *exposure), exposure: *exposure }));
        }
    }
    joined
}

fn judge(
    points: &WindowPoints,
    before: &[(i64, FailureCount)],
    now: &[(i64, FailureCount)],
    timeline: &Timeline,
) -> Option<AnomalyScores> {
    let split = timeline.split(&points.baseline, &points.incident);
    let late = split.judged.first()?.0..timeline.incident;
    let mut reference = Vec::with_capacity(before.len());
    reference.extend(before.iter().filter(|(at, _)| !late.contains(at)).copied());
    let rate = FailureRate::from_times(&reference)?;
    let judged: Vec<Point> = before
        .iter()
        .filter(|(at, _)| late.contains(at))
        .chain(now)
        .map(|(at, count)| (*at, rate.deviations(*count)))
        .collect();
    let level = Sorted::new(split.reference.iter().map(|(_, value)| *value)).median();
    // What was never published was none.
    let level = if level.is_finite() { level } else { 0.0 };
    let by_step = timeline.means(&judged);
    let usual_excess = UsualExcess::new(&by_step, reference.iter().map(|(_, count)| rate.deviations(*count)));
    Some(AnomalyScores {
        by_step,
        usual_excess,
        values: timeline.means(&split.judged),
        expected: vec![level; timeline.steps],
        baseline_adjoins: split.baseline_adjoins,
    })
}
