//! The caller's region and credentials, checked before anything else is asked of AWS, so that every command
//! reports a missing one in the same words.

use aws::SdkConfig;
use aws_credential_types::provider::{
    ProvideCredentials as _, SharedCredentialsProvider, error::CredentialsError,
};

use crate::failure::{Failure, chain};

/// Loads region and credentials from the environment. Every client made from the result uses these same
/// credentials, so that a credential process or a sign-in runs once.
///
/// # Errors
/// A missing region is an input failure; missing or unusable credentials are an operation failure.
pub(crate) async fn load() -> Result<SdkConfig, Failure> {
    checked(aws::config().await).await
}

async fn checked(config: SdkConfig) -> Result<SdkConfig, Failure> {
    if config.region().is_none() {
        return Err(missing_region());
    }
    let provided = match config.credentials_provider() {
        Some(provider) => provider.provide_credentials().await,
        None => Err(CredentialsError::not_loaded_no_source()),
    };
    let credentials = provided.map_err(|error| unusable_credentials(&error))?;
    Ok(config.into_builder().credentials_provider(SharedCredentialsProvider::new(credentials)).build())
}

pub(crate) fn missing_region() -> Failure {
    Failure::Input("no AWS region: set AWS_REGION, or set `region` in your AWS profile".to_owned())
}

/// The SDK's own words for missing credentials list every provider that it tried.
fn unusable_credentials(error: &CredentialsError) -> Failure {
    const REMEDY: &str = "sign in, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
    Failure::Operation(match error {
        CredentialsError::CredentialsNotLoaded(_) => format!("no AWS credentials: {REMEDY}"),
        other => format!("AWS credentials cannot be used: {} ({REMEDY})", chain(other)),
    })
}

#[cfg(test)]
mod tests {
    use aws_config::Region;
    use aws_credential_types::Credentials;

    use super::*;

    fn config(region: bool, credentials: bool) -> SdkConfig {
        let provider =
            || SharedCredentialsProvider::new(Credentials::new("id", "secret", None, None, "test"));
        let mut config = SdkConfig::builder();
        config.set_region(region.then(|| Region::new("eu-west-1")));
        config.set_credentials_provider(credentials.then(provider));
        config.build()
    }

    #[tokio::test]
    async fn checked_missing_region_and_missing_credentials_each_have_one_wording() {
        for (region, credentials, expected, exit_code) in [
            (false, true, "no AWS region: set AWS_REGION", 2),
            (false, false, "no AWS region: set AWS_REGION", 2),
            (true, false, "no AWS credentials: sign in", 1),
        ] {
            let failure = checked(config(region, credentials)).await.err().unwrap();
            assert!(failure.to_string().starts_with(expected), "{failure}");
            assert_eq!(failure.exit_code(), exit_code);
        }
        let config = checked(config(true, true)).await.unwrap();
        assert_eq!(config.region().unwrap().as_ref(), "eu-west-1");
        assert!(config.credentials_provider().is_some());
    }

    #[test]
    fn unusable_credentials_keep_their_cause() {
        let error = CredentialsError::provider_error("the SSO session has expired");
        let said = unusable_credentials(&error).to_string();
        assert!(said.contains("the SSO session has expired") && said.contains("sign in"), "{said}");
    }
}
