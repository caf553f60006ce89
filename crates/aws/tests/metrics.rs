//! Tests the requests for metrics, page by page, and the errors that AWS's refusals become. Nothing is sent:
//! the SDK's own mocks answer.
#![cfg(feature = "metrics")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[macro_use]
#[path = "support/client.rs"]
mod client;

use aws_smithy_mocks::mock;
use aws_smithy_types::DateTime;
use common::{Arn, ports::Metrics as _, signal::Metric, telemetry::Sampling};
use jiff::Timestamp;

fn arn(text: &str) -> Arn {
    text.replace('@', "eu-west-1:123456789012").parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    format!("2026-11-20T{text}Z").parse().unwrap()
}

const SAMPLING: fn() -> Sampling =
    || Sampling { from: at("00:00:00"), to: at("03:00:00"), period_seconds: 10 };

fn own() -> Metric {
    Metric {
        namespace: "Shop".to_owned(),
        name: "Failed".to_owned(),
        dimensions: [("Shop".to_owned(), "it's".to_owned())].into(),
        statistic: "Sum".to_owned(),
        period_seconds: 10,
    }
}

#[tokio::test]
async fn series_are_asked_for_in_one_call_and_read_page_by_page() {
    use aws_sdk_cloudwatch::{
        operation::get_metric_data::GetMetricDataOutput,
        types::{MetricDataResult, StatusCode},
    };
    let page = |token: Option<&'static str>| {
        mock!(aws_sdk_cloudwatch::Client::get_metric_data).match_requests(move |request| {
            let queries = request.metric_data_queries();
            let stat = |place: usize| queries.get(place).and_then(|query| query.metric_stat());
            let name = |place| stat(place)?.metric()?.metric_name();
            request.next_token() == token
                && queries.len() == 6
                && queries.iter().all(|query| query.metric_stat().unwrap().period() == Some(10))
                && name(0) == Some("Failed")
                && name(1) == Some("Errors")
                && stat(1).unwrap().metric().unwrap().dimensions().first().unwrap().value() == Some("f")
        })
    };
    let result = |id: &str, second: i64, value: f64| {
        MetricDataResult::builder()
            .id(id)
            .status_code(StatusCode::PartialData)
            .timestamps(DateTime::from_secs(second))
            .values(value)
            .build()
    };
    let (early, late, own_result, nan) =
        (result("m1", 10, 1.0), result("m1", 20, 2.0), result("m0", 10, 5.0), result("m2", 10, f64::NAN));
    let first = page(None).then_output(move || {
        GetMetricDataOutput::builder()
            .metric_data_results(own_result.clone())
            .metric_data_results(early.clone())
            .metric_data_results(nan.clone())
            .next_token("t")
            .build()
    });
    let second = page(Some("t"))
        .then_output(move || GetMetricDataOutput::builder().metric_data_results(late.clone()).build());
    let metrics = aws::metrics::CloudWatchMetrics::new(client!(aws_sdk_cloudwatch, &first, &second));
    let function = arn("arn:aws:lambda:@:function:f");
    let resources = [function.clone(), arn("arn:aws:ssm:@:parameter/shop/limit")];
    let look = metrics.series(&resources, Some(&own()), SAMPLING()).await.unwrap();
    let found: Vec<_> = look
        .value
        .iter()
        .map(|series| (series.resource.as_ref(), series.metric.as_str(), series.samples.as_slice()))
        .collect();
    assert_eq!(
        found,
        [(None, "Failed", &[(10, 5.0)][..]), (Some(&function), "Errors", &[(10, 1.0), (20, 2.0)][..])]
    );
    assert!(look.command.starts_with("aws cloudwatch get-metric-data --start-time 2026-11-20T00:00:00Z"));
    assert!(look.command.contains(r"it'\''s"), "quoted for a shell: {}", look.command);
}

#[tokio::test]
async fn series_of_many_resources_are_asked_for_five_hundred_at_a_time() {
    use aws_sdk_cloudwatch::operation::get_metric_data::GetMetricDataOutput;
    let asked = |count: usize| {
        mock!(aws_sdk_cloudwatch::Client::get_metric_data)
            .match_requests(move |request| request.metric_data_queries().len() == count)
            .then_output(|| GetMetricDataOutput::builder().build())
    };
    let (full, rest) = (asked(500), asked(100));
    let metrics = aws::metrics::CloudWatchMetrics::new(client!(aws_sdk_cloudwatch, &full, &rest));
    let resources: Vec<Arn> =
        (0..120).map(|number| arn(&format!("arn:aws:lambda:@:function:f{number}"))).collect();
    assert_eq!(metrics.series(&resources, None, SAMPLING()).await.unwrap().value, []);
    assert_eq!((full.num_calls(), rest.num_calls()), (1, 1));
}

#[tokio::test]
async fn series_that_may_not_be_read_are_an_error() {
    use aws_sdk_cloudwatch::{
        operation::get_metric_data::GetMetricDataOutput,
        types::{MetricDataResult, StatusCode},
    };
    let forbidden = mock!(aws_sdk_cloudwatch::Client::get_metric_data).then_output(|| {
        let result = MetricDataResult::builder().id("m0").status_code(StatusCode::Forbidden).build();
        GetMetricDataOutput::builder().metric_data_results(result).build()
    });
    let metrics = aws::metrics::CloudWatchMetrics::new(client!(aws_sdk_cloudwatch, &forbidden));
    assert!(metrics.series(&[], Some(&own()), SAMPLING()).await.is_err());
}

#[tokio::test]
async fn execution_counts_are_asked_for_in_one_call_of_five_sums() {
    use aws::metrics::ExecutionCounts;
    use aws_sdk_cloudwatch::{
        operation::get_metric_data::GetMetricDataOutput,
        types::{MetricDataResult, StatusCode},
    };
    let machine = "arn:aws:states:eu-west-1:123456789012:stateMachine:nightshift-intake";
    let rule = mock!(aws_sdk_cloudwatch::Client::get_metric_data)
        .match_requests(move |request| {
            let stats: Vec<_> =
                request.metric_data_queries().iter().filter_map(|query| query.metric_stat()).collect();
            stats.len() == 5
                && stats.iter().all(|stat| {
                    let metric = stat.metric().unwrap();
                    let dimension = metric.dimensions().first().unwrap();
                    stat.stat() == Some("Sum")
                        && metric.namespace() == Some("AWS/States")
                        && (dimension.name(), dimension.value()) == (Some("StateMachineArn"), Some(machine))
                })
        })
        .then_output(|| {
            let result = |id: &str, value| {
                let result = MetricDataResult::builder().id(id).status_code(StatusCode::Complete);
                result.timestamps(DateTime::from_secs(300)).values(value).build()
            };
            let results = [result("m0", 4.0), result("m1", 2.0), result("m2", 1.0), result("m3", 1.0)];
            GetMetricDataOutput::builder().set_metric_data_results(Some(results.into())).build()
        });
    let metrics = aws::metrics::CloudWatchMetrics::new(client!(aws_sdk_cloudwatch, &rule));
    let counts = metrics.execution_counts(machine, SAMPLING()).await.unwrap();
    assert_eq!(counts, [(300, ExecutionCounts { started: 4, succeeded: 2, failed: 2 })].into());
}
