//! Selects the series of an incident that are scored, and those that count requests.

use std::collections::BTreeMap;

use crate::{
    incident_data::{IncidentData, Series},
    series::metric_kind::MetricKind,
};

/// The component that a series was measured on, and the caller where it measures calls.
pub(crate) type Subject<'a> = (&'a str, Option<&'a str>);

pub(crate) fn subject(series: &Series) -> Subject<'_> {
    (&series.component, series.caller.as_deref())
}

/// Orders statistics: those that tell how most requests fare come first; an extreme is the noisiest.
fn rank_of_statistic(statistic: &str) -> u8 {
    match statistic.to_ascii_lowercase().as_str() {
        "average" | "mean" | "avg" | "sum" | "total" => 0,
        "p50" | "median" | "tm50" => 1,
        "p90" | "p95" => 2,
        _ => 3,
    }
}

/// Picks the series to score, as indexes: of several statistics of one metric of a component, or of one call, the most
/// telling one, and always the symptom's own.
pub(crate) fn selected_series(data: &IncidentData) -> Vec<usize> {
    let mut selected: BTreeMap<(Subject<'_>, &str), (bool, u8, &str, usize)> = BTreeMap::new();
    for (place, series) in data.series.iter().enumerate() {
        let named = series.statistic.eq_ignore_ascii_case(&data.symptom.statistic);
        let is_symptom = data.is_symptom_metric(series) && named;
        let rank = (!is_symptom, rank_of_statistic(&series.statistic), series.id.as_str(), place);
        let held = selected.entry((subject(series), &series.metric)).or_insert(rank);
        *held = (*held).min(rank);
    }
    let mut places: Vec<usize> = selected.into_values().map(|(.., place)| place).collect();
    places.sort_by_key(|place| {
        data.series.get(*place).map(|series| (&series.component, &series.caller, &series.metric, &series.id))
    });
    places
}

/// The index of the series that counts the requests of each component, and of each caller to it: a sum of requests before
/// any other count.
pub(crate) fn requests_by_subject(
    data: &IncidentData,
    kind_of: impl Fn(&Series) -> MetricKind,
) -> BTreeMap<Subject<'_>, usize> {
    let mut best: BTreeMap<Subject<'_>, (bool, &str, &str, usize)> = BTreeMap::new();
    for (place, series) in data.series.iter().enumerate() {
        if kind_of(series) != MetricKind::Traffic || !series.is_sum() {
            continue;
        }
        let metric = series.metric.to_lowercase();
        let is_other = !["request", "invocation"].iter().any(|word| metric.contains(word));
        let rank = (is_other, series.metric.as_str(), series.id.as_str(), place);
        let held = best.entry(subject(series)).or_insert(rank);
        *held = (*held).min(rank);
    }
    best.into_iter().map(|(subject, (.., place))| (subject, place)).collect()
}
