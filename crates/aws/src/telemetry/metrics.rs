//! Reads the metrics of resources from CloudWatch.

mod execution_counts;
mod watched_metrics;

use aws_sdk_cloudwatch::{
    Client,
    types::{Dimension, Metric, MetricDataQuery, MetricDataResult, MetricStat, ScanBy, StatusCode},
};
use common::{
    Arn,
    ports::{Metrics, PortError, Reading},
    signal,
    telemetry::{AliasSeries, AliasVersions, MetricSeries, Sampling},
};
use serde_json::json;

pub use self::execution_counts::ExecutionCounts;
use self::watched_metrics::WatchedMetric;
use crate::{
    Clients,
    cli_command::aws,
    error::{failed, unreadable},
    time::to_sdk,
};

/// The most queries that `GetMetricData` takes in one call.
const MAX_QUERIES: usize = 500;
/// Pages of a hundred thousand values. Beyond it too much was asked for.
const MAX_PAGES: usize = 5;

/// The port `Metrics`.
#[derive(Debug, Clone)]
pub struct CloudWatchMetrics {
    client: Client,
}

impl CloudWatchMetrics {
    pub const fn new(client: Client) -> Self {
        Self { client }
    }

    pub fn from_clients(clients: &Clients) -> Self {
        Self::new(clients.cloudwatch.clone())
    }
}

/// One metric's values, by Unix second.
type Samples = Vec<(i64, f64)>;

/// Tells whether this metric of `resource` is one of those that are read.
pub fn is_read(resource: &Arn, metric: &str, statistic: &str) -> bool {
    watched_metrics::metrics_of(resource)
        .iter()
        .any(|known| known.name == metric && known.statistic == statistic)
}

/// Describes a series to ask CloudWatch for.
struct SeriesQuery {
    resource: Option<Arn>,
    /// Of an alias, the version that took the requests.
    executed_version: Option<String>,
    metric: Metric,
    name: String,
    statistic: String,
}

impl Metrics for CloudWatchMetrics {
    async fn series(
        &self,
        resources: &[Arn],
        own: Option<&signal::Metric>,
        sampling: Sampling,
    ) -> Result<Reading<Vec<MetricSeries>>, PortError> {
        let asked: Vec<SeriesQuery> =
            own.map(of_symptom).into_iter().chain(resources.iter().flat_map(of_resource)).collect();
        let found = self.read_samples(&asked, sampling).await?;
        let command = query(&asked, sampling);
        let with_data = asked.into_iter().zip(found).filter(|(_, samples)| !samples.is_empty());
        let series = with_data.map(|(SeriesQuery { resource, name: metric, statistic, .. }, samples)| {
            MetricSeries { resource, metric, statistic, samples }
        });
        Ok(Reading::new(command, series.collect()))
    }

    async fn alias_series(
        &self,
        aliases: &[AliasVersions],
        sampling: Sampling,
    ) -> Result<Reading<Vec<AliasSeries>>, PortError> {
        let asked: Vec<SeriesQuery> = aliases.iter().flat_map(of_alias).collect();
        let found = self.read_samples(&asked, sampling).await?;
        let command = query(&asked, sampling);
        let with_data = asked.into_iter().zip(found).filter(|(_, samples)| !samples.is_empty());
        let series = with_data.filter_map(|(asked, samples)| {
            let SeriesQuery { resource, executed_version, name: metric, statistic, .. } = asked;
            Some(AliasSeries { alias: resource?, executed_version, metric, statistic, samples })
        });
        Ok(Reading::new(command, series.collect()))
    }
}

impl CloudWatchMetrics {
    /// Returns the samples of each query, in as few calls as the service takes.
    async fn read_samples(
        &self,
        asked: &[SeriesQuery],
        sampling: Sampling,
    ) -> Result<Vec<Samples>, PortError> {
        let mut found = Vec::with_capacity(asked.len());
        for some in asked.chunks(MAX_QUERIES) {
            found.extend(self.read_some(some, sampling).await?);
        }
        Ok(found)
    }

