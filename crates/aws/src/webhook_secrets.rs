//! Reads the secrets of the webhook's vendors: a `SecureString` each, `<prefix>/webhooks/<vendor>`.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use common::{
    Vendor,
    ports::{PortError, PortErrorKind, WebhookSecret, WebhookSecrets},
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    SignedClient,
    error::unreadable,
    signed_http::{Input, Operation, services::SSM},
};

/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html>
const PARAMETER: Operation = Operation::new(&SSM, "GetParameter");
/// So long a secret that was replaced may still be taken, and no flood of requests becomes one of reads.
const KEPT_FOR: Duration = Duration::from_mins(1);
/// After a failed read the next one is this much later.
const FAILURE_KEPT_FOR: Duration = Duration::from_secs(5);
/// So long the last secret is used while Parameter Store throttles or does not answer.
const USED_WITHOUT_ANSWER_FOR: Duration = Duration::from_mins(15);

/// The port `WebhookSecrets` on Parameter Store.
pub struct ParameterSecrets {
    client: SignedClient,
    prefix: String,
    known: Mutex<BTreeMap<Vendor, Known>>,
}

/// The outcome of the last reads of a vendor's secret.
#[derive(Clone, Default)]
struct Known {
    secrets: Option<(Instant, Vec<WebhookSecret>)>,
    failure: Option<(Instant, PortErrorKind)>,
}

impl Known {
    /// Returns the answer at `now` that needs no read, if there is one.
    fn answer(&self, now: Instant) -> Option<Result<Vec<WebhookSecret>, PortErrorKind>> {
        let is_newer = |at: Instant, age| now.saturating_duration_since(at) < age;
        if let Some((_, secrets)) = self.secrets.as_ref().filter(|(at, _)| is_newer(*at, KEPT_FOR)) {
            return Some(Ok(secrets.clone()));
        }
        let (_, kind) = self.failure.as_ref().filter(|(at, _)| is_newer(*at, FAILURE_KEPT_FOR))?;
        let last = self.secrets.as_ref().filter(|(at, _)| is_newer(*at, USED_WITHOUT_ANSWER_FOR));
        Some(last.map(|(_, secrets)| secrets.clone()).ok_or(*kind))
    }

    fn keep(&mut self, now: Instant, secrets: Vec<WebhookSecret>) {
        *self = Self { secrets: Some((now, secrets)), failure: None };
    }

    /// An answer that is no secret, such as that it was deleted, ends the use of the last one.
    fn fail(&mut self, now: Instant, error: &PortError) {
        if !matches!(error.kind, PortErrorKind::Throttled | PortErrorKind::Unavailable) {
            self.secrets = None;
        }
        self.failure = Some((now, error.kind));
    }
}

/// A parameter as `GetParameter` answers it. It cannot be printed, because it is a secret.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    parameter: Parameter,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    #[serde(rename = "Type")]
    kind: String,
    value: String,
}

impl ParameterSecrets {
    /// `prefix` is that of the deployment's parameters, for example `/nightshift`.
    pub fn new(client: SignedClient, prefix: &str) -> Self {
        let prefix = format!("{}/webhooks", prefix.trim_end_matches('/'));
        Self { client, prefix, known: Mutex::new(BTreeMap::new()) }
    }

    async fn read(&self, vendor: Vendor) -> Result<Vec<WebhookSecret>, PortError> {
        let name = format!("{}/{vendor}", self.prefix);
        let input = Input::new(&name).body(json!({"Name": name, "WithDecryption": true}));
        let Found { parameter } = self.client.parsed(&PARAMETER, &input).await?;
        let wrong = |why: &str| unreadable(format!("{} {name}", PARAMETER.name()), why);
        if parameter.kind != "SecureString" {
            return Err(wrong("the parameter is not encrypted: expected a SecureString"));
        }
        WebhookSecret::parse_all(&parameter.value)
            .ok_or_else(|| wrong("a secret is too short: expected lines of 16 characters or more"))
    }
}

impl WebhookSecrets for ParameterSecrets {
    async fn secrets(&self, vendor: Vendor) -> Result<Vec<WebhookSecret>, PortError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&vendor).cloned();
        if let Some(answer) = known.and_then(|known| known.answer(Instant::now())) {
            return answer.map_err(|kind| {
                let operation = format!("{} {}/{vendor}", PARAMETER.name(), self.prefix);
                PortError::new(operation, kind, "it failed seconds ago, and is not tried again yet")
            });
        }
        let read = self.read(vendor).await;
        let now = Instant::now();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.entry(vendor).or_default();
        let error = match read {
            Ok(secrets) => {
                known.keep(now, secrets.clone());
                return Ok(secrets);
            }
            Err(error) => error,
        };
        known.fail(now, &error);
        known.answer(now).and_then(Result::ok).ok_or(error)
    }
}

