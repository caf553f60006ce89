//! Finds the other tiers of an alarm: those on the same metric whose names differ in nothing but the tier.

use aws_sdk_cloudwatch::{
    Client,
    types::{AlarmType, MetricAlarm, StateValue},
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
    if alarm.state_value() == Some(&StateValue::Alarm) || alarm.metric_name().is_none() {
        return Ok(None);
    }
    let answer = client
        .describe_alarms()
        .alarm_name_prefix(tier.problem)
        .alarm_types(AlarmType::MetricAlarm)
        .state_value(StateValue::Alarm)
        .max_records(100)
        .send()
        .await
        .map_err(|error| failed(format!("DescribeAlarms {}*", tier.problem), error))?;
    Ok(answer
        .metric_alarms
        .unwrap_or_default()
        .into_iter()
        .find(|other| is_tier_of(other, alarm, tier.problem)))
}

fn is_tier_of(other: &MetricAlarm, alarm: &MetricAlarm, problem: &str) -> bool {
    let watched = |alarm: &MetricAlarm| {
        let mut dimensions: Vec<_> =
            alarm.dimensions().iter().map(|it| (it.name.clone(), it.value.clone())).collect();
        dimensions.sort();
        (alarm.namespace.clone(), alarm.metric_name.clone(), dimensions)
    };
    let name = other.alarm_name().unwrap_or_default();
    other.alarm_name() != alarm.alarm_name()
        && AlarmTier::from_alarm_name(name).is_some_and(|tier| tier.problem == problem)
        && watched(other) == watched(alarm)
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudwatch::types::Dimension;

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
}
