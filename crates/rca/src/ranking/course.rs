//! Tells how each component fared over the time of the incident: since when it is abnormal, if it is normal again, and
//! what it served. A change is held against this, and not against the time of an alarm.

use jiff::Timestamp;

use crate::{
    findings::ComponentCourse,
    ranking::{
        abnormal::ABNORMAL,
        observations::Observations,
        suspects::{AbnormalMetric, Suspect},
    },
    series::{
        metric_kind::MetricKind,
        over_before::{CALM, CALM_SAMPLES},
        scored_series::ScoredSeries,
        window_points::WindowPoints,
    },
};

/// The time for which requests are told: somewhat more than that within which a change counts as a possible cause.
const REQUESTS_SECONDS: i64 = 90 * 60;

/// Returns the course of every component that has a metric which can be compared with a baseline.
pub(crate) fn courses(observed: &Observations<'_>) -> Vec<ComponentCourse> {
    observed
        .suspects
        .iter()
        .enumerate()
        .filter(|(_, suspect)| suspect.known)
        .map(|(component, suspect)| course(observed, component, suspect))
        .collect()
}

fn course(observed: &Observations<'_>, component: usize, suspect: &Suspect) -> ComponentCourse {
    let timeline = &observed.timeline;
    let time = |step: usize| Timestamp::from_second(timeline.time(step)).ok();
    let abnormal = suspect.worst().filter(|worst| worst.weight >= ABNORMAL);
    let name = observed.graph.name(component);
    ComponentCourse {
        component: name.to_owned(),
        shows_failures: observed.scored.iter().any(|one| shows_failures(observed, one, name)),
        abnormal_since: abnormal.and_then(|metric| time(metric.anomaly.onset)),
        normal_again_since: abnormal.and_then(calm_since).and_then(time),
        period_seconds: u32::try_from(timeline.period).unwrap_or(u32::MAX),
        requests: requests(observed, name),
    }
}

/// Returns true for a metric of the component that shows failures or slowness, or that the symptom is.
fn shows_failures(observed: &Observations<'_>, scored: &ScoredSeries, component: &str) -> bool {
    let Some(series) = observed.data.series.get(scored.series) else { return false };
    let shows = matches!(
        scored.kind,
        MetricKind::Errors | MetricKind::Availability | MetricKind::Throttles | MetricKind::Latency
    );
    series.component == component && (shows || observed.data.is_symptom_metric(series))
}

/// Returns the first step of the calm samples that last until the end, where there are enough of them.
fn calm_since(metric: &AbnormalMetric) -> Option<usize> {
    let samples = metric.scores.iter().enumerate().filter(|(_, score)| score.is_finite());
    let calm: Vec<usize> =
        samples.rev().take_while(|(_, score)| **score < CALM).map(|(step, _)| step).collect();
    calm.last().copied().filter(|_| calm.len() >= CALM_SAMPLES)
}

/// Returns the requests of a component by the time, in Unix seconds, when their period began; empty where they are not
/// counted.
fn requests(observed: &Observations<'_>, component: &str) -> Vec<(i64, f64)> {
    let of_it =
        |place: &usize| observed.data.series.get(*place).is_some_and(|series| series.component == component);
    let counting = observed.scored.iter().filter(|one| one.counts_requests).map(|one| one.series).find(of_it);
    let Some(series) = counting.and_then(|place| observed.data.series.get(place)) else { return Vec::new() };
    let WindowPoints { baseline, incident } = WindowPoints::new(series);
    let from = observed.timeline.time(observed.timeline.steps).saturating_sub(REQUESTS_SECONDS);
    baseline.into_iter().chain(incident).filter(|(at, _)| *at >= from).collect()
}
