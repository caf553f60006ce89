//! Scores every series that can be compared with a baseline of its own.

use std::collections::BTreeMap;

use crate::{
    incident_data::{IncidentData, Series},
    series::{
        anomaly_scores::AnomalyScores,
        baseline::{Baseline, Steadiness},
        failure_scores::failure_scores,
        intermittent::UsualExcess,
        metric_kind::{BadDirection, MetricKind},
        samples::{Point, is_counter, rates},
        selection::{requests_by_subject, selected_series, subject},
        statistics::Sorted,
        timeline::{SplitSamples, Timeline},
        window_points::WindowPoints,
    },
};

/// A resource of which this share or less is left is used up, however steadily it sank to that: a decline of hours is in
/// its own baseline, and its end is none the less the end.
const USED_UP_SHARE: f64 = 0.02;
/// The least anomaly score of a resource that is used up: as surprising as this many standard deviations.
const USED_UP: f64 = 60.0;

/// One series with its anomaly scores.
#[derive(Debug, Clone)]
pub(crate) struct ScoredSeries {
    /// Index in [`IncidentData::series`].
    pub(crate) series: usize,
    pub(crate) kind: MetricKind,
    /// It counts the requests that its component takes.
    pub(crate) counts_requests: bool,
    pub(crate) scores: AnomalyScores,
}

/// Scores each selected series. One without a usable baseline is left out.
pub(crate) fn score_series(data: &IncidentData, timeline: &Timeline) -> Vec<ScoredSeries> {
    // Thousands of series share a few names.
    let mut kinds: BTreeMap<&str, MetricKind> = BTreeMap::new();
    for series in &data.series {
        kinds.entry(&series.metric).or_insert_with(|| MetricKind::from_name(&series.metric));
    }
    let kind_of = |series: &Series| match kinds.get(series.metric.as_str()) {
        // How many succeeded goes with how many there were.
        Some(MetricKind::Availability | MetricKind::HitRate) if series.is_sum() => MetricKind::Traffic,
        Some(kind) => *kind,
        None => MetricKind::Other,
    };
    let requests = requests_by_subject(data, kind_of);
    selected_series(data)
        .into_iter()
        .filter_map(|place| {
            let series = data.series.get(place)?;
            let kind = kind_of(series);
            let points = WindowPoints::new(series);
            let counting = requests.get(&subject(series)).copied();
            let requests = || counting.and_then(|place| data.series.get(place)).map(WindowPoints::new);
            let scores = failure_scores(series, kind, &points, requests, timeline)
                .or_else(|| value_scores(points, kind, &series.metric, timeline))?;
            Some(ScoredSeries {
                series: place,
                kind,
                counts_requests: series.caller.is_none() && counting == Some(place),
                scores,
            })
        })
        .collect()
}

/// Returns the value at and below which a resource is used up that was not for most of its baseline: a burst balance may
/// lie at zero for weeks and bother nobody.
fn least_left(reference: &[Point]) -> Option<f64> {
    let values = Sorted::new(reference.iter().map(|(_, value)| *value));
    let least = USED_UP_SHARE * values.quantile(1.0);
    (least > 0.0 && values.median() > least).then_some(least)
}

fn value_scores(
    points: WindowPoints,
    kind: MetricKind,
    metric: &str,
    timeline: &Timeline,
) -> Option<AnomalyScores> {
    let bad = kind.bad_direction(metric);
    let WindowPoints { mut baseline, mut incident } = points;
    if is_counter(&baseline) {
        (baseline, incident) = (rates(&baseline), rates(&incident));
    }
    let SplitSamples { reference, judged, baseline_adjoins } = timeline.split(&baseline, &incident);
    let steadiness = match kind {
        MetricKind::Availability | MetricKind::Errors | MetricKind::Throttles => Steadiness::Fixed,
        // What a time is measured from differs between clocks.
        MetricKind::Latency | MetricKind::Backlog => Steadiness::Drifts,
        kind if kind.is_load() => Steadiness::Load,
        _ => Steadiness::Amount,
    };
    let expectation = Baseline::new(&reference, baseline_adjoins, steadiness)?;
    let used_up = kind.is_room_left(metric).then(|| least_left(&reference)).flatten();
    let values = timeline.means(&judged);
    let expected = (0..values.len()).map(|step| expectation.level(timeline.time(step))).collect();
    let worse = |deviations: f64| match bad {
        BadDirection::Up => deviations,
        BadDirection::Down => -deviations,
        BadDirection::Either => deviations.abs(),
    };
    let by_step: Vec<f64> = values
        .iter()
        .enumerate()
        .map(|(step, value)| {
            let worse = worse(expectation.deviations(timeline.time(step), *value));
            if used_up.is_some_and(|least| *value <= least) { worse.max(USED_UP) } else { worse }
        })
        .collect();
    let before = reference.iter().map(|(at, value)| worse(expectation.deviations(*at, *value)));
    let usual_excess = UsualExcess::new(&by_step, before);
    Some(AnomalyScores { by_step, values, expected, usual_excess, baseline_adjoins })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn least_left_is_none_of_what_was_used_up_all_along() {
        let points = |values: &[f64]| -> Vec<Point> { (0..).zip(values.iter().copied()).collect() };
        assert_eq!(least_left(&points(&[100.0, 60.0, 20.0])), Some(2.0));
        assert_eq!(least_left(&points(&[100.0, 1.0, 0.0])), None);
        assert_eq!(least_left(&points(&[0.0, 0.0, 0.0])), None);
        assert_eq!(least_left(&[]), None);
    }
}
