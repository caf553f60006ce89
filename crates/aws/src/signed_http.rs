//! Makes calls of services whose SDK is not worth its megabytes, which read or add what is not there yet: signed, bounded in time and size,
//! tried again where that may help, and refused in the ports' words.
//!
//! An [`Operation`] is a constant, and only one whose name is a read's can be made, or the one that puts an object where none
//! is.

mod answer;
mod encoding;
mod endpoint;
#[cfg(test)]
pub(crate) mod garbled;
#[cfg(test)]
pub(crate) mod loopback;
mod operation;
pub(crate) mod refusal;
mod request;
pub(crate) mod services;
mod signature;
#[cfg(test)]
mod tests;
mod unsigned;
pub(crate) mod xml;

use std::time::Duration;

use aws_config::{Region, SdkConfig, timeout::TimeoutConfig};
use aws_smithy_runtime::client::{
    auth::no_auth::{NO_AUTH_SCHEME_ID, NoAuthScheme},
    identity::IdentityCache,
    orchestrator::endpoints::StaticUriEndpointResolver,
    retries::strategy::NeverRetryStrategy,
};
use aws_smithy_runtime_api::client::{
    auth::static_resolver::StaticAuthSchemeOptionResolver,
    http::{HttpClient as _, HttpConnector as _, HttpConnectorSettings},
    identity::{Identity, ResolveCachedIdentity as _, SharedIdentityCache, SharedIdentityResolver},
    orchestrator::{HttpRequest, HttpResponse},
    runtime_components::{RuntimeComponents, RuntimeComponentsBuilder},
};
use aws_smithy_types::config_bag::ConfigBag;
use backon::Retryable as _;
use common::ports::{PortError, PortErrorKind};
use serde::de::DeserializeOwned;
use serde_json::Value;

#[cfg(test)]
pub(crate) use self::operation::is_read;
pub(crate) use self::{operation::Operation, request::Input};
use crate::{backoff, error::unreadable, time::within};

/// The limits where the configuration names none; they are those of [`crate::config`].
const ATTEMPT: Duration = Duration::from_secs(3);
const OPERATION: Duration = Duration::from_secs(8);
const ATTEMPTS: u32 = 3;
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Calls services with a configuration's credentials, region, endpoints and connections.
#[derive(Debug, Clone)]
pub struct SignedClient {
    config: SdkConfig,
    identities: SharedIdentityCache,
    credentials: Option<SharedIdentityResolver>,
}

impl SignedClient {
    pub fn from_config(config: &SdkConfig) -> Self {
        Self {
            identities: config.identity_cache().unwrap_or_else(|| IdentityCache::lazy().build()),
            credentials: config.credentials_provider().map(SharedIdentityResolver::new),
            config: config.clone(),
        }
    }

    /// The same for another region; an empty one is that of the configuration.
    pub(crate) fn in_region(&self, region: &str) -> Self {
        let mut config = self.config.to_builder();
        if !region.is_empty() {
            config.set_region(Region::new(region.to_owned()));
        }
        Self { config: config.build(), ..self.clone() }
    }

