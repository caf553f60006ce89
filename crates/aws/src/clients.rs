//! Holds the configuration that all clients share (credentials, region, endpoint, connections, limits of
//! time), and the clients that adapters share.

use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

/// A service that does not even accept a connection in this time is down for us.
const CONNECT: Duration = Duration::from_secs(1);
/// One try.
const ATTEMPT: Duration = Duration::from_secs(3);
/// All tries and the waits between them; below every function's timeout.
const OPERATION: Duration = Duration::from_secs(8);
const MAX_ATTEMPTS: u32 = 3;

/// The configuration of every client, from the environment: region, credentials and, for the local
/// AWS, `AWS_ENDPOINT_URL`.
///
/// TLS is rustls on *ring*: AWS-LC gathers jitter entropy at start-up, which can cost a cold start
/// up to a second, and takes longer to build.
pub async fn config() -> SdkConfig {
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http)
        .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS))
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT)
                .operation_attempt_timeout(ATTEMPT)
                .operation_timeout(OPERATION)
                .build(),
        )
        .load()
        .await
}

/// One client of each service that several adapters ask, for a whole process: its adapters are made with
/// `from_clients`. A service that only one adapter asks has its client in the adapter.
#[derive(Debug, Clone)]
#[allow(dead_code, reason = "which features use it depends on the build")]
pub struct Clients {
    config: SdkConfig,
    #[cfg(any(feature = "alarms", feature = "metrics", feature = "symptoms"))]
    pub(crate) cloudwatch: aws_sdk_cloudwatch::Client,
    #[cfg(any(feature = "logs", feature = "resources", feature = "topology"))]
    pub(crate) lambda: aws_sdk_lambda::Client,
    #[cfg(any(feature = "automations", feature = "modes", feature = "resources"))]
    pub(crate) ssm: aws_sdk_ssm::Client,
    #[cfg(feature = "signed_http")]
    pub(crate) signed: crate::SignedClient,
}

impl Clients {
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            config: config.clone(),
            #[cfg(any(feature = "alarms", feature = "metrics", feature = "symptoms"))]
            cloudwatch: aws_sdk_cloudwatch::Client::new(config),
            #[cfg(any(feature = "logs", feature = "resources", feature = "topology"))]
            lambda: aws_sdk_lambda::Client::new(config),
            #[cfg(any(feature = "automations", feature = "modes", feature = "resources"))]
            ssm: aws_sdk_ssm::Client::new(config),
            #[cfg(feature = "signed_http")]
            signed: crate::SignedClient::from_config(config),
        }
    }

    /// The configuration that they were made from, for adapters that have a client of their own.
    pub const fn config(&self) -> &SdkConfig {
        &self.config
    }
}
