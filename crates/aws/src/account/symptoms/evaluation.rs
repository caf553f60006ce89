//! Reads how an alarm evaluates its metric, and what it measured since an action.

use aws_sdk_cloudwatch::{
    Client,
    types::{MetricAlarm, MetricDataQuery, MetricStat, ScanBy, StatusCode},
};
use aws_smithy_types::DateTime;
use common::{
    alarm_evaluation::{AlarmEvaluation, AlarmWindow, Datapoints, EvaluatedDatapoint, MissingData},
    ports::PortError,
};
use jiff::Timestamp;

use super::{
    alarm::describe,
    alarm_rule::alarm_names,
    metric::{Limit, plain_metric},
};
use crate::{
    error::{failed, unreadable},
    time::from_sdk,
};

/// The most calls for the alarms below a composite alarm: composites may be nested.
const LEVELS: usize = 4;
/// The most names that one `DescribeAlarms` takes.
const NAMES: usize = 100;
/// Alarms on metrics of DynamoDB ignore missing data whatever they are set to:
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>
const ALWAYS_IGNORES: &str = "AWS/DynamoDB";

pub(super) async fn evaluation(
    client: &Client,
    name: &str,
    since: Timestamp,
) -> Result<AlarmEvaluation, PortError> {
    let answer = describe(client, vec![name.to_owned()]).await?;
    if let Some(alarm) = answer.metric_alarms().first() {
        let window = window(alarm);
        let datapoints = match (measured(alarm), window) {
            (Ok(measured), Some(window)) => {
                let until = Timestamp::now();
                Datapoints::Read(datapoints(client, name, measured, window, since, until).await?)
            }
            (Ok(_), None) => Datapoints::Unreadable("the alarm does not say its period".to_owned()),
            (Err(why), _) => Datapoints::Unreadable(why.to_owned()),
        };
        return Ok(AlarmEvaluation { window, datapoints });
    }
    if let Some(alarm) = answer.composite_alarms().first() {
        return Ok(AlarmEvaluation {
            window: composite_window(client, alarm.alarm_rule().unwrap_or_default()).await?,
            datapoints: Datapoints::Unreadable("it is a composite alarm".to_owned()),
        });
    }
    Ok(AlarmEvaluation {
        window: None,
        datapoints: Datapoints::Unreadable("there is no such alarm".to_owned()),
    })
}

/// `None` for an alarm that does not say its period.
fn window(alarm: &MetricAlarm) -> Option<AlarmWindow> {
    // One on an expression has the period in its queries.
    let of_query =
        |query: &MetricDataQuery| query.period().or(query.metric_stat().and_then(MetricStat::period));
    let period = alarm.period().or_else(|| alarm.metrics().iter().filter_map(of_query).max())?;
    let evaluation_periods = whole(alarm.evaluation_periods()?)?;
    let namespaces = alarm
        .metrics()
        .iter()
        .filter_map(|query| query.metric_stat()?.metric()?.namespace())
        .chain(alarm.namespace());
    let missing_data = match alarm.treat_missing_data() {
        _ if namespaces.into_iter().any(|namespace| namespace == ALWAYS_IGNORES) => MissingData::Ignore,
        Some("breaching") => MissingData::Breaching,
        Some("notBreaching") => MissingData::NotBreaching,
        Some("ignore") => MissingData::Ignore,
        _ => MissingData::Missing,
    };
    Some(AlarmWindow {
        period_seconds: whole(period)?,
        evaluation_periods,
        datapoints_to_alarm: alarm.datapoints_to_alarm().and_then(whole).unwrap_or(evaluation_periods),
        missing_data,
    })
}

fn whole(number: i32) -> Option<u32> {
    u32::try_from(number).ok().filter(|number| *number > 0)
}

/// The metric queries of an alarm, and the threshold that it compares their result with.
struct Measured {
    queries: Vec<MetricDataQuery>,
    limit: Limit,
}

/// Fails with the reason why an alarm's datapoints cannot be compared to its threshold here.
fn measured(alarm: &MetricAlarm) -> Result<Measured, &'static str> {
    if alarm.threshold_metric_id().is_some() {
        return Err("it is compared to an anomaly detection band");
    }
    if let Some(metric) = plain_metric(alarm) {
        return Ok(Measured { queries: vec![metric.query()], limit: metric.limit });
    }
    let limit = Limit::from_alarm(alarm).ok_or("it has no single threshold")?;
    if alarm.metrics().is_empty() {
        return Err("the alarm does not say what it measures");
    }
    // Metric math: the alarm's own queries, of which one returns data.
    Ok(Measured { queries: alarm.metrics().to_vec(), limit })
}

/// Reads the whole periods from `since` on, the oldest first.
async fn datapoints(
    client: &Client,
    alarm: &str,
    measured: Measured,
    window: AlarmWindow,
    since: Timestamp,
    until: Timestamp,
) -> Result<Vec<EvaluatedDatapoint>, PortError> {
    let period = i64::from(window.period_seconds);
    let start = since.as_second().div_euclid(period).saturating_mul(period);
    let end = until.as_second().div_euclid(period).saturating_mul(period);
    if start >= end {
        return Ok(Vec::new());
    }
    let operation = || format!("GetMetricData of alarm {alarm}");
    let answer = client
        .get_metric_data()
        .set_metric_data_queries(Some(measured.queries))
        .start_time(DateTime::from_secs(start))
        .end_time(DateTime::from_secs(end))
        .scan_by(ScanBy::TimestampDescending)
        .send()
        .await
        .map_err(|error| failed(operation(), error))?;
    let Some(result) = answer.metric_data_results().first() else { return Ok(Vec::new()) };
    if let Some(status @ (StatusCode::InternalError | StatusCode::Forbidden)) = result.status_code() {
        // Nothing is not the same as no datapoints.
        return Err(unreadable(operation(), format!("its status is {status}")));
    }
    let values = result.timestamps().iter().zip(result.values());
    let mut found: Vec<_> = values
        .filter_map(|(from, value)| {
            let is_breaching = measured.limit.excess(*value)? > 0.0;
            Some(EvaluatedDatapoint { from: from_sdk(from)?, is_breaching })
        })
        .collect();
    found.sort_by_key(|datapoint| datapoint.from);
    Ok(found)
}