    /// A JSON service's answer; `null` where it is empty.
    pub(crate) async fn json(&self, operation: &Operation, input: &Input) -> Result<Value, PortError> {
        let bytes = self.bytes(operation, input).await?;
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&bytes).map_err(|error| unreadable(named(operation, input), error))
    }

    /// A JSON service's answer as the type that documents it. The error says where the answer is another, and not what
    /// is there: that may be a secret.
    pub(crate) async fn parsed<T: DeserializeOwned>(
        &self,
        operation: &Operation,
        input: &Input,
    ) -> Result<T, PortError> {
        let bytes = self.bytes(operation, input).await?;
        serde_json::from_slice(&bytes).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let why = format!("the answer is not as documented at line {line}, column {column}");
            unreadable(named(operation, input), why)
        })
    }

    /// An XML service's answer, or a text. Read it with [`xml`].
    pub(crate) async fn text(&self, operation: &Operation, input: &Input) -> Result<String, PortError> {
        let bytes = self.bytes(operation, input).await?;
        String::from_utf8(bytes).map_err(|error| unreadable(named(operation, input), error.utf8_error()))
    }

    /// An answer as it came.
    pub(crate) async fn bytes(&self, operation: &Operation, input: &Input) -> Result<Vec<u8>, PortError> {
        let waits = self.config.retry_config();
        let attempts = waits.map_or(ATTEMPTS, aws_config::retry::RetryConfig::max_attempts);
        let first = waits.map_or(FIRST_WAIT, |waits| waits.initial_backoff().min(FIRST_WAIT));
        let backoff = backoff::waits(first, LONGEST_WAIT, usize::try_from(attempts).unwrap_or_default());
        let may_help =
            |error: &PortError| matches!(error.kind, PortErrorKind::Throttled | PortErrorKind::Unavailable);
        let limits = self.config.timeout_config();
        let (attempt, all) = (
            limits.and_then(TimeoutConfig::operation_attempt_timeout).unwrap_or(ATTEMPT),
            limits.and_then(TimeoutConfig::operation_timeout).unwrap_or(OPERATION),
        );
        let call = || named(operation, input);
        let tries = (|| within(attempt, call, self.attempt(operation, input))).retry(backoff).when(may_help);
        within(all, call, tries).await
    }

    async fn attempt(&self, operation: &Operation, input: &Input) -> Result<Vec<u8>, PortError> {
        let failed = |error| PortError::new(named(operation, input), PortErrorKind::Unavailable, error);
        let invalid = |error| unreadable(named(operation, input), error);
        let components = self.components().map_err(invalid)?;
        let identity = self.identity(&components).await.map_err(failed)?;
        let endpoint = endpoint::resolve(operation.service(), &self.config).map_err(invalid)?;
        let request = request::build(operation, input, &endpoint.url).map_err(invalid)?;
        let request =
            signature::signed(request, operation.service(), &endpoint.region, &identity, &components)
                .map_err(invalid)?;
        let answer = self.send(request, &components).await.map_err(failed)?;
        answer::body(answer, operation, || named(operation, input)).await
    }

    /// Sends a request and returns the answer's head; its body is not read yet.
    async fn send(
        &self,
        request: HttpRequest,
        components: &RuntimeComponents,
    ) -> Result<HttpResponse, BoxError> {
        let http = components.http_client().ok_or("no HTTP client is configured")?;
        let limits = self.config.timeout_config();
        let mut settings = HttpConnectorSettings::builder();
        settings.set_connect_timeout(limits.and_then(TimeoutConfig::connect_timeout));
        settings.set_read_timeout(limits.and_then(TimeoutConfig::read_timeout));
        let connector = http.http_connector(&settings.build(), components);
        Ok(connector.call(request).await?)
    }

    async fn identity(&self, components: &RuntimeComponents) -> Result<Identity, BoxError> {
        let credentials = self.credentials.clone().ok_or("no credentials are configured")?;
        let nothing = ConfigBag::base();
        self.identities.resolve_cached_identity(credentials, components, &nothing).await
    }

    /// Makes the components that the connector and the identity cache take. The others that they must
    /// hold are never called.
    fn components(&self) -> Result<RuntimeComponents, BoxError> {
        let (Some(sleep), Some(time)) = (self.config.sleep_impl(), self.config.time_source()) else {
            return Err("no sleep or no clock is configured".into());
        };
        let credentials = self.credentials.clone().ok_or("no credentials are configured")?;
        Ok(RuntimeComponentsBuilder::new("signed_http")
            .with_http_client(self.config.http_client())
            .with_sleep_impl(Some(sleep))
            .with_time_source(Some(time))
            .with_identity_cache(Some(self.identities.clone()))
            .with_identity_resolver(NO_AUTH_SCHEME_ID, credentials)
            .with_auth_scheme(NoAuthScheme::new())
            .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![
                NO_AUTH_SCHEME_ID,
            ])))
            .with_endpoint_resolver(Some(StaticUriEndpointResolver::uri("http://127.0.0.1")))
            .with_retry_strategy(Some(NeverRetryStrategy::new()))
            .build()?)
    }
}

/// Why something could not be done, before it is known what was asked.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The call as an error names it.
fn named(operation: &Operation, input: &Input) -> String {
    let about = input.about();
    let space = if about.is_empty() { "" } else { " " };
    format!("{}{space}{about}", operation.name())
}
