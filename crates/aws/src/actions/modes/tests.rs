//! Tests the modes and the change calendars from their calls to what they allow, against an SSM on the loopback.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::signed_http::{
    garbled::garbled,
    loopback::{Loopback, ReceivedRequest},
};

/// A parameter as the API reference shows it.
fn parameter(name: &str, value: &str) -> Value {
    json!({"Parameter": {
        "Name": name,
        "Type": "String",
        "Value": value,
        "Version": 1,
        "LastModifiedDate": 1_795_143_600.123,
        "ARN": format!("arn:aws:ssm:eu-west-1:123456789012:parameter{name}"),
        "DataType": "text",
    }})
}

fn refusal(code: &str) -> (u16, String) {
    (400, json!({"__type": code}).to_string())
}

async fn modes(
    prefix: &str,
    answer: impl Fn(&ReceivedRequest) -> (u16, String) + Send + Sync + 'static,
) -> (Loopback, ParameterModes) {
    let ssm = Loopback::answering(move |asked| Some(answer(asked))).await;
    let modes = ParameterModes::from_clients(&Clients::new(&ssm.config().await), prefix);
    (ssm, modes)
}

/// Answers for these parameters; there are no others.
fn parameters(
    values: &[(&'static str, &'static str)],
) -> impl Fn(&ReceivedRequest) -> (u16, String) + Send + Sync + 'static {
    let values: BTreeMap<_, _> = values.iter().copied().collect();
    move |asked| {
        let body: Value = serde_json::from_str(&asked.body).unwrap();
        let name = body["Name"].as_str().unwrap_or_default();
        match values.get(name) {
            Some(value) => (200, parameter(name, value).to_string()),
            None => refusal("ParameterNotFound"),
        }
    }
}

