//! Reads and verifies SNS messages by AWS's documented rules, and says what SNS has to be asked. Pure.
//!
//! Source: <https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html>. The certificate is fetched over
//! HTTPS from the host of SNS in the topic's own region, which is derived from the allowed topic and never taken from
//! the message; that is what makes it Amazon's (ADR 29).

mod certificate_url;
mod signature;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use common::Arn;
use jiff::{SignedDuration, Timestamp};

use crate::payload::{Fields, InvalidPayload, parse_json};

pub use self::signature::{SignatureVersion, WrongSignature, verify};

/// "The total policy retry time for an HTTP/S endpoint cannot be greater than 3,600 seconds", and our clocks may differ:
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html>.
pub const REPLAY_WINDOW: SignedDuration = SignedDuration::from_mins(65);
/// A message of a time to come: clocks differ by no more.
pub const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// A message as SNS posts it, not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnsMessage {
    pub kind: SnsMessageKind,
    pub topic: Arn,
    pub message_id: String,
    pub sent_at: Timestamp,
    pub subject: Option<String>,
    pub message: String,
    /// The path of the certificate at SNS's host in the topic's region.
    pub certificate_path: String,
    version: SignatureVersion,
    signature: Vec<u8>,
    /// What the signature is over.
    signed_text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SnsMessageKind {
    Notification,
    SubscriptionConfirmation { token: String },
    UnsubscribeConfirmation,
}

impl SnsMessage {
    /// Reads a message without believing it.
    ///
    /// # Errors
    /// The field that is missing or wrong; that `SigningCertURL` is of another host than SNS's in the topic's region.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidPayload> {
        const KIND: &str = "Notification, SubscriptionConfirmation or UnsubscribeConfirmation; the subscription must not \
                            have raw message delivery, which is not signed";
        const TIME: &str = "a time in RFC 3339";
        let json = parse_json(body)?;
        let root = Fields::root(&json)?;
        // As they stand: the signature is over every character.
        let exact = |name: &str, expected: &str| {
            let text = root.get(name).and_then(serde_json::Value::as_str);
            text.filter(|text| !text.is_empty()).ok_or_else(|| root.invalid(name, expected))
        };
        let kind_name = exact("Type", KIND)?;
        let topic_text = exact("TopicArn", "the topic's ARN")?;
        let topic: Arn = topic_text.parse().map_err(|_| root.invalid("TopicArn", "the topic's ARN"))?;
        if topic.service() != "sns" {
            return Err(root.invalid("TopicArn", "the ARN of an SNS topic"));
        }
        let message = exact("Message", "the message's text")?;
        let message_id = exact("MessageId", "the message's id")?;
        let timestamp = exact("Timestamp", TIME)?;
        let subject = root.get("Subject").and_then(serde_json::Value::as_str);
        let (kind, signed) = match kind_name {
            "Notification" => {
                let mut signed = vec![("Message", message), ("MessageId", message_id)];
                signed.extend(subject.map(|text| ("Subject", text)));
                signed.push(("Timestamp", timestamp));
                (SnsMessageKind::Notification, signed)
            }
            "SubscriptionConfirmation" | "UnsubscribeConfirmation" => {
                let url = exact("SubscribeURL", "the URL of the confirmation")?;
                let token = exact("Token", "the token of the confirmation")?;
                let signed = vec![
                    ("Message", message),
                    ("MessageId", message_id),
                    ("SubscribeURL", url),
                    ("Timestamp", timestamp),
                    ("Token", token),
                ];
                let is_subscription = kind_name == "SubscriptionConfirmation";
                let token = token.to_owned();
                let kind = if is_subscription {
                    SnsMessageKind::SubscriptionConfirmation { token }
                } else {
                    SnsMessageKind::UnsubscribeConfirmation
                };
                (kind, signed)
            }
            _ => return Err(root.invalid("Type", KIND)),
        };
        let signed = signed.into_iter().chain([("TopicArn", topic_text), ("Type", kind_name)]);
        let signed_text = signed.flat_map(|(name, text)| [name, "\n", text, "\n"]).collect();
        let version = exact("SignatureVersion", "1 or 2")?;
        let version =
            SignatureVersion::parse(version).ok_or_else(|| root.invalid("SignatureVersion", "1 or 2"))?;
        let signature = STANDARD
            .decode(exact("Signature", "the signature in Base64")?)
            .map_err(|_| root.invalid("Signature", "the signature in Base64"))?;
        let url = exact("SigningCertURL", "the URL of SNS's certificate")?;
        let certificate_path = certificate_url::path(url, &topic)
            .ok_or_else(|| root.invalid("SigningCertURL", &certificate_url::expected(&topic)))?;
        Ok(Self {
            kind,
            message_id: message_id.to_owned(),
            sent_at: timestamp.parse().map_err(|_| root.invalid("Timestamp", TIME))?,
            subject: subject.map(str::to_owned),
            message: message.to_owned(),
            certificate_path: certificate_path.to_owned(),
            version,
            signature,
            signed_text,
            topic,
        })
    }

    /// Returns true if the message was sent so near to `now` that SNS may still be delivering it.
    pub fn is_recent(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.sent_at);
        age <= REPLAY_WINDOW && -age <= CLOCK_SKEW
    }
}
