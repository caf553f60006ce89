//! Puts alerts of the webhook on an event bus.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_eventbridge::{
    Client,
    types::{PutEventsRequestEntry, PutEventsResultEntry},
};
use backon::BackoffBuilder as _;
use common::{
    WebhookAlert,
    ports::{AlertBus, PortError},
    webhook_alert::{DETAIL_TYPE, SOURCE},
};

use crate::{
    backoff,
    error::{failed, of_answer, unreadable},
};

/// "Entries: Maximum number of 10 items":
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>.
const MOST_ENTRIES: usize = 10;
/// "The total entry size must be less than 256 KB", some of which is for the names around each detail.
const MOST_BYTES: usize = 240 * 1024;
const NAMES_BYTES: usize = 512;
/// An entry can be refused in an answer that is a success, mostly for a moment.
const ATTEMPTS: usize = 3;
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_millis(400);

/// The port `AlertBus` on EventBridge.
#[derive(Debug, Clone)]
pub struct EventBridgeBus {
    client: Client,
    bus: String,
}

impl EventBridgeBus {
    pub const fn new(client: Client, bus: String) -> Self {
        Self { client, bus }
    }

    pub fn from_config(config: &SdkConfig, bus: String) -> Self {
        Self::new(Client::new(config), bus)
    }

    fn operation(&self) -> String {
        format!("PutEvents {}", self.bus)
    }

    fn entry(&self, detail: &str) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus)
            .source(SOURCE)
            .detail_type(DETAIL_TYPE)
            .detail(detail)
            .build()
    }

    /// Puts these, and again those of them that were refused.
    async fn put_batch(&self, mut details: Vec<String>) -> Result<(), PortError> {
        let mut waits = backoff::waits(FIRST_WAIT, LONGEST_WAIT, ATTEMPTS).build();
        loop {
            let entries = details.iter().map(|detail| self.entry(detail)).collect();
            let sent = self.client.put_events().set_entries(Some(entries)).send().await;
            let answer = sent.map_err(|error| failed(self.operation(), error))?;
            let results = answer.entries.unwrap_or_default();
            let Some((code, again)) = refused(details, &results) else { return Ok(()) };
            let Some(wait) = waits.next() else {
                let why = format!("{} of the alerts refused: {code}", again.len());
                return Err(PortError::new(self.operation(), of_answer(&code, 503), why));
            };
            details = again;
            tokio::time::sleep(wait).await;
        }
    }
}

impl AlertBus for EventBridgeBus {
    async fn put(&self, alerts: &[WebhookAlert]) -> Result<(), PortError> {
        let details = alerts.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>();
        let details = details.map_err(|error| unreadable(self.operation(), error))?;
        for batch in batches(details) {
            self.put_batch(batch).await?;
        }
        Ok(())
    }
}

/// Splits the details into requests that EventBridge takes.
fn batches(details: Vec<String>) -> Vec<Vec<String>> {
    let mut batches: Vec<Vec<String>> = Vec::new();
    let mut bytes = 0usize;
    for detail in details {
        let size = detail.len().saturating_add(NAMES_BYTES);
        match batches.last_mut() {
            Some(batch) if batch.len() < MOST_ENTRIES && bytes.saturating_add(size) <= MOST_BYTES => {
                batch.push(detail);
                bytes = bytes.saturating_add(size);
            }
            _ => {
                batches.push(vec![detail]);
                bytes = size;
            }
        }
    }
    batches
}

/// Returns the details that have no event yet, and the first one's error. "You can use the ordering of the request entries
/// and the response entries to match" them; one that the answer says nothing of counts as refused.
fn refused(details: Vec<String>, results: &[PutEventsResultEntry]) -> Option<(String, Vec<String>)> {
    let mut code = None;
    let again: Vec<String> = details
        .into_iter()
        .enumerate()
        .filter(|(i, _)| {
            let result = results.get(*i);
            let is_refused = result.is_none_or(|result| result.event_id().is_none());
            if is_refused && code.is_none() {
                code = Some(
                    result.and_then(PutEventsResultEntry::error_code).unwrap_or("InternalFailure").to_owned(),
                );
            }
            is_refused
        })
        .map(|(_, detail)| detail)
        .collect();
    code.map(|code| (code, again))
}

