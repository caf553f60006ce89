//! Signs SNS messages as SNS does, with a key that is there for these tests alone.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::{Value, json};

pub(crate) const CERTIFICATE: &[u8] = include_bytes!("../keys/sns-test-certificate.pem");
pub(crate) const OTHER_CERTIFICATE: &[u8] = include_bytes!("../keys/other-certificate.pem");
pub(crate) const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:alerts";
pub(crate) const NOW: &str = "2026-11-20T03:00:00Z";
const KEY: &[u8] = include_bytes!("../keys/sns-test-key.pk8");

/// A notification that SNS has not signed yet.
pub(crate) fn notification(message: &str) -> Value {
    json!({
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Subject": "Disk full",
        "Message": message,
        "Timestamp": "2026-11-20T02:59:30.000Z",
        "SignatureVersion": "2",
        "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-6aad65c2f9911b05cd53efda11f913f9.pem",
        "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
    })
}

pub(crate) fn confirmation(topic: &str) -> Value {
    json!({
        "Type": "SubscriptionConfirmation",
        "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
        "Token": "2336412f37fb687f5d51e6e2",
        "TopicArn": topic,
        "Message": "You have chosen to subscribe to the topic.\nTo confirm the subscription, visit the SubscribeURL.",
        "SubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336412f37fb687f5d51e6e2",
        "Timestamp": "2026-11-20T02:59:30.000Z",
        "SignatureVersion": "2",
        "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-6aad65c2f9911b05cd53efda11f913f9.pem",
    })
}

/// The message with SNS's signature, version 2.
pub(crate) fn signed(mut message: Value) -> Value {
    let key = RsaKeyPair::from_pkcs8(KEY).unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    let text = text_to_sign(&message);
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    message["Signature"] = STANDARD.encode(signature).into();
    message
}

/// As AWS documents it: the names in alphabetical order, each and its value on a line.
fn text_to_sign(message: &Value) -> String {
    let names: &[&str] = if message["Type"] == "Notification" {
        &["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    } else {
        &["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    };
    let there = names.iter().filter_map(|name| Some((name, message[*name].as_str()?)));
    there.flat_map(|(name, value)| [*name, "\n", value, "\n"]).collect()
}
