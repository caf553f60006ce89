//! Tests the changes from their lookups to what they tell, against a CloudTrail on the loopback.

use common::ports::PortErrorKind;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::signed_http::{
    garbled::garbled,
    loopback::{Loopback, ReceivedRequest},
};

fn arn(text: &str) -> Arn {
    text.replace('@', "eu-west-1:123456789012").parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    format!("2026-11-20T{text}Z").parse().unwrap()
}

fn parameter() -> Arn {
    arn("arn:aws:ssm:@:parameter/shop/limit")
}

fn put(id: &str, time: &str) -> Value {
    json!({
        "eventID": id,
        "eventName": "PutParameter",
        "eventSource": "ssm.amazonaws.com",
        "eventTime": format!("2026-11-20T{time}Z"),
        "awsRegion": "eu-west-1",
        "requestParameters": {"name": "/shop/limit"},
    })
}

/// An event as `LookupEvents` lists it.
fn listed(record: &Value) -> Value {
    json!({
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "EventTime": 1_795_143_600.0,
        "ReadOnly": "false",
        "Resources": [],
        "CloudTrailEvent": record.to_string(),
    })
}

fn page(records: &[Value], next: Option<&str>) -> (u16, String) {
    let events: Vec<_> = records.iter().map(listed).collect();
    let mut page = json!({"Events": events});
    if let Some(next) = next {
        page["NextToken"] = next.into();
    }
    (200, page.to_string())
}

/// Returns the value of the attribute that a lookup asks for, and the token of the page.
fn asked_for(asked: &ReceivedRequest) -> (String, Option<String>) {
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    let text = |at: &str| body.pointer(at).and_then(Value::as_str).map(str::to_owned);
    (text("/LookupAttributes/0/AttributeValue").unwrap(), text("/NextToken"))
}

async fn trail(
    answer: impl Fn(&ReceivedRequest) -> (u16, String) + Send + Sync + 'static,
) -> (Loopback, CloudTrail) {
    let service = Loopback::answering(move |asked| Some(answer(asked))).await;
    let signed = SignedClient::from_config(&service.config().await);
    (service, CloudTrail::new(signed, OwnRoles::default()))
}

#[tokio::test]
async fn changes_ask_for_writes_page_by_page() {
    let (service, trail) = trail(|asked| match asked_for(asked).1.as_deref() {
        None => page(&[put("e-2", "02:20:00")], Some("t")),
        Some(_) => page(&[put("e-1", "02:10:00")], None),
    })
    .await;
    let look = trail.changes(&[parameter()], at("02:00:00"), at("03:00:00")).await.unwrap();
    let ids: Vec<_> = look.value.iter().map(|change| change.event_id.as_str()).collect();
    assert_eq!(ids, ["e-2", "e-1"]);
    assert_eq!(look.truncation, None);
    let asked = service.asked();
    assert!(
        asked[0].head.contains(
            "x-amz-target: com.amazonaws.cloudtrail.v20131101.cloudtrail_20131101.lookupevents\r\n"
        ),
        "{}",
        asked[0].head
    );
    let first = json!({
        "LookupAttributes": [{"AttributeKey": "ReadOnly", "AttributeValue": "false"}],
        "StartTime": at("02:00:00").as_second(),
        "EndTime": at("03:00:00").as_second(),
    });
    let mut second = first.clone();
    second["NextToken"] = "t".into();
    let bodies: Vec<Value> = asked.iter().map(|one| serde_json::from_str(&one.body).unwrap()).collect();
    assert_eq!(bodies, [first, second]);
}

#[tokio::test]
async fn changes_of_global_services_are_read_in_their_region_too_and_a_refusal_there_is_said() {
    for (is_refused, expected) in [(false, vec!["e-2", "e-1"]), (true, vec!["e-1"])] {
        let service = Loopback::answering(move |asked| {
            if !asked.head.contains("/us-east-1/cloudtrail/") {
                return Some(page(&[put("e-1", "02:10:00")], None));
            }
            if is_refused {
                return Some((400, json!({"__type": "AccessDeniedException"}).to_string()));
            }
            Some(page(&[put("e-2", "02:20:00")], None))
        })
        .await;
        let clients = Clients::new(&service.config().await);
        let trail = CloudTrail::from_clients(&clients, OwnRoles::default());
        let look = trail.changes(&[parameter()], at("02:00:00"), at("03:00:00")).await.unwrap();
        let ids: Vec<_> = look.value.iter().map(|change| change.event_id.as_str()).collect();
        assert_eq!(ids, expected);
        let missing = look.truncation.map(|truncation| truncation.reason).unwrap_or_default();
        assert_eq!(missing.starts_with("changes of global services: LookupEvents"), is_refused, "{missing}");
        assert_eq!(service.asked().len(), 2);
    }
}