/// Returns the window of the alarm below the composite one that may take the longest to recover, `None` where one of
/// them does not say its own.
async fn composite_window(client: &Client, rule: &str) -> Result<Option<AlarmWindow>, PortError> {
    let (mut windows, mut pending) = (Vec::new(), alarm_names(rule));
    for _ in 0..LEVELS {
        if pending.is_empty() {
            return Ok(longest(&windows));
        }
        if pending.len() > NAMES {
            // Nobody knows how slow those are that one call has no room for.
            return Ok(None);
        }
        let count = pending.len();
        let answer = describe(client, std::mem::take(&mut pending)).await?;
        if answer.metric_alarms().len().saturating_add(answer.composite_alarms().len()) < count {
            // One that is gone, or of another account: nobody knows how slow it is.
            return Ok(None);
        }
        windows.extend(answer.metric_alarms().iter().map(window));
        pending = answer
            .composite_alarms()
            .iter()
            .flat_map(|alarm| alarm_names(alarm.alarm_rule().unwrap_or_default()))
            .collect();
    }
    Ok(None)
}

fn longest(windows: &[Option<AlarmWindow>]) -> Option<AlarmWindow> {
    let all: Vec<AlarmWindow> = windows.iter().copied().collect::<Option<_>>()?;
    let mut longest = all.iter().copied().max_by_key(|window| window.longest_recovery())?;
    if all.iter().any(|window| window.missing_data == MissingData::Ignore) {
        longest.missing_data = MissingData::Ignore;
    }
    Some(longest)
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudwatch::types::{ComparisonOperator, Metric};

    use super::*;

    fn alarm() -> aws_sdk_cloudwatch::types::builders::MetricAlarmBuilder {
        MetricAlarm::builder()
            .evaluation_periods(12)
            .comparison_operator(ComparisonOperator::GreaterThanThreshold)
    }

    fn stat(namespace: &str, period: i32) -> MetricDataQuery {
        let metric = Metric::builder().namespace(namespace).metric_name("Errors").build();
        let stat = MetricStat::builder().metric(metric).period(period).stat("Sum").build();
        MetricDataQuery::builder().id("m1").metric_stat(stat).return_data(false).build()
    }

    fn expression() -> MetricDataQuery {
        MetricDataQuery::builder().id("e").expression("m1/m2").build()
    }

    fn of(period_seconds: u32, datapoints_to_alarm: u32, missing_data: MissingData) -> AlarmWindow {
        AlarmWindow { period_seconds, evaluation_periods: 12, datapoints_to_alarm, missing_data }
    }

    #[test]
    fn window_of_each_kind_of_alarm() {
        for (alarm, expected) in [
            (alarm().period(300).datapoints_to_alarm(3), Some(of(300, 3, MissingData::Missing))),
            (alarm().period(60), Some(of(60, 12, MissingData::Missing))),
            (
                alarm().period(60).treat_missing_data("notBreaching"),
                Some(of(60, 12, MissingData::NotBreaching)),
            ),
            (alarm().period(60).treat_missing_data("breaching"), Some(of(60, 12, MissingData::Breaching))),
            (alarm().period(60).treat_missing_data("ignore"), Some(of(60, 12, MissingData::Ignore))),
            (
                alarm().period(60).namespace("AWS/DynamoDB").treat_missing_data("notBreaching"),
                Some(of(60, 12, MissingData::Ignore)),
            ),
            (
                alarm().metrics(expression()).metrics(stat("AWS/Lambda", 300)),
                Some(of(300, 12, MissingData::Missing)),
            ),
            (
                alarm().metrics(stat("AWS/DynamoDB", 60)).metrics(expression()),
                Some(of(60, 12, MissingData::Ignore)),
            ),
            (alarm().metrics(expression()), None),
            (alarm(), None),
            (MetricAlarm::builder().period(60), None),
        ] {
            let alarm = alarm.build();
            assert_eq!(window(&alarm), expected, "{alarm:?}");
        }
    }

    #[test]
    fn measured_metric_math_keeps_its_queries_and_a_band_is_not_read() {
        let math = alarm().threshold(1.0).metrics(expression()).metrics(stat("AWS/Lambda", 60)).build();
        assert_eq!(measured(&math).unwrap().queries, math.metrics());
        let band = alarm().threshold_metric_id("ad1").metrics(expression()).build();
        assert!(measured(&band).is_err_and(|why| why.contains("anomaly detection band")));
        assert!(measured(&alarm().threshold(1.0).build()).is_err());
    }

    #[test]
    fn longest_is_the_slowest_and_ignores_what_one_of_them_ignores() {
        let (fast, slow) = (of(60, 1, MissingData::Ignore), of(300, 3, MissingData::NotBreaching));
        assert_eq!(
            longest(&[Some(fast), Some(slow)]),
            Some(AlarmWindow { missing_data: MissingData::Ignore, ..slow })
        );
        assert_eq!(longest(&[Some(slow)]), Some(slow));
        assert_eq!(longest(&[Some(slow), None]), None);
        assert_eq!(longest(&[]), None);
    }
}
