//! One dead-letter queue: letters are received, and then deleted or released.

use std::collections::BTreeSet;

use aws_sdk_sqs::{
    Client,
    types::{Message, MessageSystemAttributeName},
};
use jiff::Timestamp;

use super::{
    letter::{Content, Letter},
    take_in::LetterQueue,
};
use crate::{account::aws_failure, failure::Failure};

/// Longer than a run takes, which is a minute of waiting and the calls for each letter: a letter comes back by itself if
/// the command dies.
const HIDDEN_SECONDS: i32 = 600;
/// More than that is for a second run.
const MOST: usize = 500;
/// Attributes that say why a letter was not delivered: EventBridge's
/// (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html>), and the intake's of the same names.
const REASONS: [&str; 2] = ["ERROR_CODE", "ERROR_MESSAGE"];

pub(super) struct Queue<'a> {
    client: &'a Client,
    url: &'a str,
}

impl<'a> Queue<'a> {
    pub(super) const fn new(client: &'a Client, url: &'a str) -> Self {
        Self { client, url }
    }

    fn name(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or(self.url)
    }
}

impl LetterQueue for Queue<'_> {
    /// Receives what is there. SQS answers from some of its servers, so the queue counts as read once two answers in a
    /// row brought nothing new.
    async fn receive_all(&self) -> Result<Vec<Letter>, Failure> {
        let mut letters: Vec<Letter> = Vec::new();
        let mut known = BTreeSet::new();
        let mut empty = 0;
        while empty < 2 && letters.len() < MOST {
            let answer = self
                .client
                .receive_message()
                .queue_url(self.url)
                .max_number_of_messages(10)
                .visibility_timeout(HIDDEN_SECONDS)
                .wait_time_seconds(1)
                .message_attribute_names("All")
                .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
                .send()
                .await
                .map_err(|error| {
                    aws_failure::failed(&format!("sqs:ReceiveMessage {}", self.name()), &error)
                })?;
            let new: Vec<_> = answer
                .messages
                .unwrap_or_default()
                .iter()
                .map(|message| letter(self.name(), message))
                .filter(|letter| known.insert(letter.message_id.clone()))
                .collect();
            empty = if new.is_empty() { empty + 1 } else { 0 };
            letters.extend(new);
        }
        letters.sort_by_key(|letter| letter.sent_at);
        Ok(letters)
    }

    async fn delete(&self, letter: &Letter) -> Result<(), Failure> {
        self.client
            .delete_message()
            .queue_url(self.url)
            .receipt_handle(&letter.receipt)
            .send()
            .await
            .map(drop)
            .map_err(|error| aws_failure::failed(&format!("sqs:DeleteMessage {}", self.name()), &error))
    }

    /// Lets others receive it again.
    async fn release(&self, letter: &Letter) -> Result<(), Failure> {
        self.client
            .change_message_visibility()
            .queue_url(self.url)
            .receipt_handle(&letter.receipt)
            .visibility_timeout(0)
            .send()
            .await
            .map(drop)
            .map_err(|error| {
                aws_failure::failed(&format!("sqs:ChangeMessageVisibility {}", self.name()), &error)
            })
    }
}

fn letter(queue: &str, message: &Message) -> Letter {
    let attribute =
        |name: &&str| message.message_attributes.as_ref()?.get(*name)?.string_value().map(str::to_owned);
    let reasons: Vec<_> = REASONS.iter().filter_map(attribute).collect();
    let body = message.body().unwrap_or_default();
    let sent = message.attributes.as_ref().and_then(|it| it.get(&MessageSystemAttributeName::SentTimestamp));
    Letter {
        queue: queue.to_owned(),
        receipt: message.receipt_handle().unwrap_or_default().to_owned(),
        message_id: message.message_id().unwrap_or_default().to_owned(),
        sent_at: sent
            .and_then(|millis| millis.parse().ok())
            .and_then(|millis| Timestamp::from_millisecond(millis).ok()),
        reason: if reasons.is_empty() { failure_in(body) } else { reasons.join(": ") },
        content: Content::read(body),
    }
}

/// Returns the error of a function, which Lambda puts into the body.
fn failure_in(body: &str) -> String {
    let error = serde_json::from_str::<serde_json::Value>(body).ok();
    let error =
        error.and_then(|body| body.get("responsePayload")?.get("errorType")?.as_str().map(str::to_owned));
    error.unwrap_or_else(|| "unknown".to_owned())
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::types::MessageAttributeValue;

    use super::*;

    fn attribute(value: &str) -> MessageAttributeValue {
        MessageAttributeValue::builder().data_type("String").string_value(value).build().unwrap()
    }

    #[test]
    fn letter_says_why_and_since_when_it_lies_there() {
        let message = Message::builder()
            .message_id("m-1")
            .receipt_handle("r-1")
            .body(r#"{"id":"e-1","source":"aws.ec2","detail-type":"X"}"#)
            .attributes(MessageSystemAttributeName::SentTimestamp, "1763607600000")
            .message_attributes("ERROR_CODE", attribute("NO_PERMISSIONS"))
            .message_attributes("ERROR_MESSAGE", attribute("not authorized"))
            .build();
        let letter = letter("q", &message);
        assert_eq!(letter.reason, "NO_PERMISSIONS: not authorized");
        assert_eq!(letter.sent_at.unwrap().to_string(), "2025-11-20T03:00:00Z");
        assert_eq!((letter.message_id.as_str(), letter.receipt.as_str()), ("m-1", "r-1"));
    }

    #[test]
    fn letter_of_a_function_that_failed_names_its_error() {
        let body =
            r#"{"requestPayload":{"step":"sweep"},"responsePayload":{"errorType":"Notify.SweepIncomplete"}}"#;
        let found = letter("q", &Message::builder().body(body).build());
        assert_eq!((found.reason.as_str(), found.content), ("Notify.SweepIncomplete", Content::Schedule));
        assert_eq!(letter("q", &Message::builder().build()).reason, "unknown");
    }
}
