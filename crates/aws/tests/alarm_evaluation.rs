//! Tests what is read of an alarm that is slow to recover. Nothing is sent: the SDK's mocks answer.
#![cfg(feature = "symptoms")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[macro_use]
#[path = "support/client.rs"]
mod client;

use aws::{SdkConfig, SignedClient, symptoms::AwsSymptoms};
use aws_smithy_mocks::mock;
use common::{
    Symptom,
    alarm_evaluation::{AlarmWindow, Datapoints, MissingData},
    ports::Symptoms as _,
};
use jiff::{SignedDuration, Timestamp};

/// 3 of 12 × 5 minutes, over the metric `Errors`.
fn slow_alarm() -> aws_sdk_cloudwatch::types::MetricAlarm {
    use aws_sdk_cloudwatch::types::{ComparisonOperator, MetricAlarm, StateValue, Statistic};
    MetricAlarm::builder()
        .state_value(StateValue::Alarm)
        .namespace("AWS/Lambda")
        .metric_name("Errors")
        .statistic(Statistic::Sum)
        .period(300)
        .evaluation_periods(12)
        .datapoints_to_alarm(3)
        .treat_missing_data("notBreaching")
        .threshold(2.0)
        .comparison_operator(ComparisonOperator::GreaterThanOrEqualToThreshold)
        .build()
}

#[tokio::test]
async fn alarm_evaluation_holds_the_window_and_what_was_measured_since() {
    use aws_sdk_cloudwatch::{
        operation::{describe_alarms::DescribeAlarmsOutput, get_metric_data::GetMetricDataOutput},
        types::{MetricDataResult, StatusCode},
    };
    let from = |ago: i64| Timestamp::now().as_second() / 300 * 300 - ago;
    let alarm = mock!(aws_sdk_cloudwatch::Client::describe_alarms)
        .then_output(|| DescribeAlarmsOutput::builder().metric_alarms(slow_alarm()).build());
    let metric = mock!(aws_sdk_cloudwatch::Client::get_metric_data)
        .match_requests(|request| {
            let [start, end] = [request.start_time(), request.end_time()].map(|at| at.unwrap().secs());
            // Whole periods, the one in which the action ended included.
            start % 300 == 0 && end % 300 == 0 && (900..=1200).contains(&(end - start))
        })
        .then_output(move || {
            let newest_first = [(300, 0.0), (600, 2.0), (900, 9.0)];
            let result =
                newest_first.into_iter().fold(MetricDataResult::builder(), |result, (ago, value)| {
                    result.timestamps(aws_smithy_types::DateTime::from_secs(from(ago))).values(value)
                });
            GetMetricDataOutput::builder().metric_data_results(result.build()).build()
        });
    let refused = mock!(aws_sdk_cloudwatch::Client::get_metric_data).then_output(|| {
        let result = MetricDataResult::builder().status_code(StatusCode::InternalError).build();
        GetMetricDataOutput::builder().metric_data_results(result).build()
    });
    let signed = || SignedClient::from_config(&SdkConfig::builder().build());
    let symptom = Symptom::Alarm { name: "errors".into() };
    let since = Timestamp::now() - SignedDuration::from_secs(900);
    let symptoms = AwsSymptoms::new(client!(aws_sdk_cloudwatch, &alarm, &metric), signed());
    let found = symptoms.evaluation(&symptom, since).await.unwrap().unwrap();
    let window = AlarmWindow {
        period_seconds: 300,
        evaluation_periods: 12,
        datapoints_to_alarm: 3,
        missing_data: MissingData::NotBreaching,
    };
    assert_eq!(found.window, Some(window));
    let Datapoints::Read(datapoints) = found.datapoints else { panic!("it is a plain metric") };
    let breaching: Vec<_> = datapoints.iter().map(|datapoint| datapoint.is_breaching).collect();
    assert_eq!(breaching, [true, true, false]);
    assert!(datapoints.is_sorted_by_key(|datapoint| datapoint.from));

    let symptoms = AwsSymptoms::new(client!(aws_sdk_cloudwatch, &alarm, &refused), signed());
    assert!(symptoms.evaluation(&symptom, since).await.is_err());
    let instance = Symptom::Instance { id: "i-1".into() };
    assert_eq!(symptoms.evaluation(&instance, since).await.unwrap(), None);
}