#[cfg(test)]
#[cfg(feature = "signed_http")]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use common::ports::PortErrorKind;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::signed_http::loopback::Loopback;

    fn alerts(count: usize) -> Vec<WebhookAlert> {
        let alert = |i| {
            json!({"version": 1, "vendor": "generic", "alert_id": format!("a-{i}"), "state": "firing",
                   "severity": "sev3", "title": "t"})
        };
        (0..count).map(|i| serde_json::from_value(alert(i)).unwrap()).collect()
    }

    fn taken(id: &str) -> PutEventsResultEntry {
        PutEventsResultEntry::builder().event_id(id).build()
    }

    fn throttled() -> PutEventsResultEntry {
        PutEventsResultEntry::builder().error_code("ThrottlingException").error_message("slow down").build()
    }

    /// Puts alerts while EventBridge says of each call's entries which it takes; the last word holds for all further calls.
    async fn put(count: usize, answers: Vec<Vec<bool>>) -> (Result<(), PortError>, Vec<Value>) {
        let calls = AtomicUsize::new(0);
        let events = Loopback::answering(move |_| {
            let call = calls.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
            let entry = |is_taken: &bool| {
                if *is_taken {
                    json!({"EventId": "e"})
                } else {
                    json!({"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"})
                }
            };
            let entries: Vec<Value> = answers[call].iter().map(entry).collect();
            let failed = answers[call].iter().filter(|is_taken| !**is_taken).count();
            Some((200, json!({"FailedEntryCount": failed, "Entries": entries}).to_string()))
        })
        .await;
        let bus = EventBridgeBus::from_config(&events.config().await, "default".to_owned());
        let result = bus.put(&alerts(count)).await;
        let asked = events.asked().into_iter().map(|one| serde_json::from_str(&one.body).unwrap()).collect();
        (result, asked)
    }

    fn ids(asked: &[Value]) -> Vec<Vec<String>> {
        let id = |entry: &Value| {
            let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
            detail["alert_id"].as_str().unwrap().to_owned()
        };
        asked.iter().map(|call| call["Entries"].as_array().unwrap().iter().map(id).collect()).collect()
    }

    #[tokio::test]
    async fn put_is_one_entry_an_alert_with_our_source_ten_a_call() {
        let (result, asked) = put(25, vec![vec![true; 10]]).await;
        result.unwrap();
        assert_eq!(ids(&asked).iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 5]);
        let entry = &asked[0]["Entries"][0];
        assert_eq!(
            (&entry["Source"], &entry["DetailType"], &entry["EventBusName"]),
            (&json!("nightshift.webhook"), &json!("Alert"), &json!("default"))
        );
    }

    #[tokio::test]
    async fn put_again_only_what_was_refused() {
        let (result, asked) = put(3, vec![vec![true, false, true], vec![true]]).await;
        result.unwrap();
        assert_eq!(ids(&asked), [vec!["a-0", "a-1", "a-2"], vec!["a-1"]]);
    }

    #[tokio::test]
    async fn put_that_is_refused_again_and_again_is_an_error_by_its_code() {
        let (result, asked) = put(1, vec![vec![false]]).await;
        assert_eq!((result.unwrap_err().kind, asked.len()), (PortErrorKind::Throttled, 3));
        let (result, asked) = put(1, vec![vec![]]).await;
        assert_eq!(
            (result.unwrap_err().kind, asked.len()),
            (PortErrorKind::Unavailable, 3),
            "an answer about no entry"
        );
    }

    proptest! {
        #[test]
        fn batches_hold_every_detail_once_in_order_and_fit_a_request(
            sizes in proptest::collection::vec(0usize..200_000, 0..40)
        ) {
            let details: Vec<String> = sizes.iter().enumerate().map(|(i, size)| format!("{i}{}", "x".repeat(*size))).collect();
            let batches = batches(details.clone());
            for batch in &batches {
                prop_assert!((1..=MOST_ENTRIES).contains(&batch.len()));
                let bytes: usize = batch.iter().map(|detail| detail.len() + NAMES_BYTES).sum();
                prop_assert!(bytes <= MOST_BYTES);
            }
            prop_assert_eq!(batches.concat(), details);
        }

        #[test]
        fn refused_are_exactly_those_without_an_event(taken_ones in proptest::collection::vec(any::<bool>(), 0..10), told in 0usize..12) {
            let details: Vec<String> = (0..taken_ones.len()).map(|i| i.to_string()).collect();
            let results: Vec<_> = taken_ones.iter().take(told).map(|is| if *is { taken("e") } else { throttled() }).collect();
            let expected: Vec<String> = details.iter().enumerate()
                .filter(|(i, _)| !(*i < told && taken_ones[*i])).map(|(_, detail)| detail.clone()).collect();
            let found = refused(details, &results).map(|(_, again)| again).unwrap_or_default();
            prop_assert_eq!(found, expected);
        }
    }
}
