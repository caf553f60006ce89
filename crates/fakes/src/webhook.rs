//! Imitates what the webhook asks: secrets, the event bus and SNS.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use common::{
    Arn, Vendor, WebhookAlert,
    ports::{AlertBus, PortError, PortErrorKind, SnsSubscriber, WebhookSecret, WebhookSecrets},
};

/// The port `WebhookSecrets`: the given values, as they would stand in parameters.
#[derive(Debug, Default)]
pub struct FakeWebhookSecrets {
    values: BTreeMap<Vendor, String>,
    reads: Mutex<usize>,
}

impl FakeWebhookSecrets {
    pub fn new(values: BTreeMap<Vendor, String>) -> Self {
        Self { values, ..Self::default() }
    }

    /// How often a secret was asked for.
    pub fn reads(&self) -> usize {
        *lock(&self.reads)
    }
}

impl WebhookSecrets for FakeWebhookSecrets {
    async fn secrets(&self, vendor: Vendor) -> Result<Vec<WebhookSecret>, PortError> {
        let operation = || format!("read the secret of {vendor}");
        {
            let mut reads = lock(&self.reads);
            *reads = reads.saturating_add(1);
        }
        let value = self.values.get(&vendor);
        let value =
            value.ok_or_else(|| PortError::new(operation(), PortErrorKind::NotFound, "there is none"))?;
        WebhookSecret::parse_all(value)
            .ok_or_else(|| PortError::new(operation(), PortErrorKind::Invalid, "it is too short"))
    }
}

/// The port `AlertBus`: keeps what is put.
#[derive(Debug, Default)]
pub struct FakeAlertBus {
    put: Mutex<Vec<WebhookAlert>>,
    is_down: Mutex<bool>,
}

impl FakeAlertBus {
    pub fn put_alerts(&self) -> Vec<WebhookAlert> {
        lock(&self.put).clone()
    }

    /// From now on it takes no alert, or does so again.
    pub fn set_down(&self, is_down: bool) {
        *lock(&self.is_down) = is_down;
    }
}

impl AlertBus for FakeAlertBus {
    async fn put(&self, alerts: &[WebhookAlert]) -> Result<(), PortError> {
        if *lock(&self.is_down) {
            return Err(PortError::new("put alerts", PortErrorKind::Unavailable, "the bus is down"));
        }
        lock(&self.put).extend_from_slice(alerts);
        Ok(())
    }
}

/// The port `SnsSubscriber`: one certificate under every path, and the confirmations that were asked for.
#[derive(Debug, Default)]
pub struct FakeSns {
    pub certificate: Vec<u8>,
    /// Fails every fetch of a certificate with this.
    pub refuses: Option<PortErrorKind>,
    kept: Mutex<Vec<String>>,
    asked: Mutex<Vec<String>>,
    confirmed: Mutex<Vec<(Arn, String)>>,
}

impl FakeSns {
    pub fn with_certificate(certificate: &[u8]) -> Self {
        Self { certificate: certificate.to_owned(), ..Self::default() }
    }

    /// The paths that were asked for.
    pub fn asked(&self) -> Vec<String> {
        lock(&self.asked).clone()
    }

    /// The paths of the certificates that are to be kept.
    pub fn kept(&self) -> Vec<String> {
        lock(&self.kept).clone()
    }

    /// The topics whose subscription was confirmed, with the tokens.
    pub fn confirmed(&self) -> Vec<(Arn, String)> {
        lock(&self.confirmed).clone()
    }
}

impl SnsSubscriber for FakeSns {
    async fn certificate(&self, _topic: &Arn, path: &str) -> Result<Vec<u8>, PortError> {
        lock(&self.asked).push(path.to_owned());
        match self.refuses {
            Some(kind) => Err(PortError::new(format!("GET {path}"), kind, "refused")),
            None => Ok(self.certificate.clone()),
        }
    }

    fn keep_certificate(&self, _topic: &Arn, path: &str, _certificate: Vec<u8>) {
        lock(&self.kept).push(path.to_owned());
    }

    async fn confirm(&self, topic: &Arn, token: &str) -> Result<(), PortError> {
        lock(&self.confirmed).push((topic.clone(), token.to_owned()));
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
