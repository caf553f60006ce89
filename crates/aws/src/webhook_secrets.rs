//! Reads the secrets of the webhook's vendors: a `SecureString` each, `<prefix>/webhooks/<vendor>`.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use common::{
    Vendor,
    ports::{PortError, WebhookSecret, WebhookSecrets},
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

/// The port `WebhookSecrets` on Parameter Store.
pub struct ParameterSecrets {
    client: SignedClient,
    prefix: String,
    known: Mutex<BTreeMap<Vendor, (Instant, Vec<WebhookSecret>)>>,
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
        if let Some((_, secrets)) = known.filter(|(read_at, _)| read_at.elapsed() < KEPT_FOR) {
            return Ok(secrets);
        }
        let secrets = self.read(vendor).await?;
        let kept = (Instant::now(), secrets.clone());
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(vendor, kept);
        Ok(secrets)
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
}
