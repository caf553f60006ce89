//! Makes of an alias' own metrics what its traffic was. The engine never sees these series among the others: the function's
//! metrics count the same requests already.

use std::collections::BTreeMap;

use common::{
    Arn, Signal,
    alias_traffic::{AliasTraffic, PeriodCounts, RequestCounts, VersionTraffic},
    findings::ComponentCourse,
    telemetry::{AliasSeries, MetricSeries},
};
use jiff::Timestamp;
use rca::{ComponentRoles, IncidentData, Symptom};

use crate::{
    engine::engine_case::series_of,
    engine::engine_run::{count, stored_course},
    evidence::evidence_window::EvidenceWindow,
};

const ERRORS: &str = "Errors";
const INVOCATIONS: &str = "Invocations";

/// The metrics that tell of failure or slowness, and the requests. What else there is rises where traffic moves from one alias
/// to another, which is no fault.
const JUDGED: [&str; 4] = ["Duration", ERRORS, INVOCATIONS, "Throttles"];

/// Returns the traffic of `alias` by those of `series` that are its own; `None` where they are too few to be judged.
/// `counted_from` is the first of its changes that may be the cause.
pub fn alias_traffic(
    signal: &Signal,
    window: &EvidenceWindow,
    alias: &Arn,
    counted_from: Timestamp,
    series: &[AliasSeries],
) -> Option<AliasTraffic> {
    let of_alias = || series.iter().filter(|one| one.alias == *alias);
    let own: Vec<&AliasSeries> = of_alias()
        .filter(|one| one.executed_version.is_none() && JUDGED.contains(&one.metric.as_str()))
        .collect();
    let course = course(signal, window, alias, &own)?;
    let counted = course.requests.first().map_or(i64::MAX, |(at, _)| *at);
    let errors = own.iter().filter(|one| one.metric == ERRORS).flat_map(|one| &one.samples);
    let failures = errors.map(|(at, value)| (*at, count(*value)));
    let failures = failures.filter(|(at, failed)| *at >= counted && *failed > 0).collect();
    let mut measured: Vec<String> = own.iter().map(|one| one.metric.clone()).collect();
    measured.sort();
    measured.dedup();
    let mut by_version: BTreeMap<&str, Vec<&AliasSeries>> = BTreeMap::new();
    for one in of_alias() {
        if let Some(version) = &one.executed_version {
            by_version.entry(version).or_default().push(one);
        }
    }
    let versions = by_version.into_iter().filter_map(|(version, series)| {
        version_traffic(version, &series, counted_from, course.period_seconds)
    });
    let versions = versions.collect();
    Some(AliasTraffic { alias: alias.clone(), course, measured, failures, counted_from, versions })
}

/// Judges the alias as the engine judges any component: as one that fails, and as one that is slow. What is abnormal first
/// counts.
fn course(
    signal: &Signal,
    window: &EvidenceWindow,
    alias: &Arn,
    own: &[&AliasSeries],
) -> Option<ComponentCourse> {
    let as_symptom = [(ERRORS, "Sum"), ("Duration", "Average")];
    let courses = as_symptom.into_iter().filter_map(|symptom| course_by(symptom, signal, window, alias, own));
    courses.min_by_key(|course| course.abnormal_since.unwrap_or(Timestamp::MAX))
}

fn course_by(
    (metric, statistic): (&str, &str),
    signal: &Signal,
    window: &EvidenceWindow,
    alias: &Arn,
    own: &[&AliasSeries],
) -> Option<ComponentCourse> {
    let name = alias.name();
    let as_component = |series: &AliasSeries| MetricSeries {
        resource: Some(alias.clone()),
        metric: series.metric.clone(),
        statistic: series.statistic.clone(),
        samples: series.samples.clone(),
    };
    let data = IncidentData {
        symptom: Symptom {
            component: name.clone(),
            metric: metric.to_owned(),
            statistic: statistic.to_owned(),
            detected_at: Some(signal.occurred_at),
        },
        series: own.iter().map(|one| series_of(&as_component(one), name.clone(), window)).collect(),
        calls: None,
        changes: Vec::new(),
        logs: Vec::new(),
        roles: ComponentRoles::from_arns([(name.clone(), alias.component())]),
    };
    let findings = rca::analyze(&data);
    let found = findings.courses.iter().find(|course| course.component == name)?;
    Some(stored_course(alias.clone(), found))
}

