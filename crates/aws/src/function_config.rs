//! The configuration of a function's clients: what Lambda puts into the environment, and nothing else.
//!
//! The SDK's own default chain also looks at profiles, the instance's metadata, containers' credentials and web
//! identities. A function has none of them, and their code would be in every zip and run at every cold start.

use std::env;

use aws_config::{
    BehaviorVersion, Region, SdkConfig, environment::EnvironmentVariableCredentialsProvider,
    identity::IdentityCache,
};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::{
    rt::sleep::{SharedAsyncSleep, TokioSleep},
    time::{SharedTimeSource, SystemTimeSource},
};
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::clients::{http_client, retries, timeouts};

/// The configuration of a function's clients: region, credentials and, for the local AWS, `AWS_ENDPOINT_URL`,
/// from the environment.
pub fn function_config() -> SdkConfig {
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(variable("AWS_REGION").map(Region::new))
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .identity_cache(IdentityCache::lazy().build())
        .http_client(http_client())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(SharedTimeSource::new(SystemTimeSource::new()))
        .retry_config(retries())
        .timeout_config(timeouts())
        .service_config(Environment);
    config.set_endpoint_url(variable("AWS_ENDPOINT_URL"));
    config.set_use_fips(switch("AWS_USE_FIPS_ENDPOINT"));
    config.set_use_dual_stack(switch("AWS_USE_DUALSTACK_ENDPOINT"));
    config.build()
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn switch(name: &str) -> Option<bool> {
    variable(name)?.to_ascii_lowercase().parse().ok()
}

/// A service's own endpoint: `AWS_ENDPOINT_URL_CLOUDWATCH_LOGS` for `CloudWatch Logs`.
#[derive(Debug)]
struct Environment;

impl LoadServiceConfig for Environment {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        variable(&variable_of(key.env(), key.service_id()))
    }
}

fn variable_of(general: &str, service: &str) -> String {
    format!("{general}_{}", service.to_ascii_uppercase().replace([' ', '-'], "_"))
}

#[cfg(test)]
mod tests {
    use aws_config::retry::RetryConfig;

    use super::*;

    #[test]
    fn variable_of_a_service_is_named_as_the_sdks_document_it() {
        for (service, expected) in [
            ("DynamoDB", "AWS_ENDPOINT_URL_DYNAMODB"),
            ("CloudWatch Logs", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"),
            ("Elastic Load Balancing v2", "AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2"),
        ] {
            assert_eq!(variable_of("AWS_ENDPOINT_URL", service), expected);
        }
    }

    #[test]
    fn what_is_missing_in_the_environment_is_missing_in_the_configuration() {
        // `cargo test` sets none of these for the tests of this crate.
        let config = function_config();
        assert_eq!(config.use_fips(), None);
        assert_eq!(config.use_dual_stack(), None);
        assert!(config.credentials_provider().is_some());
        assert!(config.http_client().is_some());
        assert_eq!(config.retry_config().map(RetryConfig::max_attempts), Some(3));
    }
}
