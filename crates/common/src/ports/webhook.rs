//! Defines the ports of the webhook, by which other monitoring tools send alerts.

use crate::{
    Arn,
    port_error::PortError,
    webhook_alert::{Vendor, WebhookAlert},
};

/// The secret with which a vendor proves itself: a token, or the key of its signatures. It cannot be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(String);

impl WebhookSecret {
    /// A shorter one can be guessed, or is a placeholder.
    pub const LEAST_BYTES: usize = 16;

    /// Reads the secrets in a parameter's value: one a line, so that an old and a new one hold side by side while
    /// a secret is exchanged. `None` where there is none, or one is shorter than [`Self::LEAST_BYTES`].
    pub fn parse_all(value: &str) -> Option<Vec<Self>> {
        let lines: Vec<&str> = value.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let are_long = lines.iter().all(|line| line.len() >= Self::LEAST_BYTES);
        (are_long && !lines.is_empty()).then(|| lines.into_iter().map(|line| Self(line.to_owned())).collect())
    }

    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebhookSecret")
    }
}

/// The vendors' secrets.
pub trait WebhookSecrets {
    /// Returns the secrets of `vendor` that are valid now, at least one.
    ///
    /// # Errors
    /// `NotFound` where nobody has set one, `Invalid` where one is too short.
    async fn secrets(&self, vendor: Vendor) -> Result<Vec<WebhookSecret>, PortError>;
}

/// The event bus that the rules of the intake are on.
pub trait AlertBus {
    /// Puts one event for each alert. After an error some of them may be on the bus.
    async fn put(&self, alerts: &[WebhookAlert]) -> Result<(), PortError>;
}

/// SNS, as one of its subscribers asks it.
pub trait SnsSubscriber {
    /// Returns the certificate, in PEM, that SNS publishes at `path` for the topic's region.
    ///
    /// # Errors
    /// `NotFound`, `Denied` or `Invalid` where SNS publishes none there.
    async fn certificate(&self, topic: &Arn, path: &str) -> Result<Vec<u8>, PortError>;

    /// Keeps a certificate that a signature held with, so that it need not be fetched again.
    fn keep_certificate(&self, topic: &Arn, path: &str, certificate: Vec<u8>);

    /// Confirms the subscription that SNS sent `token` for.
    async fn confirm(&self, topic: &Arn, token: &str) -> Result<(), PortError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_lines_of_sixteen_bytes_and_more_and_are_never_printed() {
        for (value, expected) in [
            ("0123456789abcdef", Some(1)),
            ("  0123456789abcdef\n\nfedcba9876543210\n", Some(2)),
            ("0123456789abcde", None),
            ("0123456789abcdef\nshort", None),
            (" \n", None),
            ("", None),
        ] {
            let parsed = WebhookSecret::parse_all(value);
            assert_eq!(parsed.as_ref().map(Vec::len), expected, "{value:?}");
            assert!(!format!("{parsed:?}").contains("0123456789"));
        }
    }
}