    async fn read_some(&self, asked: &[SeriesQuery], sampling: Sampling) -> Result<Vec<Samples>, PortError> {
        let operation = || format!("GetMetricData of {} metrics", asked.len());
        let period = i32::try_from(sampling.period_seconds).unwrap_or(i32::MAX);
        let queries: Vec<_> =
            (0..).zip(asked).map(|(number, asked)| data_query(number, asked, period)).collect();
        let mut found = vec![Samples::new(); asked.len()];
        let mut token: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let answer = self
                .client
                .get_metric_data()
                .set_metric_data_queries(Some(queries.clone()))
                .start_time(to_sdk(sampling.from))
                .end_time(to_sdk(sampling.to))
                .scan_by(ScanBy::TimestampAscending)
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| failed(operation(), error))?;
            for result in answer.metric_data_results() {
                if matches!(result.status_code(), Some(StatusCode::Forbidden | StatusCode::InternalError)) {
                    return Err(unreadable(operation(), format!("{:?}", result.status_code())));
                }
                if let Some(of_query) = number(result).and_then(|number| found.get_mut(number)) {
                    of_query.extend(samples(result));
                }
            }
            token = answer.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(found);
            }
        }
        Err(unreadable(operation(), format!("there are more than {MAX_PAGES} pages of values")))
    }
}

fn of_symptom(own: &signal::Metric) -> SeriesQuery {
    let dimensions = own.dimensions.iter().map(|(name, value)| dimension(name, value)).collect();
    let metric = Metric::builder().namespace(&own.namespace).metric_name(&own.name);
    SeriesQuery {
        resource: None,
        executed_version: None,
        metric: metric.set_dimensions(Some(dimensions)).build(),
        name: own.name.clone(),
        statistic: own.statistic.clone(),
    }
}

fn of_resource(resource: &Arn) -> Vec<SeriesQuery> {
    let metrics = watched_metrics::metrics_of(resource);
    metrics.into_iter().map(|known| of_watched(resource, None, &known)).collect()
}

/// The metrics of the alias itself, then those of each of its versions.
fn of_alias(asked: &AliasVersions) -> Vec<SeriesQuery> {
    let AliasVersions { alias, versions } = asked;
    let of_versions = versions.iter().flat_map(|version| {
        let metrics = watched_metrics::metrics_of_version(alias, version);
        metrics.into_iter().map(move |known| of_watched(alias, Some(version), &known))
    });
    of_resource(alias).into_iter().chain(of_versions).collect()
}

fn of_watched(resource: &Arn, executed_version: Option<&String>, known: &WatchedMetric) -> SeriesQuery {
    let dimensions = known.dimensions.iter().map(|(name, value)| dimension(name, value)).collect();
    let metric = Metric::builder().namespace(known.namespace).metric_name(known.name);
    SeriesQuery {
        resource: Some(resource.clone()),
        executed_version: executed_version.cloned(),
        metric: metric.set_dimensions(Some(dimensions)).build(),
        name: known.name.to_owned(),
        statistic: known.statistic.to_owned(),
    }
}

fn dimension(name: &str, value: &str) -> Dimension {
    Dimension::builder().name(name).value(value).build()
}

fn data_query(number: usize, asked: &SeriesQuery, period: i32) -> MetricDataQuery {
    let stat = MetricStat::builder().metric(asked.metric.clone()).period(period).stat(&asked.statistic);
    // An id starts with a lower-case letter.
    MetricDataQuery::builder().id(format!("m{number}")).metric_stat(stat.build()).build()
}

/// The query's number, from the id that it was given.
fn number(result: &MetricDataResult) -> Option<usize> {
    result.id()?.strip_prefix('m')?.parse().ok()
}

fn samples(result: &MetricDataResult) -> impl Iterator<Item = (i64, f64)> {
    let times = result.timestamps().iter().map(aws_smithy_types::DateTime::secs);
    times.zip(result.values().iter().copied()).filter(|(_, value)| value.is_finite())
}

/// The whole call, however long: what it found can be had again.
fn query(asked: &[SeriesQuery], sampling: Sampling) -> String {
    let queries: Vec<_> = (0..).zip(asked).map(|(number, asked)| shown(number, asked, sampling)).collect();
    aws([
        "cloudwatch",
        "get-metric-data",
        "--start-time",
        &sampling.from.to_string(),
        "--end-time",
        &sampling.to.to_string(),
        "--scan-by",
        "TimestampAscending",
        "--metric-data-queries",
        &serde_json::Value::Array(queries).to_string(),
    ])
}

fn shown(number: usize, asked: &SeriesQuery, sampling: Sampling) -> serde_json::Value {
    let dimensions: Vec<_> = asked
        .metric
        .dimensions()
        .iter()
        .map(|one| json!({"Name": one.name(), "Value": one.value()}))
        .collect();
    json!({
        "Id": format!("m{number}"),
        "MetricStat": {
            "Metric": {
                "Namespace": asked.metric.namespace(),
                "MetricName": asked.metric.metric_name(),
                "Dimensions": dimensions,
            },
            "Period": sampling.period_seconds,
            "Stat": asked.statistic,
        },
    })
}