#[tokio::test]
async fn mode_of_an_application_is_capped_by_the_deployments() {
    let values = [("/nightshift/mode", "supervised\n"), ("/nightshift/applications/shop/mode", "autonomous")];
    let (ssm, modes) = modes("/nightshift/", parameters(&values)).await;
    for application in [None, Some("shop"), Some("other")] {
        assert_eq!(modes.effective(application).await.unwrap(), Mode::Supervised);
    }
    let asked = ssm.asked();
    assert!(asked[0].head.contains("x-amz-target: amazonssm.getparameter\r\n"), "{}", asked[0].head);
    assert!(asked[0].head.contains("/eu-west-1/ssm/aws4_request"), "{}", asked[0].head);
    assert_eq!(asked[0].body, r#"{"Name":"/nightshift/mode"}"#);
    assert_eq!(modes.effective(Some("../mode")).await.unwrap_err().kind, PortErrorKind::Invalid);
}

#[tokio::test]
async fn mode_of_a_deployment_without_one_is_observe_for_every_application() {
    for own in ["autonomous", "observe", "off"] {
        let (_ssm, modes) = modes("/n", parameters(&[("/n/applications/shop/mode", own)])).await;
        for (application, expected) in [
            (None, Mode::Observe),
            (Some("other"), Mode::Observe),
            (Some("shop"), Mode::Observe.min(own.parse().unwrap())),
        ] {
            assert_eq!(modes.effective(application).await.unwrap(), expected, "{application:?} {own}");
        }
    }
}

#[tokio::test]
async fn mode_that_cannot_be_read_is_an_error() {
    let found = |value: &str| (200, parameter("/n/mode", value).to_string());
    for (answer, expected) in [
        (refusal("AccessDeniedException"), PortErrorKind::Denied),
        (refusal("ThrottlingException"), PortErrorKind::Throttled),
        (found("Autonomous"), PortErrorKind::Invalid),
        ((200, "{}".to_owned()), PortErrorKind::Invalid),
    ] {
        let (_ssm, modes) = modes("/n", move |_| answer.clone()).await;
        let error = modes.effective(None).await.unwrap_err();
        assert_eq!(error.kind, expected);
        assert_eq!(error.operation, "GetParameter /n/mode");
    }
}

#[tokio::test]
async fn secret_is_asked_for_decrypted_and_no_error_quotes_it() {
    for (answer, expected) in [
        (parameter("/n/token", "swordfish"), Some("swordfish")),
        (json!({"Parameter": {"Name": "/n/token"}}), None),
        (json!({"Parameter": {"Value": ["swordfish"]}}), None),
        (json!({"Parameter": "swordfish"}), None),
    ] {
        let ssm = Loopback::answering(move |_| Some((200, answer.to_string()))).await;
        let found = secret(&Clients::new(&ssm.config().await), "/n/token").await;
        assert_eq!(ssm.asked().remove(0).body, r#"{"Name":"/n/token","WithDecryption":true}"#);
        assert_eq!(found.as_deref().ok(), expected);
        if let Err(error) = found {
            assert_eq!(error.operation, "GetParameter /n/token");
            assert!(!format!("{error:?}").contains("swordfish"), "{error:?}");
        }
    }
}

#[tokio::test]
async fn change_calendars_are_asked_in_one_call_and_each_answer_means_one_thing() {
    for (answer, expected) in [
        (json!({"State": "OPEN", "AtTime": "2026-11-20T03:00:00Z"}), Some(ChangeCalendar::Open)),
        (json!({"State": "CLOSED"}), Some(ChangeCalendar::Closed)),
        (json!({"State": "AJAR"}), None),
        (json!({}), None),
    ] {
        let given = answer.to_string();
        let (ssm, modes) = modes("/n", move |_| (200, given.clone())).await;
        let modes = modes.with_calendars("freeze, arn:aws:ssm:r:1:document/audit,");
        assert_eq!(modes.change_calendar().await.ok(), expected, "{answer}");
        let asked = ssm.asked();
        assert!(asked[0].head.contains("x-amz-target: amazonssm.getcalendarstate\r\n"), "{}", asked[0].head);
        let bodies: Vec<Value> = asked.iter().map(|one| serde_json::from_str(&one.body).unwrap()).collect();
        assert_eq!(bodies, [json!({"CalendarNames": ["freeze", "arn:aws:ssm:r:1:document/audit"]})]);
    }
}

#[tokio::test]
async fn change_calendar_that_cannot_be_read_is_an_error_and_none_is_open() {
    for (code, expected) in [
        ("InvalidDocument", PortErrorKind::Invalid),
        ("AccessDeniedException", PortErrorKind::Denied),
        ("ThrottlingException", PortErrorKind::Throttled),
    ] {
        let (_ssm, modes) = modes("/n", move |_| refusal(code)).await;
        let error = modes.with_calendars("freeze").change_calendar().await.unwrap_err();
        assert_eq!(error.kind, expected, "{error}");
        assert!(error.to_string().starts_with("GetCalendarState freeze"), "{error}");
    }
    let (ssm, modes) = modes("/n", |_| refusal("InvalidDocument")).await;
    for names in ["", " , "] {
        assert_eq!(
            modes.clone().with_calendars(names).change_calendar().await.unwrap(),
            ChangeCalendar::Open
        );
    }
    assert_eq!(ssm.asked().len(), 0);
}

#[test]
fn parameter_of_a_safe_name_only() {
    assert_eq!(parameter_of("/n", "shop-1.x_y").unwrap(), "/n/applications/shop-1.x_y/mode");
    for name in ["", "a/b", "../mode", "a b", "\u{e4}", &"x".repeat(65)] {
        assert!(parameter_of("/n", name).is_err(), "{name}");
    }
}

proptest! {
    #[test]
    fn parameter_of_any_answer_is_its_text_or_none(answer in garbled(parameter("/n/mode", "off"))) {
        let text = answer.pointer("/Parameter/Value").and_then(Value::as_str).map(str::to_owned);
        if let (Ok(found), true) = (serde_json::from_value::<Found>(answer.clone()), answer.is_object()) {
            prop_assert!(found.into_value() == text || answer["Parameter"].is_array());
        }
    }
}