#[cfg(test)]
mod tests {
    use common::ports::PortErrorKind;

    use super::*;
    use crate::signed_http::loopback::Loopback;

    const SECRET: &str = "0123456789abcdef";

    async fn secrets(status: u16, answer: String) -> (ParameterSecrets, Loopback) {
        let ssm = Loopback::answering(move |_| Some((status, answer.clone()))).await;
        (ParameterSecrets::new(SignedClient::from_config(&ssm.config().await), "/nightshift/"), ssm)
    }

    fn parameter(kind: &str, value: &str) -> String {
        json!({"Parameter": {"Name": "n", "Type": kind, "Value": value, "Version": 1}}).to_string()
    }

    #[tokio::test]
    async fn secrets_are_read_decrypted_and_once_a_minute() {
        let (port, ssm) = secrets(200, parameter("SecureString", SECRET)).await;
        for _ in 0..3 {
            assert_eq!(port.secrets(Vendor::Grafana).await.unwrap()[0].as_bytes(), SECRET.as_bytes());
        }
        assert_eq!(port.secrets(Vendor::Datadog).await.unwrap().len(), 1);
        let bodies: Vec<String> = ssm.asked().into_iter().map(|one| one.body).collect();
        assert_eq!(
            bodies,
            [
                r#"{"Name":"/nightshift/webhooks/grafana","WithDecryption":true}"#,
                r#"{"Name":"/nightshift/webhooks/datadog","WithDecryption":true}"#,
            ]
        );
    }

    #[tokio::test]
    async fn secret_that_is_missing_short_or_not_encrypted_is_an_error_that_does_not_quote_it() {
        for (status, answer, expected) in [
            (400, json!({"__type": "ParameterNotFound"}).to_string(), PortErrorKind::NotFound),
            (400, json!({"__type": "AccessDeniedException"}).to_string(), PortErrorKind::Denied),
            (200, parameter("SecureString", "swordfish"), PortErrorKind::Invalid),
            (200, parameter("String", "swordfish-swordfish"), PortErrorKind::Invalid),
            (200, json!({"Parameter": "swordfish"}).to_string(), PortErrorKind::Invalid),
        ] {
            let (port, _ssm) = secrets(status, answer).await;
            let error = port.secrets(Vendor::Sns).await.unwrap_err();
            assert_eq!(error.kind, expected);
            assert!(!format!("{error:?}").contains("swordfish"), "{error:?}");
        }
    }

    #[tokio::test]
    async fn failed_read_is_not_repeated_at_once() {
        for (status, answer) in [
            (400, json!({"__type": "ParameterNotFound"}).to_string()),
            (400, json!({"__type": "ThrottlingException"}).to_string()),
            (200, parameter("String", "swordfish-swordfish")),
        ] {
            let (port, ssm) = secrets(status, answer).await;
            let first = port.secrets(Vendor::Grafana).await.unwrap_err();
            let reads = ssm.asked().len();
            for _ in 0..10 {
                assert_eq!(port.secrets(Vendor::Grafana).await.unwrap_err().kind, first.kind);
            }
            assert_eq!(ssm.asked().len(), reads);
        }
    }

    #[test]
    fn last_secret_is_used_for_a_quarter_of_an_hour_while_there_is_no_answer() {
        let start = Instant::now();
        let after = |seconds: u64| start + Duration::from_secs(seconds);
        for (kind, failed_at, asked_at, expected) in [
            (PortErrorKind::Unavailable, 70, 70, Some(true)),
            (PortErrorKind::Throttled, 890, 892, Some(true)),
            (PortErrorKind::Throttled, 899, 901, Some(false)),
            (PortErrorKind::Unavailable, 70, 76, None),
            // It was deleted, or may not be read any more.
            (PortErrorKind::NotFound, 70, 71, Some(false)),
            (PortErrorKind::Denied, 70, 71, Some(false)),
            (PortErrorKind::Invalid, 70, 71, Some(false)),
        ] {
            let mut known = Known::default();
            known.keep(start, WebhookSecret::parse_all(SECRET).unwrap());
            known.fail(after(failed_at), &PortError::new("read", kind, "no"));
            let answer = known.answer(after(asked_at)).map(|answer| answer.is_ok());
            assert_eq!(answer, expected, "{kind:?} {asked_at}");
        }
    }
}
