//! The identity of the caller.

use aws::SdkConfig;

use crate::{
    account::{aws_failure, session},
    failure::Failure,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) arn: String,
    pub(crate) account: String,
    pub(crate) region: String,
}

/// Asks STS whose credentials are in use.
pub(crate) async fn identify(config: &SdkConfig) -> Result<Caller, Failure> {
    let region = config.region().ok_or_else(session::missing_region)?;
    let answer = aws_sdk_sts::Client::new(config)
        .get_caller_identity()
        .send()
        .await
        .map_err(|error| aws_failure::failed("sts:GetCallerIdentity", &error))?;
    match (answer.arn, answer.account) {
        (Some(arn), Some(account)) => Ok(Caller { arn, account, region: region.to_string() }),
        _ => Err(Failure::Operation("sts:GetCallerIdentity: the answer names no caller".to_owned())),
    }
}
