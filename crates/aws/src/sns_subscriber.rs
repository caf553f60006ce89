//! Asks SNS what any subscriber asks it: for the certificate of its signatures, and to confirm a subscription. Neither is
//! signed, and neither needs a permission.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use common::{
    Arn,
    ports::{PortError, PortErrorKind, SnsSubscriber},
};

use crate::{SignedClient, signed_http::services::SNS};

/// A certificate has about two thousand bytes, and the answer to a confirmation fewer.
const MOST_BYTES: usize = 64 * 1024;
/// One for each region of the allowed topics, and a few that were replaced.
const MOST_CERTIFICATES: usize = 16;

/// So long a path that SNS refused is not asked for again.
const REFUSAL_KEPT_FOR: Duration = Duration::from_mins(1);
/// Whoever makes up paths makes us ask for each; more than these are forgotten.
const MOST_REFUSALS: usize = 64;

/// The port `SnsSubscriber` over HTTPS. It keeps the certificates that signatures held with, which never change under
/// their names, and for a minute which paths were refused.
#[derive(Debug)]
pub struct SnsOverHttps {
    client: SignedClient,
    certificates: Mutex<BTreeMap<String, Vec<u8>>>,
    refusals: Mutex<BTreeMap<String, (Instant, PortErrorKind)>>,
}

impl SnsOverHttps {
    pub const fn new(client: SignedClient) -> Self {
        Self { client, certificates: Mutex::new(BTreeMap::new()), refusals: Mutex::new(BTreeMap::new()) }
    }

    fn refusal(&self, key: &str) -> Option<PortErrorKind> {
        let refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        refusals.get(key).filter(|(at, _)| at.elapsed() < REFUSAL_KEPT_FOR).map(|(_, kind)| *kind)
    }

    fn keep_refusal(&self, key: String, kind: PortErrorKind) {
        insert_bounded(&self.refusals, MOST_REFUSALS, key, (Instant::now(), kind));
    }
}

impl SnsSubscriber for SnsOverHttps {
    async fn certificate(&self, topic: &Arn, path: &str) -> Result<Vec<u8>, PortError> {
        let key = key(topic, path);
        let known = self.certificates.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let named = format!("GET {path} of SNS in {}", topic.region());
        if let Some(kind) = self.refusal(&key) {
            return Err(PortError::new(named, kind, "it was refused within the last minute"));
        }
        let client = self.client.in_region(topic.region());
        let found = client.get_unsigned(&SNS, path, &[], MOST_BYTES, &named).await;
        if let Err(error) = &found
            && !matches!(error.kind, PortErrorKind::Throttled | PortErrorKind::Unavailable)
        {
            self.keep_refusal(key, error.kind);
        }
        found
    }

    fn keep_certificate(&self, topic: &Arn, path: &str, certificate: Vec<u8>) {
        insert_bounded(&self.certificates, MOST_CERTIFICATES, key(topic, path), certificate);
    }

    /// <https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html>, as SNS's own `SubscribeURL` asks it.
    async fn confirm(&self, topic: &Arn, token: &str) -> Result<(), PortError> {
        let query = [("Action", "ConfirmSubscription"), ("TopicArn", &topic.to_string()), ("Token", token)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let client = self.client.in_region(topic.region());
        client.get_unsigned(&SNS, "/", &query, MOST_BYTES, &format!("ConfirmSubscription {topic}")).await?;
        Ok(())
    }
}

fn key(topic: &Arn, path: &str) -> String {
    format!("{}{path}", topic.region())
}

/// Inserts the value; a map that is full is emptied first.
fn insert_bounded<T>(map: &Mutex<BTreeMap<String, T>>, most: usize, key: String, value: T) {
    let mut map = map.lock().unwrap_or_else(PoisonError::into_inner);
    if map.len() >= most && !map.contains_key(&key) {
        map.clear();
    }
    map.insert(key, value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signed_http::loopback::Loopback;

    fn topic() -> Arn {
        Arn::new("sns", "eu-west-1", "123456789012", "alerts")
    }

    #[tokio::test]
    async fn certificate_that_a_signature_held_with_is_fetched_once_and_without_credentials() {
        let sns = Loopback::answering(|_| Some((200, "a certificate".to_owned()))).await;
        let port = SnsOverHttps::new(SignedClient::from_config(&sns.config().await));
        for _ in 0..2 {
            let found = port.certificate(&topic(), "/SimpleNotificationService-a.pem").await.unwrap();
            assert_eq!(found, b"a certificate");
        }
        assert_eq!(sns.asked().len(), 2, "no signature held with it yet");
        port.keep_certificate(&topic(), "/SimpleNotificationService-a.pem", b"a certificate".to_vec());
        port.certificate(&topic(), "/SimpleNotificationService-a.pem").await.unwrap();
        let asked = sns.asked();
        assert_eq!(asked.len(), 2);
        assert!(
            asked[0].head.starts_with("get /simplenotificationservice-a.pem http/1.1\r\n"),
            "{}",
            asked[0].head
        );
        assert!(
            !asked[0].head.contains("authorization") && !asked[0].head.contains("token"),
            "{}",
            asked[0].head
        );
    }

    #[tokio::test]
    async fn certificate_that_is_refused_or_too_large_is_not_asked_for_again_at_once() {
        for (status, body, expected, asked) in [
            (404, String::new(), PortErrorKind::NotFound, 1),
            (403, String::new(), PortErrorKind::Denied, 1),
            (503, String::new(), PortErrorKind::Unavailable, 2),
            (200, "x".repeat(MOST_BYTES + 1), PortErrorKind::Invalid, 1),
        ] {
            let sns = Loopback::answering(move |_| Some((status, body.clone()))).await;
            let port = SnsOverHttps::new(SignedClient::from_config(&sns.config().await));
            for _ in 0..2 {
                let error = port.certificate(&topic(), "/SimpleNotificationService-a.pem").await.unwrap_err();
                assert_eq!(error.kind, expected);
            }
            assert_eq!(sns.asked().len(), asked);
        }
    }

    #[tokio::test]
    async fn confirm_asks_as_the_subscribe_url_does_and_escapes_the_token() {
        let sns = Loopback::answering(|_| Some((200, "<ConfirmSubscriptionResponse/>".to_owned()))).await;
        let port = SnsOverHttps::new(SignedClient::from_config(&sns.config().await));
        port.confirm(&topic(), "a&TopicArn=b").await.unwrap();
        let expected = "get /?action=confirmsubscription&topicarn=arn%3aaws%3asns%3aeu-west-1%3a123456789012%3aalerts\
                        &token=a%26topicarn%3db http/1.1";
        assert_eq!(sns.asked()[0].head.lines().next(), Some(expected));
    }
}
