//! Tests signed calls against a service on the loopback.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use aws_config::timeout::TimeoutConfig;
use proptest::prelude::*;
use serde_json::json;

use super::{
    loopback::{Loopback, config},
    operation::is_read,
    services::{CODE_DEPLOY, CODE_PIPELINE, RDS, S3},
    *,
};

const DEPLOYMENTS: Operation = Operation::new(&CODE_DEPLOY, "ListDeployments");
const PIPELINES: Operation = Operation::new(&CODE_PIPELINE, "ListPipelines");
const INSTANCES: Operation = Operation::new(&RDS, "DescribeDBInstances");
const OBJECT: Operation = Operation::at(&S3, "GetObject", "GET", "/{}/{}");

fn about() -> Input {
    Input::new("of shop").body(json!({"applicationName": "shop"}))
}

#[tokio::test]
async fn call_is_signed_and_names_its_operation() {
    let service = Loopback::answering(|_| Some((200, r#"{"deployments":["d-1"]}"#.into()))).await;
    let client = SignedClient::from_config(&service.config().await);
    let answer = client.json(&DEPLOYMENTS, &about()).await.unwrap();
    assert_eq!(answer, json!({"deployments": ["d-1"]}));
    let asked = service.asked().remove(0);
    assert!(asked.head.starts_with("post / http/1.1\r\n"), "{}", asked.head);
    for part in [
        "x-amz-target: codedeploy_20141006.listdeployments\r\n",
        "content-type: application/x-amz-json-1.1\r\n",
        "x-amz-security-token: session\r\n",
        "authorization: aws4-hmac-sha256 credential=akidexample/",
        "/eu-west-1/codedeploy/aws4_request",
        "signedheaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
    ] {
        assert!(asked.head.contains(part), "{part} is not in {}", asked.head);
    }
    assert_eq!(asked.body, r#"{"applicationName":"shop"}"#);
}

#[tokio::test]
async fn call_for_another_region_is_signed_for_it() {
    let service = Loopback::answering(|_| Some((200, String::new()))).await;
    let client = SignedClient::from_config(&service.config().await).in_region("us-west-2").in_region("");
    assert_eq!(client.json(&DEPLOYMENTS, &about()).await.unwrap(), Value::Null);
    assert!(service.asked().remove(0).head.contains("/us-west-2/codedeploy/aws4_request"));
}

#[tokio::test]
async fn object_is_asked_by_its_path_with_its_bodys_hash() {
    let service = Loopback::answering(|_| Some((200, "# Runbook".into()))).await;
    let client = SignedClient::from_config(&service.config().await);
    let input = Input::new("").label("bucket").label("run books/a.md");
    assert_eq!(client.text(&OBJECT, &input).await.unwrap(), "# Runbook");
    let head = service.asked().remove(0).head;
    assert!(head.starts_with("get /bucket/run%20books/a.md http/1.1\r\n"), "{head}");
    assert!(head.contains("x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb924"), "{head}");
}

#[tokio::test]
async fn refusal_is_in_the_ports_words_and_not_asked_again() {
    for (status, body, kind, said) in [
        (400, r#"{"__type":"AccessDeniedException","message":"not you"}"#, PortErrorKind::Denied, "not you"),
        (400, r#"{"__type":"SubscriptionRequiredException"}"#, PortErrorKind::Denied, "SubscriptionRequired"),
        (400, r#"{"__type":"ResourceNotFoundException"}"#, PortErrorKind::NotFound, "ResourceNotFound"),
        (400, r#"{"__type":"ValidationException"}"#, PortErrorKind::Invalid, "ValidationException"),
    ] {
        let service = Loopback::answering(move |_| Some((status, body.into()))).await;
        let client = SignedClient::from_config(&service.config().await);
        let error = client.json(&DEPLOYMENTS, &about()).await.unwrap_err();
        assert_eq!(error.kind, kind, "{body}");
        assert_eq!(error.operation, "ListDeployments of shop");
        assert!(error.source.to_string().contains(said), "{}", error.source);
        assert_eq!(service.asked().len(), 1);
    }
}

#[tokio::test]
async fn throttling_is_tried_again_and_then_reported() {
    let throttled = "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>";
    let service = Loopback::answering(move |_| Some((400, throttled.into()))).await;
    let client = SignedClient::from_config(&service.config().await);
    let error = client.text(&INSTANCES, &Input::new("db")).await.unwrap_err();
    assert_eq!((error.kind, service.asked().len()), (PortErrorKind::Throttled, 3));
    assert!(service.asked()[0].is("DescribeDBInstances"));
}

#[tokio::test]
async fn service_that_recovers_is_heard() {
    let calls = AtomicUsize::new(0);
    let service = Loopback::answering(move |_| {
        let status = if calls.fetch_add(1, Ordering::Relaxed) == 0 { 503 } else { 200 };
        Some((status, "{}".into()))
    })
    .await;
    let client = SignedClient::from_config(&service.config().await);
    assert_eq!(client.json(&DEPLOYMENTS, &about()).await.unwrap(), json!({}));
    assert_eq!(service.asked().len(), 2);
}

#[tokio::test]
async fn answer_that_is_too_large_is_not_read() {
    let service = Loopback::answering(|_| Some((200, "x".repeat(operation::MOST_BYTES + 1)))).await;
    let client = SignedClient::from_config(&service.config().await);
    let error = client.json(&DEPLOYMENTS, &about()).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Invalid);
    assert!(error.source.to_string().contains("larger than 5000000 bytes"), "{}", error.source);
}

#[tokio::test]
async fn answer_of_an_operation_with_larger_pages_is_read_up_to_its_own_limit() {
    const LARGE: Operation = Operation::new(&CODE_DEPLOY, "ListDeployments").of_at_most(6_000_000);
    for (bytes, is_read) in [(6_000_000, true), (6_000_001, false)] {
        let service = Loopback::answering(move |_| Some((200, "x".repeat(bytes)))).await;
        let client = SignedClient::from_config(&service.config().await);
        assert_eq!(client.bytes(&LARGE, &about()).await.is_ok(), is_read, "{bytes}");
    }
}

#[tokio::test]
async fn answer_that_is_not_what_it_should_be_is_invalid() {
    let service = Loopback::answering(|_| Some((200, "<html>".into()))).await;
    let client = SignedClient::from_config(&service.config().await);
    assert_eq!(client.json(&DEPLOYMENTS, &about()).await.unwrap_err().kind, PortErrorKind::Invalid);
    let text = client.text(&INSTANCES, &Input::new("")).await.unwrap();
    assert_eq!(xml::document(&text, "x").unwrap_err().kind, PortErrorKind::Invalid);
}

#[tokio::test]
async fn service_that_hangs_is_given_up() {
    let service = Loopback::answering(|_| None).await;
    let limits = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_millis(20)).build();
    let config = service.config().await.to_builder().timeout_config(limits).build();
    let error = SignedClient::from_config(&config).json(&DEPLOYMENTS, &about()).await.unwrap_err();
    assert_eq!((error.kind, service.asked().len()), (PortErrorKind::Unavailable, 3));
}

#[derive(Debug)]
struct OfCodeDeploy(String);
impl aws_types::service_config::LoadServiceConfig for OfCodeDeploy {
    fn load_config(&self, key: aws_types::service_config::ServiceConfigKey<'_>) -> Option<String> {
        (key.service_id() == "CodeDeploy" && key.env() == "AWS_ENDPOINT_URL").then(|| self.0.clone())
    }
}

#[tokio::test]
async fn endpoint_of_a_service_is_asked_before_the_general_one() {
    let (general, own) = (
        Loopback::answering(|_| Some((200, "{}".into()))).await,
        Loopback::answering(|_| Some((200, "{}".into()))).await,
    );
    let config = config().load().await;
    let config =
        config.to_builder().endpoint_url(&general.url).service_config(OfCodeDeploy(own.url.clone())).build();
    let client = SignedClient::from_config(&config);
    client.json(&DEPLOYMENTS, &about()).await.unwrap();
    client.json(&PIPELINES, &Input::new("")).await.unwrap();
    assert_eq!((own.asked().len(), general.asked().len()), (1, 1));
    assert!(own.asked()[0].is("ListDeployments") && general.asked()[0].is("ListPipelines"));
}

#[tokio::test]
async fn call_without_credentials_or_region_is_an_error() {
    let bare = SdkConfig::builder().build();
    let error = SignedClient::from_config(&bare).json(&DEPLOYMENTS, &about()).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Invalid);
}

/// A constant that is no read does not compile; whatever is made otherwise would panic.
#[test]
fn operations_of_the_whole_crate_are_constants_and_reads() {
    let mut folders = vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
    let (mut names, mut adding) = (Vec::new(), Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            // It speaks of them in texts.
            if path.ends_with("signed_http/tests.rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for made in ["Operation::new(", "Operation::at("].iter().flat_map(|made| text.split(made).skip(1))
            {
                names.extend(made.split('"').nth(1).map(str::to_owned));
            }
            let flat: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let made = flat.matches(" Operation::new(&").count() + flat.matches(" Operation::at( &").count();
            let made = made + flat.matches(" Operation::at(&").count();
            let adds = flat.matches(" Operation::put_object_if_absent(&").count();
            adding.extend(std::iter::repeat_n(path.clone(), adds));
            let made = made + adds;
            let constants = flat.matches(": Operation = Operation::").count();
            assert_eq!(made, constants, "{}: an operation that is no constant", path.display());
        }
    }
    assert!(names.len() > 25, "{names:?}");
    let writes: Vec<_> =
        names.iter().filter(|name| name.starts_with(char::is_uppercase) && !is_read(name)).collect();
    assert!(writes.is_empty(), "{writes:?}");
    // The one place that adds something, where nothing is.
    assert!(matches!(&adding[..], [one] if one.ends_with("src/checkpoints.rs")), "{adding:?}");
}

#[test]
fn name_of_a_write_or_of_a_secret_is_no_read() {
    for name in ["GetResource", "ListPipelines", "DescribeStackEvents", "BatchGetDeployments", "LookupEvents"]
    {
        assert!(is_read(name), "{name}");
    }
    for name in ["StartQuery", "StopQuery", "FilterLogEvents", "Retrieve", "SearchResources", "GetMetricData"]
    {
        assert!(is_read(name), "{name}");
    }
    for name in [
        "",
        "Ge",
        "PutParameter",
        "StartDeployment",
        "StopDeployment",
        "StopQueryX",
        "FilterLogEventsX",
        "UpdateResource",
        "getObject",
        "GetSecretValue",
        "GetSessionToken",
        "GetPasswordData",
        "ListServiceSpecificCredentials",
        "GetAuthorizationToken",
    ] {
        assert!(!is_read(name), "{name}");
    }
}

proptest! {
    #[test]
    fn refusal_any_body_is_one(body in any::<Vec<u8>>(), status in 300u16..600) {
        for service in [&CODE_DEPLOY, &RDS] {
            let error = refusal::parse(service.protocol, status, None, &body).into_error("X".into());
            prop_assert!(error.source.to_string().chars().count() < 400);
        }
    }
}
