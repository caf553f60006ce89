//! Tests connections between resources from their calls to the graph, against services on the loopback.

use common::ports::PortErrorKind;
use serde_json::{Value, json};

use super::*;
use crate::signed_http::loopback::{Answer, Loopback, ReceivedRequest};

fn arn(text: &str) -> Arn {
    text.replace('@', "eu-west-1:123456789012").parse().unwrap()
}

async fn topology(
    answer: impl Fn(&ReceivedRequest) -> Answer + Send + Sync + 'static,
) -> (Loopback, TaggedResources) {
    let service = Loopback::answering(answer).await;
    let topology = TaggedResources::from_clients(&Clients::new(&service.config().await), "application");
    (service, topology)
}

#[test]
fn tagged_of_an_alias_is_its_function() {
    for (arn, expected) in [
        ("arn:aws:lambda:r:1:function:live:live", "arn:aws:lambda:r:1:function:live"),
        ("arn:aws:lambda:r:1:function:checkout", "arn:aws:lambda:r:1:function:checkout"),
        ("arn:aws:ecs:r:1:service/shop/web", "arn:aws:ecs:r:1:service/shop/web"),
    ] {
        assert_eq!(tagged(&arn.parse().unwrap()), expected);
    }
}

#[tokio::test]
async fn application_of_an_alias_is_asked_of_its_function() {
    const FUNCTION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:checkout";
    let tag = json!({"Key": "application", "Value": "shop"});
    let tagged = json!({"ResourceTagMappingList": [{"ResourceARN": FUNCTION, "Tags": [tag]}]});
    let (tagging, topology) = topology(move |_| Some((200, tagged.to_string()))).await;
    let resources =
        [arn("arn:aws:lambda:@:function:checkout:live"), arn("arn:aws:lambda:@:function:checkout")];
    assert_eq!(topology.application_of(&resources).await.unwrap().value.as_deref(), Some("shop"));
    // Both are the one function; and for nothing, nothing is asked.
    assert_eq!(topology.application_of(&[]).await.unwrap().value, None);
    let asked: Vec<Value> =
        tagging.asked().iter().map(|asked| serde_json::from_str(&asked.body).unwrap()).collect();
    assert_eq!(asked, [json!({"ResourceARNList": [FUNCTION]})]);
}

#[tokio::test]
async fn event_sources_are_read_page_by_page() {
    let (lambda, topology) = topology(|asked| {
        let (queue, next) =
            if asked.head.contains("marker=m") { ("payments", Value::Null) } else { ("orders", "m".into()) };
        let mapping = json!({
            "UUID": queue,
            "EventSourceArn": format!("arn:aws:sqs:eu-west-1:123456789012:{queue}"),
            "FunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:f:live",
            "LastModified": 1_795_143_600.5,
            "State": "Enabled",
        });
        let answer = json!({"EventSourceMappings": [mapping], "NextMarker": next});
        Some((200, answer.to_string()))
    })
    .await;
    let look = topology.event_sources().await.unwrap();
    assert_eq!((look.value.nodes.len(), look.value.calls.len()), (3, 2));
    assert_eq!(look.command, "aws lambda list-event-source-mappings");
    let lines: Vec<String> =
        lambda.asked().iter().map(|asked| asked.head.lines().next().unwrap_or_default().to_owned()).collect();
    assert_eq!(
        lines,
        [
            "get /2015-03-31/event-source-mappings http/1.1",
            "get /2015-03-31/event-source-mappings?marker=m http/1.1"
        ]
    );
}

#[tokio::test]
async fn event_sources_on_more_pages_than_are_read_are_an_error() {
    let (lambda, topology) = topology(|_| Some((200, json!({"NextMarker": "m"}).to_string()))).await;
    let error = topology.event_sources().await.unwrap_err();
    assert_eq!((error.kind, lambda.asked().len()), (PortErrorKind::Invalid, MAX_MAPPING_PAGES));
    assert_eq!(error.operation, "ListEventSourceMappings");
}

#[tokio::test]
async fn parameters_are_read_by_the_function_or_version_whose_environment_names_them() {
    let (lambda, topology) = topology(|_| {
        let variables = json!({"LIMIT": "/shop/limit", "PASSWORD": "swordfish"});
        Some((200, json!({"Environment": {"Variables": variables}}).to_string()))
    })
    .await;
    let parameters = ["limit", "rate"].map(|name| arn(&format!("arn:aws:ssm:@:parameter/shop/{name}")));
    for (function, line, command) in [
        (
            "arn:aws:lambda:@:function:f",
            "get /2015-03-31/functions/f/configuration http/1.1",
            "aws lambda get-function-configuration --function-name f",
        ),
        (
            "arn:aws:lambda:@:function:f:live",
            "get /2015-03-31/functions/f/configuration?qualifier=live http/1.1",
            "aws lambda get-function-configuration --function-name f --qualifier live",
        ),
    ] {
        let look = topology.read_by(&arn(function), &parameters).await.unwrap();
        assert_eq!((look.value.as_slice(), look.command.as_str()), (&parameters[..1], command));
        assert_eq!(lambda.asked().pop().unwrap().head.lines().next(), Some(line));
    }
    let queue = arn("arn:aws:sqs:@:orders");
    assert_eq!(topology.read_by(&queue, &parameters).await.unwrap_err().kind, PortErrorKind::Invalid);
}

#[tokio::test]
async fn parameters_of_an_environment_that_lambda_cannot_decrypt_are_an_error() {
    let (_lambda, topology) = topology(|_| {
        let error = json!({"ErrorCode": "AccessDeniedException", "Message": "no key"});
        Some((200, json!({"Environment": {"Error": error}}).to_string()))
    })
    .await;
    let error = topology.read_by(&arn("arn:aws:lambda:@:function:f"), &[]).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Invalid);
    assert!(error.source.to_string().contains("decrypt its environment: AccessDeniedException"));
}