#[tokio::test]
async fn target_changes_of_many_aliases_are_one_lookup_for_each_name_of_event() {
    let (service, trail) = trail(|asked| {
        let name = asked_for(asked).0;
        let function = if name.starts_with("Update") { "a" } else { "b" };
        let record = json!({
            "eventID": name,
            "eventName": name,
            "eventSource": "lambda.amazonaws.com",
            "eventTime": "2026-11-20T02:20:00Z",
            "awsRegion": "eu-west-1",
            "requestParameters": {"functionName": function, "name": "live", "functionVersion": "2"},
        });
        page(&[record], None)
    })
    .await;
    let aliases = ["a", "b", "c"].map(|name| arn(&format!("arn:aws:lambda:@:function:{name}:live")));
    let look = trail.target_changes(&aliases, at("03:00:00")).await.unwrap();
    assert_eq!(look.value.len(), 2);
    let mut names: Vec<_> = service.asked().iter().map(|asked| asked_for(asked).0).collect();
    names.sort();
    assert_eq!(names, ["CreateAlias20150331", "UpdateAlias20150331"]);
}

#[tokio::test]
async fn changes_of_one_resource_are_looked_up_by_its_name_and_no_further_than_four_pages() {
    let (service, trail) = trail(|_| page(&[put("e-1", "02:10:00")], Some("t"))).await;
    let look = trail.changes_of(&parameter(), at("02:00:00"), at("03:00:00")).await.unwrap();
    assert_eq!(look.truncation.map(|truncation| truncation.reached), Some(Some(at("02:10:00"))));
    assert!(
        look.command.contains("AttributeKey=ResourceName,AttributeValue=/shop/limit"),
        "{}",
        look.command
    );
    let asked: Vec<_> = service.asked().iter().map(asked_for).collect();
    assert_eq!(asked.len(), TARGET_CHANGE_PAGES);
    assert!(asked.iter().all(|(value, _)| value == "/shop/limit"));
}

#[tokio::test]
async fn changes_that_are_refused_or_no_record_are_an_error() {
    let no_record = json!({"Events": [{"EventId": "e", "CloudTrailEvent": "{"}]});
    for (status, answer, kind) in [
        (400, json!({"__type": "ThrottlingException"}), PortErrorKind::Throttled),
        (400, json!({"__type": "AccessDeniedException"}), PortErrorKind::Denied),
        (200, no_record, PortErrorKind::Invalid),
    ] {
        let (_service, trail) = trail(move |_| (status, answer.to_string())).await;
        let error = trail.changes(&[], at("02:00:00"), at("03:00:00")).await.unwrap_err();
        assert_eq!(error.kind, kind);
        assert_eq!(error.operation, "LookupEvents false from 2026-11-20T02:00:00Z to 2026-11-20T03:00:00Z");
    }
}

#[test]
fn truncation_says_how_far_back_was_read_and_the_command_says_nothing_of_it() {
    let (from, to) = (at("02:00:00"), at("03:00:00"));
    assert!(!command(Attribute::Writes, from, to).contains('#'));
    let truncation = truncation(to);
    assert_eq!(truncation.reached, Some(to));
    assert_eq!(truncation.reason, "too many events: nothing before 2026-11-20T03:00:00Z was read");
}

proptest! {
    #[test]
    fn changes_of_any_answer_are_of_its_records_or_an_error(
        answer in garbled(json!({"Events": [listed(&put("e-2", "02:20:00"))], "NextToken": "t"})),
        record in garbled(put("e-1", "02:10:00")),
    ) {
        if let Ok(page) = serde_json::from_value::<lookup::Page>(answer) {
            for record in page.records() {
                let _ = changes_in(record, &[parameter()], &OwnRoles::default());
            }
        }
        prop_assert!(changes_in(&record.to_string(), &[parameter()], &OwnRoles::default()).is_ok());
    }
}
