//! Tests the call graph from its calls to its nodes, against an X-Ray on the loopback.

use common::ports::PortErrorKind;
use proptest::prelude::*;
use serde_json::Value;

use super::{node::Edge, *};
use crate::signed_http::{garbled::garbled, loopback::Loopback};

fn at(text: &str) -> Timestamp {
    format!("2026-11-20T{text}Z").parse().unwrap()
}

fn service(reference: i32, kind: &str, name: &str, calls: &[i32]) -> Service {
    let edges = calls.iter().map(|callee| Edge { reference_id: Some(*callee) }).collect();
    Service { reference_id: Some(reference), edges: Some(edges), ..Service::named(kind, name) }
}

#[test]
fn graph_sides_of_an_invocation_are_one_and_clients_and_unknown_references_none() {
    let services = [
        service(0, "client", "shop", &[1]),
        service(1, "AWS::Lambda", "a", &[2]),
        service(2, "AWS::Lambda::Function", "a", &[3, 4, 9]),
        service(3, "AWS::Lambda", "b", &[5]),
        service(4, "remote", "api.example.com", &[]),
        service(5, "AWS::Lambda::Function", "b", &[]),
    ];
    let graph = graph(&services, "123456789012", "eu-west-1");
    let a = "arn:aws:lambda:eu-west-1:123456789012:function:a";
    let b = "arn:aws:lambda:eu-west-1:123456789012:function:b";
    let calls: Vec<_> = graph.calls.iter().map(|call| (call.caller.as_str(), call.callee.as_str())).collect();
    assert_eq!(calls, [(a, b), (a, "remote api.example.com")]);
    assert_eq!(graph.nodes.len(), 3);
}

/// A service as the API reference shows it.
fn answered(reference: i32, name: &str, calls: &[i32]) -> Value {
    let edges: Vec<_> = calls
        .iter()
        .map(|callee| json!({"ReferenceId": callee, "StartTime": 1_795_143_600.0, "Aliases": []}))
        .collect();
    json!({
        "ReferenceId": reference,
        "Name": name,
        "Names": [name],
        "Type": "AWS::Lambda::Function",
        "AccountId": "123456789012",
        "State": "active",
        "StartTime": 1_795_143_600.0,
        "Edges": edges,
        "SummaryStatistics": {"OkCount": 3, "TotalCount": 3, "TotalResponseTime": 0.2},
    })
}

#[tokio::test]
async fn calls_are_read_page_by_page_and_no_farther_back_than_six_hours() {
    let xray = Loopback::answering(|asked| {
        let is_first = !asked.body.contains("NextToken");
        let answer = if is_first {
            json!({"Services": [answered(1, "a", &[2])], "NextToken": "t"})
        } else {
            json!({"Services": [answered(2, "b", &[])], "NextToken": ""})
        };
        Some((200, answer.to_string()))
    })
    .await;
    let traces = XRay::from_clients(&Clients::new(&xray.config().await));
    let look = traces.calls("123456789012", "eu-west-1", at("00:00:00"), at("08:00:00.5")).await.unwrap();
    assert_eq!(look.value.calls.len(), 1);
    assert_eq!(look.value.nodes.len(), 2);
    assert_eq!(
        look.command,
        "aws xray get-service-graph --start-time 2026-11-20T02:00:00.5Z --end-time 2026-11-20T08:00:00.5Z"
    );
    let asked = xray.asked();
    for one in &asked {
        assert!(one.head.starts_with("post /servicegraph http/1.1\r\n"), "{}", one.head);
        assert!(one.head.contains("/eu-west-1/xray/aws4_request"), "{}", one.head);
    }
    let window = json!({"StartTime": 1_795_140_000.5, "EndTime": 1_795_161_600.5});
    let mut next = window.clone();
    next["NextToken"] = "t".into();
    let bodies: Vec<Value> = asked.iter().map(|one| serde_json::from_str(&one.body).unwrap()).collect();
    assert_eq!(bodies, [window, next]);
}

#[tokio::test]
async fn calls_that_may_not_be_read_are_denied() {
    let denied = Loopback::answering(|_| {
        Some((403, json!({"__type": "AccessDeniedException", "Message": "no"}).to_string()))
    })
    .await;
    let traces = XRay::from_clients(&Clients::new(&denied.config().await));
    let error = traces.calls("1", "eu-west-1", at("00:00:00"), at("01:00:00")).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Denied);
    assert_eq!(error.operation, "GetServiceGraph from 2026-11-20T00:00:00Z to 2026-11-20T01:00:00Z");
}

#[tokio::test]
async fn calls_on_more_pages_than_are_read_are_an_error() {
    let endless =
        Loopback::answering(|_| Some((200, json!({"Services": [], "NextToken": "t"}).to_string()))).await;
    let traces = XRay::from_clients(&Clients::new(&endless.config().await));
    let error = traces.calls("1", "eu-west-1", at("00:00:00"), at("01:00:00")).await.unwrap_err();
    assert_eq!((error.kind, endless.asked().len()), (PortErrorKind::Invalid, MAX_PAGES));
}

proptest! {
    #[test]
    fn graph_of_any_answer_has_no_call_to_what_is_no_node(
        answer in garbled(json!({"Services": [answered(1, "a", &[1, 2]), answered(2, "b", &[])]})),
    ) {
        if let Ok(page) = serde_json::from_value::<Page>(answer) {
            let graph = graph(&page.services.unwrap_or_default(), "123456789012", "eu-west-1");
            for call in &graph.calls {
                prop_assert!(graph.nodes.iter().any(|node| node.id() == call.callee));
                prop_assert_ne!(&call.caller, &call.callee);
            }
        }
    }
}
