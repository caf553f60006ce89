//! Tests each source from its call to its notes, against a service on the loopback; and what the modules'
//! tests share.

use std::collections::BTreeMap;

use common::ports::PortErrorKind;
use jiff::Timestamp;
use proptest::{prelude::*, sample::Index};
use serde_json::json;

use super::*;
pub(super) use crate::signed_http::garbled::garbled;
use crate::signed_http::loopback::{Answer, Loopback, ReceivedRequest};

pub(super) fn at(time: &str) -> Timestamp {
    format!("2026-11-20T{time}Z").parse().unwrap()
}

/// A function and a database, with an hour as usual and an hour of an incident.
pub(super) fn scope() -> Scope {
    Scope {
        account: "123456789012".into(),
        region: "eu-west-1".into(),
        resources: vec![
            "arn:aws:lambda:eu-west-1:123456789012:function:checkout".parse().unwrap(),
            "arn:aws:rds:eu-west-1:123456789012:db:main".parse().unwrap(),
        ],
        from: at("02:00:00"),
        incident_from: at("02:59:00"),
        to: at("03:59:00"),
        most_bytes: 1_000_000,
    }
}

/// The text with a part cut out, or replaced by another.
pub(super) fn torn(recorded: &'static str) -> impl Strategy<Value = String> {
    (any::<Index>(), 0usize..40, any::<String>(), any::<bool>()).prop_map(
        move |(place, length, text, all)| {
            if all {
                return text;
            }
            let from = recorded.floor_char_boundary(place.index(recorded.len()));
            let to = recorded.floor_char_boundary((from + length).min(recorded.len()));
            format!("{}{text}{}", &recorded[..from], &recorded[to..])
        },
    )
}

