//! Observes a CloudWatch alarm as a symptom.

use aws_sdk_cloudwatch::{
    Client,
    operation::describe_alarms::DescribeAlarmsOutput,
    types::{AlarmType, CompositeAlarm, MetricAlarm, StateValue},
};
use aws_smithy_types::DateTime;
use common::{
    Observation, SymptomState,
    ports::{PortError, Reading},
};
use jiff::Timestamp;

use super::{
    alarm_tiers as tiers,
    metric::{Datapoint, Limit, newest, plain_metric},
    unknown,
};
use crate::{cli_command::aws, error::failed, time::from_sdk};

/// The query names the alarm's call alone: the metric's is about a window that has passed when
/// anyone repeats it.
///
/// Of an alarm in tiers, one that still fires tells: the problem is there as long as any of them does.
pub(super) async fn observe(client: &Client, name: &str) -> Result<Reading<Observation>, PortError> {
    let answer = describe(client, vec![name.to_owned()]).await?;
    let mut name = name;
    let firing_tier;
    let found = if let Some(alarm) = answer.metric_alarms().first() {
        firing_tier = tiers::other_that_fires(client, alarm).await?;
        let alarm = firing_tier.as_ref().unwrap_or(alarm);
        name = alarm.alarm_name().unwrap_or(name);
        let measured = match plain_metric(alarm) {
            // The alarm's state is known; how far beyond its threshold only adds to it.
            Some(metric) => newest(client, name, &metric, Timestamp::now())
                .await
                .ok()
                .flatten()
                .map(|datapoint| MeasuredDatapoint { datapoint, limit: metric.limit }),
            None => None,
        };
        let found = observation(&AlarmReading::from_metric(alarm, measured));
        // How far it is beyond a threshold is compared with what the incident's own alarm measured against its own.
        if firing_tier.is_some() { Observation { excess: None, measured_from: None, ..found } } else { found }
    } else if let Some(alarm) = answer.composite_alarms().first() {
        observation(&AlarmReading::from_composite(alarm))
    } else {
        unknown("there is no such alarm")
    };
    let query = aws([
        "cloudwatch",
        "describe-alarms",
        "--alarm-names",
        name,
        "--alarm-types",
        "MetricAlarm",
        "CompositeAlarm",
    ]);
    Ok(Reading::new(query, found))
}

/// Describes the alarms with these names, at most 100.
pub(super) async fn describe(client: &Client, names: Vec<String>) -> Result<DescribeAlarmsOutput, PortError> {
    let operation = format!("DescribeAlarms {}", names.join(", "));
    client
        .describe_alarms()
        .set_alarm_names(Some(names))
        // Without types CloudWatch tells of metric alarms only.
        .alarm_types(AlarmType::MetricAlarm)
        .alarm_types(AlarmType::CompositeAlarm)
        .max_records(100)
        .send()
        .await
        .map_err(|error| failed(operation, error))
}

/// An alarm's state. Its reason is left out: whoever may set an alarm's state writes it,
/// and an observation is evidence that is trusted.
#[derive(Debug, Clone, PartialEq)]
struct AlarmReading {
    state: Option<StateValue>,
    since: Option<Timestamp>,
    measured: Option<MeasuredDatapoint>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct MeasuredDatapoint {
    datapoint: Datapoint,
    limit: Limit,
}

impl AlarmReading {
    fn from_metric(alarm: &MetricAlarm, measured: Option<MeasuredDatapoint>) -> Self {
        Self {
            state: alarm.state_value().cloned(),
            since: since(alarm.state_transitioned_timestamp(), alarm.state_updated_timestamp()),
            measured,
        }
    }

    fn from_composite(alarm: &CompositeAlarm) -> Self {
        Self {
            state: alarm.state_value().cloned(),
            since: since(alarm.state_transitioned_timestamp(), alarm.state_updated_timestamp()),
            measured: None,
        }
    }
}

/// A state that was confirmed was updated; only one that was another before has transitioned.
fn since(transitioned: Option<&DateTime>, updated: Option<&DateTime>) -> Option<Timestamp> {
    transitioned.or(updated).and_then(from_sdk)
}

fn observation(reading: &AlarmReading) -> Observation {
    let state = match reading.state {
        Some(StateValue::Alarm) => SymptomState::Firing,
        Some(StateValue::Ok) => SymptomState::Recovered,
        _ => SymptomState::Unknown,
    };
    let word = reading.state.as_ref().map_or("no state", StateValue::as_str);
    let since = reading.since.map(|at| format!(" since {at:.0}")).unwrap_or_default();
    let measured = reading
        .measured
        // A datapoint from before the recovery would read as if the alarm still fired.
        .filter(|measured| {
            state != SymptomState::Recovered
                || measured.datapoint.from.is_some_and(|from| reading.since.is_none_or(|since| from >= since))
        })
        .map(|MeasuredDatapoint { datapoint, limit }| {
            format!(": newest datapoint {}, threshold {}", datapoint.value, limit.threshold)
        })
        .unwrap_or_default();
    Observation {
        state,
        summary: format!("{word}{since}{measured}"),
        since: reading.since,
        excess: reading.measured.and_then(|measured| measured.limit.excess(measured.datapoint.value)),
        measured_from: reading.measured.and_then(|measured| measured.datapoint.from),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::metric::BreachSide, *};

    #[test]
    fn observation_of_each_state() {
        let at: Timestamp = "2026-11-20T03:04:05Z".parse().unwrap();
        let limit = Limit { threshold: 1.0, side: BreachSide::Above, reached_counts: true };
        let from = "2026-11-20T03:03:00Z".parse().ok();
        let measured = Some(MeasuredDatapoint { datapoint: Datapoint { value: 5.0, from }, limit });
        for (state, measured, expected, summary, excess) in [
            (
                Some(StateValue::Alarm),
                measured,
                SymptomState::Firing,
                "ALARM since 2026-11-20T03:04:05Z: newest datapoint 5, threshold 1",
                Some(4.0),
            ),
            (Some(StateValue::Ok), None, SymptomState::Recovered, "OK since 2026-11-20T03:04:05Z", None),
            // The period began before the recovery.
            (
                Some(StateValue::Ok),
                measured,
                SymptomState::Recovered,
                "OK since 2026-11-20T03:04:05Z",
                Some(4.0),
            ),
            (
                Some(StateValue::InsufficientData),
                None,
                SymptomState::Unknown,
                "INSUFFICIENT_DATA since 2026-11-20T03:04:05Z",
                None,
            ),
            (None, None, SymptomState::Unknown, "no state since 2026-11-20T03:04:05Z", None),
        ] {
            let seen = observation(&AlarmReading { state, since: Some(at), measured });
            assert_eq!((seen.state, seen.excess, seen.since), (expected, excess, Some(at)));
            assert_eq!(seen.summary, summary);
            assert_eq!(seen.measured_from, measured.and(from));
        }
    }

    #[test]
    fn reading_prefers_the_transition_to_the_last_confirmation() {
        let alarm = MetricAlarm::builder()
            .state_value(StateValue::Alarm)
            .state_updated_timestamp(DateTime::from_secs(200))
            .state_transitioned_timestamp(DateTime::from_secs(100))
            .build();
        assert_eq!(AlarmReading::from_metric(&alarm, None).since, Timestamp::from_second(100).ok());
    }
}
