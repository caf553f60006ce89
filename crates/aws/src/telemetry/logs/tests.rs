//! Tests the log lines from their calls to their text, against services on the loopback.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::signed_http::{
    garbled::garbled,
    loopback::{Answer, Loopback, ReceivedRequest},
};

fn at(text: &str) -> Timestamp {
    format!("2026-11-20T{text}Z").parse().unwrap()
}

fn function() -> Arn {
    "arn:aws:lambda:eu-west-1:123456789012:function:f".parse().unwrap()
}

fn event(message: &str) -> Value {
    json!({
        "logStreamName": "2026/11/20/[$LATEST]1",
        "timestamp": 1_795_143_600_000_i64,
        "message": message,
        "ingestionTime": 1_795_143_600_500_i64,
        "eventId": "1",
    })
}

/// Answers for the function's configuration, with its log group, and for the log lines.
async fn service(
    group: Option<&'static str>,
    lines: impl Fn(&ReceivedRequest) -> Answer + Send + Sync + 'static,
) -> (Loopback, CloudWatchLogs) {
    let service = Loopback::answering(move |asked| {
        if asked.is("FilterLogEvents") {
            return lines(asked);
        }
        let mut configuration = json!({"FunctionName": "f"});
        if let Some(group) = group {
            configuration["LoggingConfig"] = json!({"LogFormat": "Text", "LogGroup": group});
        }
        Some((200, configuration.to_string()))
    })
    .await;
    let logs = CloudWatchLogs::from_clients(&Clients::new(&service.config().await));
    (service, logs)
}

#[tokio::test]
async fn lines_are_read_from_the_functions_own_group_until_there_are_enough() {
    for (group, expected) in [(None, "/aws/lambda/f"), (Some("/shop/all"), "/shop/all")] {
        let (service, logs) = service(group, |asked| {
            let token = serde_json::from_str::<Value>(&asked.body).unwrap()["nextToken"].clone();
            let answer = match token.as_str() {
                None => json!({"nextToken": "a", "searchedLogStreams": []}),
                Some("a") => json!({"events": [event("one\n")], "nextToken": "b"}),
                _ => {
                    let events = ["two", " \n", "three", "four"].map(event);
                    json!({"events": events, "nextToken": "c"})
                }
            };
            Some((200, answer.to_string()))
        })
        .await;
        let look = logs.lines(&function(), at("00:00:00"), at("00:15:00"), 3).await.unwrap();
        assert_eq!(look.value.lines, ["one", "two", "three"]);
        assert!(look.value.truncated);
        assert!(look.command.contains(&format!("--log-group-name {expected}")), "{}", look.command);
        let mut asked = service.asked();
        let configuration = asked.remove(0);
        assert!(
            configuration.head.starts_with("get /2015-03-31/functions/f/configuration http/1.1\r\n"),
            "{}",
            configuration.head
        );
        let page = |token: Option<&str>| {
            let mut page = json!({
                "logGroupName": expected,
                "startTime": at("00:00:00").as_millisecond(),
                "endTime": at("00:15:00").as_millisecond() - 1,
                "limit": 3,
            });
            if let Some(token) = token {
                page["nextToken"] = token.into();
            }
            page
        };
        let bodies: Vec<Value> = asked.iter().map(|one| serde_json::from_str(&one.body).unwrap()).collect();
        assert_eq!(bodies, [page(None), page(Some("a")), page(Some("b"))]);
    }
}

#[tokio::test]
async fn lines_of_a_group_that_does_not_exist_are_none_and_a_refusal_is_an_error() {
    for (code, expected) in [
        ("ResourceNotFoundException", None),
        ("ThrottlingException", Some(PortErrorKind::Throttled)),
        ("AccessDeniedException", Some(PortErrorKind::Denied)),
    ] {
        let (_service, logs) = service(None, move |_| Some((400, json!({"__type": code}).to_string()))).await;
        let found = logs.lines(&function(), at("00:00:00"), at("00:15:00"), 3).await;
        assert_eq!(found.as_ref().err().map(|error| error.kind), expected);
        assert!(
            found.is_ok_and(|look| look.value.lines.is_empty() && !look.value.truncated)
                || expected.is_some()
        );
    }
}

#[tokio::test]
async fn lines_of_what_is_no_function_are_not_asked_for() {
    let (service, logs) = service(None, |_| None).await;
    let queue: Arn = "arn:aws:sqs:eu-west-1:123456789012:orders".parse().unwrap();
    let error = logs.lines(&queue, at("00:00:00"), at("00:15:00"), 3).await.unwrap_err();
    assert_eq!((error.kind, service.asked().len()), (PortErrorKind::Invalid, 0));
}

#[test]
fn line_that_is_long_is_cut_between_letters() {
    let long = LogEvent { message: Some(format!("{}\u{e4}x", "a".repeat(LONGEST_LINE - 1))) };
    assert_eq!(line(long), Some("a".repeat(LONGEST_LINE - 1)));
}

proptest! {
    #[test]
    fn lines_of_any_answer_are_bounded_or_an_error(
        answer in garbled(json!({"events": [event("one\n"), event("two")], "nextToken": "t"})),
    ) {
        if let Ok(page) = serde_json::from_value::<Page>(answer) {
            for line in page.events.unwrap_or_default().into_iter().filter_map(line) {
                prop_assert!((1..=LONGEST_LINE).contains(&line.len()));
            }
        }
    }
}