/// Answers by operation; what is not listed does not exist.
fn says(answers: &[(&'static str, String)]) -> impl Fn(&ReceivedRequest) -> Answer + Send + Sync + 'static {
    let answers: BTreeMap<_, _> = answers.iter().cloned().collect();
    move |asked| {
        let answer = answers.iter().find(|(operation, _)| asked.is(operation)).map(|(_, body)| body.clone());
        Some(answer.map_or((404, "{}".to_owned()), |body| (200, body)))
    }
}

async fn look(
    source: ContextSource,
    answers: &[(&'static str, String)],
) -> (Result<Reading<Vec<Note>>, PortError>, Vec<ReceivedRequest>) {
    let service = Loopback::answering(says(answers)).await;
    let sources = AwsContextSources::from_clients(&Clients::new(&service.config().await));
    (sources.look(source, &scope()).await, service.asked())
}

/// The answers that each source is given, and a part of the note that it must make of them.
#[allow(clippy::too_many_lines, reason = "a table")]
fn recorded(source: ContextSource) -> (Vec<(&'static str, String)>, &'static str) {
    let json = |value: &Value| value.to_string();
    match source {
        ContextSource::Deployments => (
            vec![
                ("ListDeployments", json(&json!({"deployments": ["d-1"]}))),
                (
                    "BatchGetDeployments",
                    json(&json!({"deploymentsInfo": [{"deploymentId": "d-1", "status": "Failed"}]})),
                ),
            ],
            "deployment d-1",
        ),
        ContextSource::Pipelines => (
            vec![
                ("ListPipelines", json(&json!({"pipelines": [{"name": "shop", "version": 1}]}))),
                (
                    "ListPipelineExecutions",
                    json(&json!({"pipelineExecutionSummaries": [
                        {"pipelineExecutionId": "e-1", "status": "Failed", "startTime": 1_795_143_600.0},
                    ]})),
                ),
            ],
            "pipeline shop Failed",
        ),
        ContextSource::StackEvents => (
            vec![
                (
                    "DescribeStackResources",
                    "<DescribeStackResourcesResponse><DescribeStackResourcesResult><StackResources><member>\
                     <StackId>arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/u-1</StackId>\
                     <PhysicalResourceId>checkout</PhysicalResourceId></member></StackResources>\
                     </DescribeStackResourcesResult></DescribeStackResourcesResponse>"
                        .to_owned(),
                ),
                (
                    "DescribeStackEvents",
                    stack_events::tests::RECORDED.replace("<NextToken>t</NextToken>", ""),
                ),
            ],
            "stack shop: Checkout",
        ),
        ContextSource::FunctionVersions => (
            vec![(
                "functions/checkout/versions",
                json(
                    &json!({"Versions": [{"Version": "7", "LastModified": "2026-11-20T03:00:00.000+0000"}]}),
                ),
            )],
            "checkout: version 7 published",
        ),
        ContextSource::ConfigurationItems => (
            vec![(
                "GetResourceConfigHistory",
                json(&json!({"configurationItems": [
                    {"configurationItemCaptureTime": 1_795_143_600.0, "configuration": "{}"},
                ]})),
            )],
            "configuration of checkout changed",
        ),
        ContextSource::FaultyTraces => {
            (vec![("TraceSummaries", json(&json!({"TraceSummaries": [{"Id": "1-a"}]})))], "1 trace ended in")
        }
        ContextSource::LogInsights => (
            vec![
                ("functions/checkout/configuration", json(&json!({"FunctionName": "checkout"}))),
                (
                    "DescribeLogGroups",
                    json(&json!({"logGroups": [{"logGroupName": "/aws/lambda/checkout", "storedBytes": 9}]})),
                ),
                ("StartQuery", json(&json!({"queryId": "q-1"}))),
                ("GetQueryResults", json(&log_insights::tests::recorded("Complete", 1.0))),
            ],
            "checkout: 143 lines (ERROR)",
        ),
        ContextSource::ResourceState => (
            vec![(
                "GetResource",
                json(&json!({"ResourceDescription": {"Properties": "{\"Engine\": \"postgres\"}"}})),
            )],
            "AWS::RDS::DBInstance: Engine=postgres",
        ),
        ContextSource::Health => (
            vec![
                (
                    "DescribeEvents",
                    json(
                        &json!({"events": [{"arn": "arn:aws:health:x::event/RDS/X/1", "eventTypeCode": "X"}]}),
                    ),
                ),
                ("DescribeAffectedEntities", json(&json!({"entities": []}))),
            ],
            "AWS Health: X",
        ),
        ContextSource::DatabaseLoad => (
            vec![
                ("DescribeDBInstances", database_load::tests::INSTANCE.to_owned()),
                ("GetResourceMetrics", json(&database_load::tests::recorded())),
            ],
            "waiting for transactionid",
        ),
        ContextSource::Quotas => (
            vec![
                ("ListServiceQuotas", json(&quotas::tests::recorded())),
                ("GetMetricData", json(&quotas::tests::usage())),
            ],
            "950 of 1000 used",
        ),
        ContextSource::SecurityFindings => {
            (vec![("findings", json(&json!({"Findings": [{"Title": "Open to all"}]})))], "Open to all")
        }
    }
}

#[tokio::test]
async fn look_at_each_source_ends_in_notes_and_a_command() {
    for source in ContextSource::ALL {
        let (answers, expected) = recorded(source);
        let (look, asked) = look(source, &answers).await;
        let look = look.unwrap_or_else(|error| panic!("{source:?}: {error}: {}", error.source));
        let said: Vec<_> = look.value.iter().map(|note| note.what.as_str()).collect();
        assert!(said.iter().any(|what| what.contains(expected)), "{source:?}: {said:?}");
        assert!(look.command.starts_with("aws "), "{source:?}: {}", look.command);
        let unused: Vec<_> =
            answers.iter().filter(|(name, _)| !asked.iter().any(|asked| asked.is(name))).collect();
        assert!(unused.is_empty() || source == ContextSource::Health, "{source:?}: {unused:?}");
    }
}

#[tokio::test]
async fn look_at_what_answers_otherwise_is_invalid() {
    for source in ContextSource::ALL {
        let service = Loopback::answering(|_| Some((200, "[1]".into()))).await;
        let sources = AwsContextSources::from_clients(&Clients::new(&service.config().await));
        let error = sources.look(source, &scope()).await.expect_err(source.as_str());
        assert_eq!(error.kind, PortErrorKind::Invalid, "{source:?}");
    }
}

#[tokio::test]
async fn look_that_is_refused_is_denied() {
    for source in ContextSource::ALL {
        let refusal = r#"{"__type": "AccessDeniedException"}"#;
        let service = Loopback::answering(move |_| Some((403, refusal.into()))).await;
        let sources = AwsContextSources::from_clients(&Clients::new(&service.config().await));
        let error = sources.look(source, &scope()).await.expect_err(source.as_str());
        assert_eq!(error.kind, PortErrorKind::Denied, "{source:?}");
    }
}

#[tokio::test]
async fn health_without_a_support_plan_says_so() {
    let refusal = r#"{"__type": "SubscriptionRequiredException", "message": ""}"#;
    let service = Loopback::answering(move |_| Some((400, refusal.into()))).await;
    let sources = AwsContextSources::from_clients(&Clients::new(&service.config().await));
    let error = sources.look(ContextSource::Health, &scope()).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Denied);
    assert!(error.source.to_string().contains("support plan"), "{}", error.source);
    assert!(service.asked()[0].head.contains("/us-east-1/health/aws4_request"));
}

#[tokio::test]
async fn log_query_that_would_scan_too_much_is_not_started() {
    let (mut answers, _) = recorded(ContextSource::LogInsights);
    answers[1].1 =
        json!({"logGroups": [{"logGroupName": "/aws/lambda/checkout", "storedBytes": 1_000_000_000_000_u64,
            "creationTime": at("00:00:00").as_millisecond()}]})
        .to_string();
    let (look, asked) = look(ContextSource::LogInsights, &answers).await;
    let error = look.unwrap_err();
    assert!(error.source.to_string().contains("1000000 are allowed"), "{}", error.source);
    assert!(!asked.iter().any(|asked| asked.is("StartQuery")));
}

#[tokio::test]
async fn log_query_that_scans_too_much_is_stopped() {
    let (mut answers, _) = recorded(ContextSource::LogInsights);
    answers[3].1 = log_insights::tests::recorded("Running", 2e6).to_string();
    answers.push(("StopQuery", json!({"success": true}).to_string()));
    let (look, asked) = look(ContextSource::LogInsights, &answers).await;
    assert!(look.unwrap_err().source.to_string().contains("was stopped"));
    assert_eq!(asked.iter().filter(|asked| asked.is("StopQuery")).count(), 1);
}

#[tokio::test]
async fn resource_of_no_stack_has_no_events() {
    let refusal = "<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack for checkout does not \
                   exist</Message></Error></ErrorResponse>";
    let service = Loopback::answering(move |_| Some((400, refusal.into()))).await;
    let sources = AwsContextSources::from_clients(&Clients::new(&service.config().await));
    let look = sources.look(ContextSource::StackEvents, &scope()).await.unwrap();
    assert!(look.value.is_empty());
}

#[test]
fn iam_actions_of_each_provider_are_sorted_reads() {
    for source in ContextSource::ALL {
        let actions = iam_actions(source);
        assert!(!actions.is_empty() && actions.is_sorted(), "{source:?}");
        for action in actions {
            let (_, name) = action.split_once(':').unwrap();
            // API Gateway's actions are HTTP's methods.
            assert!(name == "GET" || crate::signed_http::is_read(name), "{action}");
        }
    }
}
