//! Which SNS messages are believed.

use common::Arn;
use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::{Value, json};
use webhook::sns::{CLOCK_SKEW, REPLAY_WINDOW, SnsMessage, SnsMessageKind, verify};

use super::{
    samples::SNS_SAMPLES,
    signer::{CERTIFICATE, NOW, OTHER_CERTIFICATE, TOPIC, confirmation, notification, signed},
};

fn parse(message: &Value) -> Result<SnsMessage, String> {
    SnsMessage::parse(message.to_string().as_bytes()).map_err(|error| error.to_string())
}

fn holds(message: &Value, certificate: &[u8]) -> bool {
    parse(message).is_ok_and(|message| verify(&message, certificate).is_ok())
}

#[test]
fn signature_of_version_2_holds_for_the_key_of_the_certificate_only() {
    let mut without_subject = notification("m");
    without_subject.as_object_mut().unwrap().remove("Subject");
    for message in [notification("m"), notification("line\n\"two\" ü"), without_subject, confirmation(TOPIC)]
    {
        let message = signed(message);
        assert!(holds(&message, CERTIFICATE), "{message}");
        assert!(!holds(&message, OTHER_CERTIFICATE));
        assert!(!holds(&message, b"no certificate"));
    }
}

/// Signed by openssl: `openssl dgst -sha1 -sign`, over the text that AWS documents.
#[test]
fn signature_of_version_1_is_of_sha_1() {
    let mut message = notification("m");
    message["SignatureVersion"] = "1".into();
    message["Signature"] = include_str!("../keys/sha1-signature.txt").trim().into();
    assert!(holds(&message, CERTIFICATE));
    message["SignatureVersion"] = "2".into();
    assert!(!holds(&message, CERTIFICATE), "one hash is not taken for the other");
}

#[test]
fn samples_of_aws_are_read() {
    let kinds: Vec<SnsMessageKind> =
        SNS_SAMPLES.iter().map(|text| SnsMessage::parse(text.as_bytes()).unwrap().kind).collect();
    assert_eq!(kinds[..2], [SnsMessageKind::Notification, SnsMessageKind::Notification]);
    assert!(
        matches!(&kinds[2], SnsMessageKind::SubscriptionConfirmation { token } if token.starts_with("2336412f"))
    );
}

#[test]
fn message_that_is_wrong_says_which_field_is() {
    let changed = |name: &str, value: Value| {
        let mut message = signed(notification("m"));
        if value.is_null() {
            message.as_object_mut().unwrap().remove(name);
        } else {
            message[name] = value;
        }
        parse(&message).unwrap_err()
    };
    for (name, value, expected) in [
        ("Type", json!(null), "missing `Type`: expected Notification, "),
        ("Type", json!("Other"), "invalid `Type` \"Other\": expected Notification, "),
        ("TopicArn", json!("alerts"), "invalid `TopicArn` \"alerts\": expected the topic's ARN"),
        ("TopicArn", json!("arn:aws:sqs:us-east-1:123456789012:q"), "invalid `TopicArn`"),
        ("SignatureVersion", json!("3"), "invalid `SignatureVersion` \"3\": expected 1 or 2"),
        ("Signature", json!("?"), "invalid `Signature` \"?\": expected the signature in Base64"),
        ("Timestamp", json!("today"), "invalid `Timestamp` \"today\": expected a time in RFC 3339"),
        (
            "SigningCertURL",
            json!("https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-a.pem"),
            "invalid `SigningCertURL` \"https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-a.pem\": expected \
             https://sns.us-east-1.amazonaws.com/SimpleNotificationService-<id>.pem",
        ),
    ] {
        let error = changed(name, value);
        assert!(error.starts_with(expected), "{error}");
    }
    assert!(parse(&json!({"AlarmName": "raw delivery"})).unwrap_err().contains("raw message delivery"));
}

#[test]
fn message_is_recent_for_as_long_as_sns_may_still_deliver_it() {
    let message = parse(&signed(notification("m"))).unwrap();
    for (age, expected) in [
        (SignedDuration::ZERO, true),
        (REPLAY_WINDOW, true),
        (REPLAY_WINDOW + SignedDuration::from_secs(1), false),
        (-CLOCK_SKEW, true),
        (-CLOCK_SKEW - SignedDuration::from_secs(1), false),
    ] {
        assert_eq!(message.is_recent(message.sent_at + age), expected, "{age}");
    }
    assert!(message.is_recent(NOW.parse().unwrap()));
    assert_eq!(message.topic, TOPIC.parse::<Arn>().unwrap());
}

/// The fields that the signature is over.
const SIGNED: [&str; 7] = ["Message", "MessageId", "Subject", "Timestamp", "Token", "TopicArn", "Type"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_change_of_a_signed_field_or_of_the_signature_is_refused(
        message in "[ -~]{1,40}", is_confirmation in any::<bool>(), field in 0usize..9, at in any::<usize>(), letter in "[a-z0-9]",
    ) {
        let message = signed(if is_confirmation { confirmation(TOPIC) } else { notification(&message) });
        let names = [&SIGNED[..], &["SubscribeURL", "Signature"]].concat();
        let name = names[field % names.len()];
        prop_assume!(message[name].is_string() && (is_confirmation || name != "Token"));
        let text = message[name].as_str().unwrap();
        let at = at % text.len();
        prop_assume!(text.is_char_boundary(at) && text.is_char_boundary(at + 1) && text[at..=at] != letter);
        let mut forged = message.clone();
        forged[name] = format!("{}{letter}{}", &text[..at], &text[at + 1..]).into();
        prop_assert!(holds(&message, CERTIFICATE));
        prop_assert!(!holds(&forged, CERTIFICATE), "{name}: {forged}");
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(SnsMessage::parse(&bytes).is_err());
    }

    #[test]
    fn any_certificate_is_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), at in any::<usize>(), by in 1u8..) {
        let message = parse(&signed(notification("m"))).unwrap();
        prop_assert!(verify(&message, &bytes).is_err());
        let mut damaged = CERTIFICATE.to_owned();
        let at = at % damaged.len();
        damaged[at] ^= by;
        // What is damaged outside the key may still verify; nothing panics.
        let _ = verify(&message, &damaged);
    }
}
