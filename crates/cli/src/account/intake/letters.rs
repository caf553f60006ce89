//! The dead letters that wait, as far as they can be counted.

use aws::{SdkConfig, SignedClient, dead_letters::SqsDeadLetters};
use common::ports::DeadLetters as _;
use serde::Serialize;

use crate::{account::stack::Stack, failure::Failure};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(super) enum Letters {
    Counted {
        /// Events that the intake could not process.
        intake: u64,
        /// Events that EventBridge could not deliver to it.
        rules: u64,
    },
    Unknown {
        reason: String,
    },
}

pub(super) async fn count(config: &SdkConfig, stack: &Stack) -> Letters {
    let counted = async || {
        let intake = waiting(config, stack.output("IntakeDeadLetterQueueUrl")?).await?;
        let rules = waiting(config, stack.output("RuleDeadLetterQueueUrl")?).await?;
        Ok::<_, Failure>(Letters::Counted { intake, rules })
    };
    counted().await.unwrap_or_else(|failure| Letters::Unknown { reason: failure.to_string() })
}

async fn waiting(config: &SdkConfig, url: &str) -> Result<u64, Failure> {
    let queue = SqsDeadLetters::new(SignedClient::from_config(config), vec![url.to_owned()]);
    let waiting = queue.waiting().await?;
    Ok(waiting.iter().map(|queue| queue.count).fold(0, u64::saturating_add))
}
