//! What all clients share: credentials, region, endpoint, connections, patience.

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
