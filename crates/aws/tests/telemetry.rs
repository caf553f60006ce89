//! Tests the requests for telemetry, page by page, and the errors that AWS's refusals become. Nothing is sent:
//! the SDK's own mocks answer.
#![cfg(all(feature = "logs", feature = "metrics", feature = "topology", feature = "traces"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[macro_use]
#[path = "support/client.rs"]
mod client;

use aws_smithy_mocks::{Rule, mock};
use aws_smithy_types::{DateTime, error::ErrorMetadata};
use common::{
    Arn,
    ports::{Logs as _, Metrics as _, PortErrorKind, Topology as _, Traces as _},
    signal::Metric,
    telemetry::Sampling,
};
use jiff::Timestamp;

fn arn(text: &str) -> Arn {
    text.replace('@', "eu-west-1:123456789012").parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    format!("2026-11-20T{text}Z").parse().unwrap()
}

#[tokio::test]
async fn calls_are_read_page_by_page_and_no_farther_back_than_six_hours() {
    use aws_sdk_xray::{
        operation::get_service_graph::GetServiceGraphOutput,
        types::{Edge, Service},
    };
    let page = |token: Option<&'static str>| {
        mock!(aws_sdk_xray::Client::get_service_graph).match_requests(move |request| {
            request.next_token() == token
                && request.start_time() == Some(&DateTime::from_secs(at("02:00:00").as_second()))
        })
    };
    let service = |reference, name: &str| {
        Service::builder().reference_id(reference).name(name).r#type("AWS::Lambda::Function")
    };
    let a = service(1, "a").edges(Edge::builder().reference_id(2).build()).build();
    let b = service(2, "b").build();
    let first = page(None)
        .then_output(move || GetServiceGraphOutput::builder().services(a.clone()).next_token("t").build());
    let second =
        page(Some("t")).then_output(move || GetServiceGraphOutput::builder().services(b.clone()).build());
    let traces = aws::traces::XRay::new(client!(aws_sdk_xray, &first, &second));
    let look = traces.calls("123456789012", "eu-west-1", at("00:00:00"), at("08:00:00")).await.unwrap();
    assert_eq!(look.value.calls.len(), 1);
    assert_eq!(look.value.nodes.len(), 2);
    assert_eq!(
        look.command,
        "aws xray get-service-graph --start-time 2026-11-20T02:00:00Z --end-time 2026-11-20T08:00:00Z"
    );
}

#[tokio::test]
async fn calls_that_may_not_be_read_are_denied() {
    use aws_sdk_xray::operation::get_service_graph::GetServiceGraphError;
    let denied = mock!(aws_sdk_xray::Client::get_service_graph).then_error(|| {
        GetServiceGraphError::generic(ErrorMetadata::builder().code("AccessDeniedException").build())
    });
    let traces = aws::traces::XRay::new(client!(aws_sdk_xray, &denied));
    let error = traces.calls("1", "eu-west-1", at("00:00:00"), at("01:00:00")).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Denied);
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

fn configured(group: Option<&'static str>) -> Rule {
    use aws_sdk_lambda::{
        operation::get_function_configuration::GetFunctionConfigurationOutput, types::LoggingConfig,
    };
    mock!(aws_sdk_lambda::Client::get_function_configuration)
        .match_requests(|request| request.function_name() == Some("f") && request.qualifier().is_none())
        .then_output(move || {
            let logging = group.map(|group| LoggingConfig::builder().log_group(group).build());
            GetFunctionConfigurationOutput::builder().set_logging_config(logging).build()
        })
}

