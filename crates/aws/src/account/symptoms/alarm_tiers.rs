//! Finds the other tiers of an alarm: those on the same metric whose names differ in nothing but the tier.

use std::collections::BTreeSet;

use aws_sdk_cloudwatch::{
    Client,
    types::{AlarmType, Dimension, MetricAlarm, StateValue},
};
use common::{alarm_tier::AlarmTier, ports::PortError};

use crate::error::failed;

/// Returns another tier of the alarm that fires, where the alarm itself does not.
pub(super) async fn other_that_fires(
    client: &Client,
    alarm: &MetricAlarm,
) -> Result<Option<MetricAlarm>, PortError> {
    let name = alarm.alarm_name().unwrap_or_default();
    let Some(tier) = AlarmTier::from_alarm_name(name) else { return Ok(None) };
    if alarm.state_value() == Some(&StateValue::Alarm) || watched(alarm).is_empty() {
        return Ok(None);
    }
    let mut pages = client
        .describe_alarms()
        .alarm_name_prefix(tier.problem)
        .alarm_types(AlarmType::MetricAlarm)
        .state_value(StateValue::Alarm)
        .max_records(100)
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| failed(format!("DescribeAlarms {}*", tier.problem), error))?;
        let alarms = page.metric_alarms.unwrap_or_default();
        if let Some(other) = alarms.into_iter().find(|other| is_tier_of(other, alarm, tier.problem)) {
            return Ok(Some(other));
        }
    }
    Ok(None)
}

fn is_tier_of(other: &MetricAlarm, alarm: &MetricAlarm, problem: &str) -> bool {
    let name = other.alarm_name().unwrap_or_default();
    other.alarm_name() != alarm.alarm_name()
        && AlarmTier::from_alarm_name(name).is_some_and(|tier| tier.problem == problem)
        && watched(other) == watched(alarm)
}

/// A metric with its namespace and dimensions.
type Watched = (String, String, BTreeSet<(String, String)>);

/// Returns the metrics that the alarm watches, whether it names its one metric itself or in a query, as an alarm on an anomaly
/// band does.
fn watched(alarm: &MetricAlarm) -> BTreeSet<Watched> {
    let watched = |namespace: Option<&str>, name: Option<&str>, dimensions: &[Dimension]| {
        let dimensions = dimensions.iter().filter_map(|it| Some((it.name.clone()?, it.value.clone()?)));
        Some((namespace?.to_owned(), name?.to_owned(), dimensions.collect()))
    };
    let own = watched(alarm.namespace(), alarm.metric_name(), alarm.dimensions());
    let queried = alarm.metrics().iter().filter_map(|query| {
        let metric = query.metric_stat()?.metric()?;
        watched(metric.namespace(), metric.metric_name(), metric.dimensions())
    });
    own.into_iter().chain(queried).collect()
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudwatch::types::{Metric, MetricDataQuery, MetricStat};

    use super::*;

    fn alarm(name: &str, function: &str) -> MetricAlarm {
        MetricAlarm::builder()
            .alarm_name(name)
            .namespace("AWS/Lambda")
            .metric_name("IteratorAge")
            .dimensions(Dimension::builder().name("FunctionName").value(function).build())
            .build()
    }

    #[test]
    fn tiers_differ_in_their_tier_alone() {
        let warning = alarm("age-warning", "consumer");
        for (name, function, expected) in [
            ("age-critical", "consumer", true),
            ("age-warning", "consumer", false),
            ("age-critical", "producer", false),
            ("age-of-all-critical", "consumer", false),
            ("age-high", "consumer", false),
        ] {
            assert_eq!(is_tier_of(&alarm(name, function), &warning, "age"), expected, "{name} {function}");
        }
    }
    #[test]
    fn metric_in_a_query_is_the_same_as_the_alarms_own() {
        let metric = Metric::builder()
            .namespace("AWS/Lambda")
            .metric_name("IteratorAge")
            .dimensions(Dimension::builder().name("FunctionName").value("consumer").build())
            .build();
        let stat = MetricStat::builder().metric(metric).period(60).stat("Maximum").build();
        let query = MetricDataQuery::builder().id("m").metric_stat(stat).build();
        let critical = MetricAlarm::builder().alarm_name("age-critical").metrics(query).build();
        assert!(is_tier_of(&critical, &alarm("age-warning", "consumer"), "age"));
        assert!(!is_tier_of(&critical, &alarm("age-warning", "producer"), "age"));
    }
}
