//! Holds the configuration that all clients share (credentials, region, endpoint, connections, limits of
//! time), and the clients that adapters share.

use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// A service that does not even accept a connection in this time is down for us.
const CONNECT: Duration = Duration::from_secs(1);
/// One try.
const ATTEMPT: Duration = Duration::from_secs(3);
/// All tries and the waits between them; below every function's timeout.
const OPERATION: Duration = Duration::from_secs(8);
const MAX_ATTEMPTS: u32 = 3;

/// The configuration of a command's clients, as the SDKs' default chain finds it: environment, profiles, sign-ins.
pub async fn config() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http_client())
        .retry_config(retries())
        .timeout_config(timeouts())
        .load()
        .await
}

/// TLS is rustls on *ring*: AWS-LC gathers jitter entropy at start-up, which can cost a cold start
/// up to a second, and takes longer to build.
pub(crate) fn http_client() -> SharedHttpClient {
    Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

pub(crate) fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS)
}

pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(OPERATION)
        .build()
}

/// One client of each service that several adapters ask, for a whole process: its adapters are made with
/// `from_clients`. A service that only one adapter asks has its client in the adapter.
#[derive(Debug, Clone)]
#[allow(dead_code, reason = "which features use it depends on the build")]
pub struct Clients {
    config: SdkConfig,
    #[cfg(any(feature = "alarms", feature = "metrics", feature = "symptoms"))]
    pub(crate) cloudwatch: aws_sdk_cloudwatch::Client,
    #[cfg(feature = "signed_http")]
    pub(crate) signed: crate::SignedClient,
}

impl Clients {
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            config: config.clone(),
            #[cfg(any(feature = "alarms", feature = "metrics", feature = "symptoms"))]
            cloudwatch: aws_sdk_cloudwatch::Client::new(config),
            #[cfg(feature = "signed_http")]
            signed: crate::SignedClient::from_config(config),
        }
    }

    /// The configuration that they were made from, for adapters that have a client of their own.
    pub const fn config(&self) -> &SdkConfig {
        &self.config
    }
}