#[tokio::test]
async fn lines_are_read_from_the_functions_own_group_until_there_are_enough() {
    use aws_sdk_cloudwatchlogs::{
        operation::filter_log_events::FilterLogEventsOutput, types::FilteredLogEvent,
    };
    for (group, expected) in [(None, "/aws/lambda/f"), (Some("/shop/all"), "/shop/all")] {
        let page = |token: Option<&'static str>| {
            mock!(aws_sdk_cloudwatchlogs::Client::filter_log_events).match_requests(move |request| {
                request.next_token() == token
                    && request.log_group_name() == Some(expected)
                    && request.start_time() == Some(at("00:00:00").as_millisecond())
                    && request.end_time() == Some(at("00:15:00").as_millisecond() - 1)
                    && request.limit() == Some(3)
            })
        };
        let line = |text: &str| FilteredLogEvent::builder().message(text).build();
        let (one, more) = (line("one\n"), [line("two"), line(" \n"), line("three"), line("four")]);
        let empty = page(None).then_output(|| FilterLogEventsOutput::builder().next_token("a").build());
        let first = page(Some("a")).then_output(move || {
            FilterLogEventsOutput::builder().events(one.clone()).next_token("b").build()
        });
        let second = page(Some("b")).then_output(move || {
            FilterLogEventsOutput::builder().set_events(Some(more.to_vec())).next_token("c").build()
        });
        let configuration = configured(group);
        let logs = aws::logs::CloudWatchLogs::new(
            client!(aws_sdk_cloudwatchlogs, &empty, &first, &second),
            client!(aws_sdk_lambda, &configuration),
        );
        let function = arn("arn:aws:lambda:@:function:f");
        let look = logs.lines(&function, at("00:00:00"), at("00:15:00"), 3).await.unwrap();
        assert_eq!(look.value.lines, ["one", "two", "three"]);
        assert!(look.value.truncated);
        assert!(look.command.contains(&format!("--log-group-name {expected}")), "{}", look.command);
    }
}

#[tokio::test]
async fn lines_of_a_group_that_does_not_exist_are_none_and_a_refusal_is_an_error() {
    use aws_sdk_cloudwatchlogs::operation::filter_log_events::FilterLogEventsError;
    for (code, expected) in
        [("ResourceNotFoundException", None), ("ThrottlingException", Some(PortErrorKind::Throttled))]
    {
        let rule = mock!(aws_sdk_cloudwatchlogs::Client::filter_log_events)
            .then_error(move || FilterLogEventsError::generic(ErrorMetadata::builder().code(code).build()));
        let configuration = configured(None);
        let logs = aws::logs::CloudWatchLogs::new(
            client!(aws_sdk_cloudwatchlogs, &rule),
            client!(aws_sdk_lambda, &configuration),
        );
        let found = logs.lines(&arn("arn:aws:lambda:@:function:f"), at("00:00:00"), at("00:15:00"), 3).await;
        assert_eq!(found.as_ref().err().map(|error| error.kind), expected);
        assert!(found.is_err() || found.is_ok_and(|look| look.value.lines.is_empty()));
    }
}

#[tokio::test]
async fn event_sources_are_read_page_by_page() {
    use aws_sdk_lambda::{
        operation::list_event_source_mappings::ListEventSourceMappingsOutput,
        types::EventSourceMappingConfiguration,
    };
    let page = |marker: Option<&'static str>, next: Option<&'static str>, queue: &'static str| {
        mock!(aws_sdk_lambda::Client::list_event_source_mappings)
            .match_requests(move |request| request.marker() == marker)
            .then_output(move || {
                let mapping = EventSourceMappingConfiguration::builder()
                    .event_source_arn(format!("arn:aws:sqs:eu-west-1:123456789012:{queue}"))
                    .function_arn("arn:aws:lambda:eu-west-1:123456789012:function:f:live")
                    .build();
                ListEventSourceMappingsOutput::builder()
                    .event_source_mappings(mapping)
                    .set_next_marker(next.map(str::to_owned))
                    .build()
            })
    };
    let (first, second) = (page(None, Some("m"), "orders"), page(Some("m"), None, "payments"));
    let topology = aws::topology::TaggedResources::new(
        aws::SignedClient::from_config(&aws::function_config()),
        client!(aws_sdk_lambda, &first, &second),
        "application",
    );
    let look = topology.event_sources().await.unwrap();
    assert_eq!((look.value.nodes.len(), look.value.calls.len()), (3, 2));
    assert_eq!(look.command, "aws lambda list-event-source-mappings");
}