/// Returns what one version took: the periods that ended before `counted_from` in one sum, the others one by one.
fn version_traffic(
    version: &str,
    series: &[&AliasSeries],
    counted_from: Timestamp,
    period_seconds: u32,
) -> Option<VersionTraffic> {
    let values = |metric: &str| -> BTreeMap<i64, u64> {
        let of_it = series.iter().filter(|one| one.metric == metric).flat_map(|one| &one.samples);
        of_it.map(|(at, value)| (*at, count(*value))).collect()
    };
    let failed = values(ERRORS);
    let periods = values(INVOCATIONS).into_iter().filter(|(_, requests)| *requests > 0);
    // Of a period in which none failed, Lambda may write no errors.
    let periods = periods.map(|(at, requests)| {
        let failures = failed.get(&at).copied().unwrap_or_default().min(requests);
        PeriodCounts { at, requests, failures }
    });
    let ended = |one: &PeriodCounts| one.at.saturating_add(period_seconds.into()) <= counted_from.as_second();
    let (before, periods): (Vec<PeriodCounts>, Vec<PeriodCounts>) = periods.partition(ended);
    let is_empty = before.is_empty() && periods.is_empty();
    (!is_empty).then(|| VersionTraffic {
        version: version.to_owned(),
        before: RequestCounts::of(&before),
        periods,
    })
}

#[cfg(test)]
mod tests {
    use fakes::{sample, sample_evidence};
    use jiff::SignedDuration;

    use super::*;

    fn window() -> EvidenceWindow {
        EvidenceWindow::new(
            &sample::alarm_signal("event-1", "checkout-errors"),
            sample::at() + SignedDuration::from_mins(2),
        )
    }

    /// A sample each minute of the window; `value` of the minutes since the symptom.
    fn series(metric: &str, version: Option<&str>, value: impl Fn(i64) -> f64) -> AliasSeries {
        let window = window();
        let minutes = window.baseline_periods().chain(window.incident_periods());
        let of = |at: i64| value((at - sample::at().as_second()).div_euclid(60));
        AliasSeries {
            alias: sample_evidence::alias(),
            executed_version: version.map(str::to_owned),
            metric: metric.to_owned(),
            statistic: "Sum".to_owned(),
            samples: minutes
                .filter(|at| at % 60 == 0)
                .map(|at| (at, of(at)))
                .filter(|(_, value)| value.is_finite())
                .collect(),
        }
    }

    fn traffic(series: &[AliasSeries]) -> Option<AliasTraffic> {
        let signal = sample::alarm_signal("event-1", "checkout-errors");
        alias_traffic(&signal, &window(), &sample_evidence::alias(), sample_evidence::before(6), series)
    }

    #[test]
    fn alias_traffic_of_failures_since_the_change_says_when_they_began() {
        let found = traffic(&[
            series(INVOCATIONS, None, |_| 100.0),
            series(
                ERRORS,
                None,
                |minute| if minute >= -6 { 60.0 } else { f64::from(i32::from(minute % 7 == 0)) },
            ),
            series("Duration", None, |_| 80.0),
            series(INVOCATIONS, Some("3"), |minute| if minute >= -6 { 50.0 } else { f64::NAN }),
            series(ERRORS, Some("3"), |minute| if minute >= -6 { 49.0 } else { f64::NAN }),
            series(INVOCATIONS, Some("2"), |minute| if minute >= -6 { 50.0 } else { 100.0 }),
        ])
        .unwrap();
        let began = found.course.abnormal_since.unwrap();
        assert!(
            began.duration_since(sample_evidence::before(6)).abs() <= SignedDuration::from_mins(1),
            "{began}"
        );
        assert!(found.course.shows_failures && !found.course.requests.is_empty());
        assert_eq!(found.measured, ["Duration", "Errors", "Invocations"]);
        let [older, newer] = found.versions.as_slice() else { panic!("two versions") };
        assert_eq!((older.version.as_str(), newer.version.as_str()), ("2", "3"));
        assert_eq!(newer.before, RequestCounts::default());
        assert!(older.before.requests > 100 && older.before.failures == 0);
        assert!(newer.periods.iter().all(|one| (one.requests, one.failures) == (50, 49)));
    }

    #[test]
    fn alias_traffic_of_a_calm_alias_has_no_beginning() {
        let found = traffic(&[series(INVOCATIONS, None, |_| 100.0), series(ERRORS, None, |_| 0.0)]).unwrap();
        assert_eq!((found.course.abnormal_since, found.failures.len()), (None, 0));
    }

    #[test]
    fn alias_traffic_without_data_is_left_out() {
        assert_eq!(traffic(&[]), None);
        let other = AliasSeries {
            alias: sample::arn("lambda", "function:checkout:beta"),
            ..series(ERRORS, None, |_| 0.0)
        };
        assert_eq!(traffic(&[other]), None);
        assert_eq!(traffic(&[series(INVOCATIONS, Some("3"), |_| 9.0)]), None);
    }
}
