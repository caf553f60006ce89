//! `nightshift audit key` prints the public key of the log.

use aws::{SdkConfig, SignedClient, log_key::KmsLogKey};
use transparency::{VerifierKey, ports::LogKey as _};

use crate::{
    Answer,
    account::{session, stack::Stack},
    failure::{Failure, chain},
};

pub(crate) async fn run(stack: &str) -> Result<Answer, Failure> {
    let config = session::load().await?;
    let key = of_stack(&config, &Stack::find(&config, stack).await?).await?;
    Ok(Answer::success(key.to_string()))
}

/// Asks KMS for the public key of the stack's log.
pub(super) async fn of_stack(config: &SdkConfig, stack: &Stack) -> Result<VerifierKey, Failure> {
    let key = KmsLogKey::new(SignedClient::from_config(config), stack.output("LedgerKeyArn")?.to_owned());
    let name = stack.output("LedgerOrigin")?.parse().map_err(|error| Failure::Operation(chain(&error)))?;
    VerifierKey::from_spki(name, &key.public_key().await?).map_err(|error| Failure::Operation(chain(&error)))
}
