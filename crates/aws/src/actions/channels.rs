//! Ways to reach a human: an SNS topic.
//!
//! SNS takes a message for a topic that nobody has subscribed to. Nobody would hear it, so that it counts as not sent.

use aws_config::SdkConfig;
use aws_sdk_sns::Client;
use common::{
    notification::Message,
    ports::{Channel, PortError, PortErrorKind},
};

use crate::error::{failed, unreadable};

/// SNS takes subjects of fewer than 100 characters and bodies of 256 KiB.
const MAX_SUBJECT: usize = 99;
const MAX_BODY_BYTES: usize = 256 * 1024;

/// The port `Channel` on one topic.
#[derive(Debug, Clone)]
pub struct SnsChannel {
    client: Client,
    topic_arn: String,
    name: String,
}

impl SnsChannel {
    pub fn new(client: Client, topic_arn: impl Into<String>) -> Self {
        let topic_arn = topic_arn.into();
        let name = format!("sns:{}", topic_arn.rsplit(':').next().unwrap_or_default());
        Self { client, topic_arn, name }
    }

    pub fn from_config(config: &SdkConfig, topic_arn: impl Into<String>) -> Self {
        Self::new(Client::new(config), topic_arn)
    }
}

impl Channel for SnsChannel {
    fn name(&self) -> &str {
        &self.name
    }

    async fn send(&self, message: &Message) -> Result<String, PortError> {
        let operation = || format!("Publish to {}", self.topic_arn);
        let answer = self
            .client
            .publish()
            .topic_arn(&self.topic_arn)
            .set_subject(subject(&message.subject))
            .message(body(&message.body))
            .send()
            .await
            .map_err(|error| failed(operation(), error))?;
        if self.has_no_subscriber().await {
            let nobody = "nobody has confirmed a subscription to the topic";
            return Err(PortError::new(operation(), PortErrorKind::NotFound, nobody));
        }
        answer.message_id.ok_or_else(|| unreadable(operation(), "SNS gave the message no id"))
    }
}

impl SnsChannel {
    /// Returns true if the topic says so: where it cannot be asked, the message was taken and counts.
    async fn has_no_subscriber(&self) -> bool {
        let Ok(asked) = self.client.get_topic_attributes().topic_arn(&self.topic_arn).send().await else {
            return false;
        };
        let attributes = asked.attributes.unwrap_or_default();
        attributes.get("SubscriptionsConfirmed").is_some_and(|confirmed| confirmed == "0")
    }
}

/// Makes a subject that SNS takes: a title from outside must not keep a message from being sent.
fn subject(text: &str) -> Option<String> {
    let plain = |c: char| if c.is_ascii_graphic() || c == ' ' { c } else { '?' };
    let subject: String = text.trim().chars().map(plain).take(MAX_SUBJECT).collect();
    (!subject.is_empty()).then_some(subject)
}

fn body(text: &str) -> &str {
    // An empty message is refused as well.
    if text.is_empty() {
        "(no text)"
    } else {
        text.get(..text.floor_char_boundary(MAX_BODY_BYTES)).unwrap_or(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subject_is_what_sns_takes() {
        assert_eq!(subject(" Alarm\nx ü "), Some("Alarm?x ?".into()));
        assert_eq!(subject(&"x".repeat(300)).unwrap().len(), MAX_SUBJECT);
        assert_eq!(subject("  "), None);
    }

    #[test]
    fn body_is_cut_between_characters_and_never_empty() {
        assert_eq!(body(""), "(no text)");
        let long = "ü".repeat(MAX_BODY_BYTES);
        assert_eq!(body(&long).len(), MAX_BODY_BYTES);
        assert_eq!(body("short"), "short");
    }
}
