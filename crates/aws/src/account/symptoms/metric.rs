//! Measures the distance of an alarm's metric beyond its threshold.

use aws_sdk_cloudwatch::{
    Client,
    types::{ComparisonOperator, Metric, MetricAlarm, MetricDataQuery, MetricStat, ScanBy},
};
use aws_smithy_types::DateTime;
use common::ports::PortError;
use jiff::Timestamp;

use crate::{error::failed, time::from_sdk};

/// A threshold, and on which side of it the alarm is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Limit {
    pub(super) threshold: f64,
    pub(super) side: BreachSide,
    /// True where a value at the threshold itself is beyond it.
    pub(super) reached_counts: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BreachSide {
    Above,
    Below,
}

impl Limit {
    /// Returns how far `value` is beyond, in units of the threshold; of 1 where the threshold is 0.
    pub(super) fn excess(self, value: f64) -> Option<f64> {
        let unit = if self.threshold == 0.0 { 1.0 } else { self.threshold.abs() };
        let distance = match self.side {
            BreachSide::Above => value - self.threshold,
            BreachSide::Below => self.threshold - value,
        } / unit;
        // 0 is normal, and a value that the alarm counts as beyond is not.
        let excess = if distance == 0.0 && self.reached_counts { f64::EPSILON } else { distance };
        excess.is_finite().then_some(excess)
    }

    pub(super) fn from_alarm(alarm: &MetricAlarm) -> Option<Self> {
        let (side, reached_counts) = match alarm.comparison_operator()? {
            ComparisonOperator::GreaterThanThreshold => (BreachSide::Above, false),
            ComparisonOperator::GreaterThanOrEqualToThreshold => (BreachSide::Above, true),
            ComparisonOperator::LessThanThreshold => (BreachSide::Below, false),
            ComparisonOperator::LessThanOrEqualToThreshold => (BreachSide::Below, true),
            // A band has no single threshold.
            _ => return None,
        };
        Some(Self { threshold: alarm.threshold()?, side, reached_counts })
    }
}

/// A metric that an alarm compares to a number.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PlainMetric {
    pub(super) limit: Limit,
    stat: MetricStat,
    period_seconds: i64,
    periods: i64,
}

impl PlainMetric {
    pub(super) fn query(&self) -> MetricDataQuery {
        MetricDataQuery::builder().id("m").metric_stat(self.stat.clone()).build()
    }
}

/// `None` for an alarm on an expression or an anomaly band.
pub(super) fn plain_metric(alarm: &MetricAlarm) -> Option<PlainMetric> {
    let metric = Metric::builder()
        .namespace(alarm.namespace()?)
        .metric_name(alarm.metric_name()?)
        .set_dimensions(Some(alarm.dimensions().to_vec()))
        .build();
    let period = alarm.period()?;
    let statistic =
        alarm.statistic().map(aws_sdk_cloudwatch::types::Statistic::as_str).or(alarm.extended_statistic())?;
    Some(PlainMetric {
        limit: Limit::from_alarm(alarm)?,
        stat: MetricStat::builder()
            .metric(metric)
            .period(period)
            .stat(statistic)
            .set_unit(alarm.unit().cloned())
            .build(),
        period_seconds: i64::from(period).max(1),
        periods: i64::from(alarm.evaluation_periods().unwrap_or(1)).max(1),
    })
}

/// A metric's value over one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Datapoint {
    pub(super) value: f64,
    /// The time when the period began.
    pub(super) from: Option<Timestamp>,
}

/// The newest datapoint of a period that has ended, among those that the alarm looks at.
pub(super) async fn newest(
    client: &Client,
    alarm: &str,
    metric: &PlainMetric,
    now: Timestamp,
) -> Result<Option<Datapoint>, PortError> {
    let (start, end) = window(metric.period_seconds, metric.periods, now);
    let answer = client
        .get_metric_data()
        .metric_data_queries(metric.query())
        .start_time(DateTime::from_secs(start))
        .end_time(DateTime::from_secs(end))
        .scan_by(ScanBy::TimestampDescending)
        .send()
        .await
        .map_err(|error| failed(format!("GetMetricData of alarm {alarm}"), error))?;
    let result = answer.metric_data_results().first();
    Ok(result.and_then(|result| {
        let value = *result.values().first()?;
        Some(Datapoint { value, from: result.timestamps().first().and_then(from_sdk) })
    }))
}

/// The seconds from which and to which: whole periods, and three more for metrics that come late.
/// A period that has not ended would show too little.
fn window(period: i64, periods: i64, now: Timestamp) -> (i64, i64) {
    let end = now.as_second().div_euclid(period).saturating_mul(period);
    (end.saturating_sub(period.saturating_mul(periods.saturating_add(3))), end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excess_is_the_distance_beyond_in_units_of_the_threshold() {
        for (threshold, side, reached_counts, value, expected) in [
            (1.0, BreachSide::Above, false, 5.0, Some(4.0)),
            (10.0, BreachSide::Above, false, 10.0, Some(0.0)),
            (10.0, BreachSide::Above, true, 10.0, Some(f64::EPSILON)),
            (10.0, BreachSide::Above, true, 5.0, Some(-0.5)),
            (10.0, BreachSide::Below, false, 5.0, Some(0.5)),
            (10.0, BreachSide::Below, true, 20.0, Some(-1.0)),
            (0.0, BreachSide::Above, false, 3.0, Some(3.0)),
            (-2.0, BreachSide::Below, false, -4.0, Some(1.0)),
            (1.0, BreachSide::Above, false, f64::NAN, None),
        ] {
            let limit = Limit { threshold, side, reached_counts };
            assert_eq!(limit.excess(value), expected, "{limit:?} {value}");
        }
    }

    #[test]
    fn window_ends_where_the_last_whole_period_does() {
        assert_eq!(window(60, 1, Timestamp::from_second(659).unwrap()), (360, 600));
        assert_eq!(window(300, 3, Timestamp::from_second(3_000).unwrap()), (1_200, 3_000));
    }

    #[test]
    fn plain_metric_of_an_expression_is_none() {
        let alarm = MetricAlarm::builder()
            .threshold(1.0)
            .comparison_operator(ComparisonOperator::GreaterThanThreshold)
            .metrics(MetricDataQuery::builder().id("e").expression("m1/m2").build())
            .build();
        assert_eq!(plain_metric(&alarm), None);
    }

    #[test]
    fn plain_metric_of_a_percentile_keeps_it() {
        let alarm = MetricAlarm::builder()
            .namespace("AWS/Lambda")
            .metric_name("Duration")
            .extended_statistic("p99")
            .period(60)
            .evaluation_periods(3)
            .threshold(100.0)
            .comparison_operator(ComparisonOperator::GreaterThanOrEqualToThreshold)
            .build();
        let metric = plain_metric(&alarm).unwrap();
        assert_eq!(metric.stat.stat(), Some("p99"));
        assert_eq!((metric.period_seconds, metric.periods), (60, 3));
    }
}
