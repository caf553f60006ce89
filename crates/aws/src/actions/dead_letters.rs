//! Counts the messages that wait in the dead-letter queues.

use common::ports::{DeadLetters, PortError, WaitingLetters};
use serde_json::{Value, json};

use crate::{
    error::unreadable,
    signed_http::{Input, Operation, SignedClient, services::SQS},
};

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html>
const GET: Operation = Operation::new(&SQS, "GetQueueAttributes");
/// Waiting, or being read by somebody who has not deleted it.
const COUNTS: [&str; 2] = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];

/// The port `DeadLetters` on SQS.
#[derive(Debug, Clone)]
pub struct SqsDeadLetters {
    client: SignedClient,
    queue_urls: Vec<String>,
}

impl SqsDeadLetters {
    pub fn new(client: SignedClient, queue_urls: Vec<String>) -> Self {
        Self { client, queue_urls }
    }
}

impl DeadLetters for SqsDeadLetters {
    async fn waiting(&self) -> Result<Vec<WaitingLetters>, PortError> {
        let mut waiting = Vec::new();
        for url in &self.queue_urls {
            let queue = url.rsplit('/').next().unwrap_or(url).to_owned();
            let body = json!({ "QueueUrl": url, "AttributeNames": COUNTS });
            let answer = self.client.json(&GET, &Input::new(&queue).body(body)).await?;
            let count = count(&answer)
                .ok_or_else(|| unreadable(format!("GetQueueAttributes {queue}"), "it names no count"))?;
            waiting.push(WaitingLetters { queue, count });
        }
        Ok(waiting)
    }
}

/// Adds the counts, which SQS gives as text.
fn count(answer: &Value) -> Option<u64> {
    let attributes = answer.get("Attributes")?;
    let counts = COUNTS.iter().map(|name| attributes.get(name)?.as_str()?.parse::<u64>().ok());
    counts.collect::<Option<Vec<u64>>>().map(|counts| counts.into_iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signed_http::loopback::Loopback;

    #[tokio::test]
    async fn waiting_names_each_queue_with_its_count() {
        let answer = json!({ "Attributes": {
            "ApproximateNumberOfMessages": "3", "ApproximateNumberOfMessagesNotVisible": "1" } });
        let service = Loopback::answering(move |_| Some((200, answer.to_string()))).await;
        let client = SignedClient::from_config(&service.config().await);
        let url = "https://sqs.eu-west-1.amazonaws.com/123456789012/intake-dead".to_owned();
        let waiting = SqsDeadLetters::new(client, vec![url]).waiting().await.unwrap();
        assert_eq!(waiting, [WaitingLetters { queue: "intake-dead".to_owned(), count: 4 }]);
        assert!(service.asked()[0].is("GetQueueAttributes"));
    }

    #[test]
    fn count_adds_what_waits_and_what_is_being_read() {
        let answer = json!({ "Attributes": {
            "ApproximateNumberOfMessages": "3", "ApproximateNumberOfMessagesNotVisible": "1" } });
        assert_eq!(count(&answer), Some(4));
        assert_eq!(count(&json!({ "Attributes": { "ApproximateNumberOfMessages": "3" } })), None);
        assert_eq!(count(&json!({})), None);
    }
}
