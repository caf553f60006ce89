//! Metrics that count failures: a share of requests where the number of requests is known, or a sum.
//! One failed request of ten says less than a hundred of a thousand, which no deviation of a share knows.

use std::collections::BTreeMap;

use crate::{
    incident_data::Series,
    series::baseline::FEWEST,
    series::failure_rate::{Count, Rate},
    series::metric_kind::Kind,
    series::samples::{Point, is_time},
    series::scored_series::{Judged, Sides, is_sum},
    series::statistics::Sorted,
    series::timeline::Timeline,
};

/// Numbers of requests must be known for this part of the samples, or they are not used.
const KNOWN_SHARE: usize = 2;

/// `None` where nothing is counted. `requests`: those of the same component.
pub(crate) fn counted(
    series: &Series,
    kind: Kind,
    sides: &Sides,
    requests: impl FnOnce() -> Option<Sides>,
    timeline: &Timeline,
) -> Option<Judged> {
    let sum = is_sum(&series.statistic);
    match kind {
        Kind::Availability | Kind::Errors if !sum => {
            let unit = unit_of_share(sides)?;
            let good = if kind == Kind::Availability { unit } else { 0.0 };
            let failures = |share: f64, of: f64| ((share - good).abs() / unit * of).round();
            let requests = requests()?;
            let before = joined(&sides.baseline, &requests.baseline, failures);
            let now = joined(&sides.incident, &requests.incident, failures);
            let known = is_known(&before, &sides.baseline) && is_known(&now, &sides.incident);
            known.then(|| judge(sides, &before, &now, timeline))?
        }
        Kind::Errors | Kind::Throttles if sum => {
            if let Some(requests) = requests() {
                let before = joined(&sides.baseline, &requests.baseline, f64::min);
                let now = joined(&sides.incident, &requests.incident, f64::min);
                let known = is_known(&before, &sides.baseline) && is_known(&now, &sides.incident);
                if known && before.len() >= FEWEST {
                    return judge(sides, &before, &now, timeline);
                }
            }
            // What was looked for and not published was none.
            let times = series.baseline.times.iter().copied().filter(|at| is_time(*at));
            let mut before: BTreeMap<i64, f64> = times.map(|at| (at, 0.0)).collect();
            before.extend(sides.baseline.iter().copied());
            let before: Vec<Point> = before.into_iter().collect();
            judge(sides, &each(&before), &each(&sides.incident), timeline)
        }
        _ => None,
    }
}

fn is_known(some: &[(i64, Count)], all: &[Point]) -> bool {
    some.len() * KNOWN_SHARE >= all.len()
}

fn each(points: &[Point]) -> Vec<(i64, Count)> {
    points.iter().map(|(at, failures)| (*at, Count { failures: *failures, exposure: 1.0 })).collect()
}

/// 1 or 100: what all is in a share or a percentage; `None` of what is neither.
fn unit_of_share(sides: &Sides) -> Option<f64> {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for (_, value) in sides.baseline.iter().chain(&sides.incident) {
        (low, high) = (low.min(*value), high.max(*value));
    }
    match (low, high) {
        (0.0.., ..=1.0) => Some(1.0),
        (0.0.., ..=100.0) => Some(100.0),
        _ => None,
    }
}

/// Two series at the times that both have.
fn joined(points: &[Point], requests: &[Point], failures: impl Fn(f64, f64) -> f64) -> Vec<(i64, Count)> {
    let mut requests = requests.iter().peekable();
    let mut joined = Vec::with_capacity(points.len());
    for (at, value) in points {
        while requests.next_if(|(time, _)| time < at).is_some() {}
        if let Some((_, exposure)) = requests.peek().filter(|(time, _)| time == at) {
            joined.push((*at, Count { failures: failures(*value, *exposure), exposure: *exposure }));
        }
    }
    joined
}

fn judge(
    sides: &Sides,
    before: &[(i64, Count)],
    now: &[(i64, Count)],
    timeline: &Timeline,
) -> Option<Judged> {
    let split = timeline.split(&sides.baseline, &sides.incident);
    let late = split.judged.first()?.0..timeline.incident;
    let mut reference = Vec::with_capacity(before.len());
    reference.extend(before.iter().filter(|(at, _)| !late.contains(at)).map(|(_, count)| *count));
    let rate = Rate::of(&reference)?;
    let judged: Vec<Point> = before
        .iter()
        .filter(|(at, _)| late.contains(at))
        .chain(now)
        .map(|(at, count)| (*at, rate.deviations(*count)))
        .collect();
    let level = Sorted::of(split.reference.iter().map(|(_, value)| *value)).median();
    // What was never published was none.
    let level = if level.is_finite() { level } else { 0.0 };
    Some(Judged {
        by_step: timeline.means(&judged),
        values: timeline.means(&split.judged),
        usual: vec![level; timeline.steps],
        adjoining: split.adjoining,
    })
}