/// Those that one call has no room for may be the slow ones.
#[tokio::test]
async fn alarm_evaluation_of_a_composite_alarm_of_too_many_alarms_has_no_window() {
    use aws_sdk_cloudwatch::{operation::describe_alarms::DescribeAlarmsOutput, types::CompositeAlarm};
    let rule: Vec<_> = (0..101).map(|number| format!("ALARM(errors-{number})")).collect();
    let rule = rule.join(" OR ");
    let outer = mock!(aws_sdk_cloudwatch::Client::describe_alarms)
        .match_requests(|request| request.alarm_names() == ["outer"])
        .then_output(move || {
            let alarm = CompositeAlarm::builder().alarm_rule(&rule).build();
            DescribeAlarmsOutput::builder().composite_alarms(alarm).build()
        });
    let below = mock!(aws_sdk_cloudwatch::Client::describe_alarms)
        .match_requests(|request| request.alarm_names().len() == 100)
        .then_output(|| {
            let alarms = std::iter::repeat_n(slow_alarm(), 100).collect();
            DescribeAlarmsOutput::builder().set_metric_alarms(Some(alarms)).build()
        });
    let client = client!(aws_sdk_cloudwatch, &outer, &below);
    let symptoms = AwsSymptoms::new(client, SignedClient::from_config(&SdkConfig::builder().build()));
    let symptom = Symptom::Alarm { name: "outer".into() };
    let found = symptoms.evaluation(&symptom, Timestamp::now()).await.unwrap().unwrap();
    assert_eq!(found.window, None);
}

#[tokio::test]
async fn alarm_evaluation_of_a_composite_alarm_is_the_slowest_alarms_window() {
    use aws_sdk_cloudwatch::{operation::describe_alarms::DescribeAlarmsOutput, types::CompositeAlarm};
    let composite = |name: &'static str, rule: &'static str| {
        mock!(aws_sdk_cloudwatch::Client::describe_alarms)
            .match_requests(move |request| request.alarm_names() == [name])
            .then_output(move || {
                let alarm = CompositeAlarm::builder().alarm_rule(rule).build();
                DescribeAlarmsOutput::builder().composite_alarms(alarm).build()
            })
    };
    let outer = composite("outer", "ALARM(inner)");
    let inner = composite("inner", "ALARM(\"errors\")");
    let dangling = composite("dangling", "ALARM(gone)");
    let errors = mock!(aws_sdk_cloudwatch::Client::describe_alarms)
        .match_requests(|request| request.alarm_names() == ["errors"])
        .then_output(|| DescribeAlarmsOutput::builder().metric_alarms(slow_alarm()).build());
    let gone = mock!(aws_sdk_cloudwatch::Client::describe_alarms)
        .match_requests(|request| request.alarm_names() == ["gone"])
        .then_output(|| DescribeAlarmsOutput::builder().build());
    let client = client!(aws_sdk_cloudwatch, &outer, &inner, &dangling, &errors, &gone);
    let symptoms = AwsSymptoms::new(client, SignedClient::from_config(&SdkConfig::builder().build()));
    for (name, periods) in [("outer", Some(12)), ("dangling", None)] {
        let symptom = Symptom::Alarm { name: name.into() };
        let found = symptoms.evaluation(&symptom, Timestamp::now()).await.unwrap().unwrap();
        assert_eq!(found.window.map(|window| window.evaluation_periods), periods, "{name}");
        assert!(matches!(found.datapoints, Datapoints::Unreadable(why) if why.contains("composite")));
    }
}
