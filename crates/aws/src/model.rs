//! Calls a language model on Bedrock, by its `Converse` operation.

mod answer;
mod extras;
mod request;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_config::{SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use common::{
    model::{ModelRequest, ModelResponse},
    ports::{Model, PortError},
};

use crate::{
    SignedClient,
    error::unreadable,
    signed_http::{Input, Operation, refusal, services::BEDROCK_RUNTIME},
};
use extras::Extras;

const CONVERSE: Operation = Operation::at(&BEDROCK_RUNTIME, "Converse", "POST", "/model/{}/converse");

/// The time that one answer may take: a model writes for much longer than another service needs.
pub const TIMEOUT: Duration = Duration::from_mins(1);

/// The port `Model`. Clones know the same about what each model takes.
///
/// A request is sent once: whoever asks knows what may still be spent, and tries again, or not. Only
/// where a model refuses a cache point or a temperature, which costs nothing, it is asked again
/// without, and without from then on.
///
/// Only an answer whose tokens the service has counted is one. Where it broke off, or where the counts
/// are missing, there is an error, so that what was set aside for the request stays spent.
#[derive(Debug, Clone)]
pub struct Bedrock {
    client: SignedClient,
    /// The optional parts that each model takes, where those are not all.
    known: Arc<Mutex<BTreeMap<String, Extras>>>,
}

impl Bedrock {
    /// With a [`TIMEOUT`] of its own: the shared one is for services that answer at once.
    pub fn from_config(config: &SdkConfig) -> Self {
        Self::with_timeout(config, TIMEOUT)
    }

    pub fn with_timeout(config: &SdkConfig, timeout: Duration) -> Self {
        let timeouts = config.timeout_config().map_or_else(TimeoutConfig::builder, TimeoutConfig::to_builder);
        let timeouts =
            timeouts.operation_attempt_timeout(timeout).operation_timeout(timeout).read_timeout(timeout);
        let mut config = config.to_builder();
        config.set_retry_config(Some(RetryConfig::disabled())).set_timeout_config(Some(timeouts.build()));
        Self { client: SignedClient::from_config(&config.build()), known: Arc::default() }
    }

    fn extras(&self, model: &str) -> Extras {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(model).copied().unwrap_or(Extras::ALL)
    }

    fn remember(&self, model: &str, extras: Extras) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(model.to_owned(), extras);
    }
}

impl Model for Bedrock {
    async fn converse(&self, request: &ModelRequest) -> Result<ModelResponse, PortError> {
        let mut extras = self.extras(&request.model);
        loop {
            let input = Input::new(&request.model).label(&request.model).body(request::body(request, extras));
            let error = match self.client.json(&CONVERSE, &input).await {
                Ok(answer) => {
                    return answer::parse(answer)
                        .map_err(|why| unreadable(format!("Converse {}", request.model), why));
                }
                Err(error) if broke_off(&error) => {
                    return Err(unreadable(format!("Converse {}", request.model), error.source));
                }
                Err(error) => error,
            };
            let Some(fewer) = extras.after_refusal(refusal::code(&error), refusal::message(&error)) else {
                return Err(error);
            };
            extras = fewer;
            self.remember(&request.model, extras);
        }
    }
}

/// Returns true for an answer that ended before its end. The service has counted it, unlike a request that it could not
/// serve, and nobody else knows what it cost.
fn broke_off(error: &PortError) -> bool {
    error.source.is::<aws_smithy_types::byte_stream::error::Error>()
}

#[cfg(test)]
mod tests {
    use common::model::{ContentBlock, Speaker, StopReason, Turn};
    use serde_json::json;

    use super::*;
    use crate::signed_http::loopback::Loopback;

    /// The other cases are in `crates/aws/tests/model.rs`; this call is compared with AWS's model of the operation.
    #[tokio::test]
    async fn converse_asks_and_reads_what_the_service_s_model_has() {
        let answer = json!({
            "output": {"message": {"role": "assistant", "content": [{"text": "It was the deployment."}]}},
            "stopReason": "end_turn",
            "usage": {"inputTokens": 30, "outputTokens": 8, "totalTokens": 38},
            "metrics": {"latencyMs": 551},
        });
        let service = Loopback::answering(move |_| Some((200, answer.to_string()))).await;
        let said = |text: &str| ContentBlock::Text { text: text.to_owned() };
        let request = ModelRequest {
            model: "eu.anthropic.claude-sonnet-4-5-20250929-v1:0".to_owned(),
            guardrail: None,
            system: "You find causes.".to_owned(),
            tools: vec![],
            must_use: None,
            turns: vec![Turn { by: Speaker::Nightshift, content: vec![said("What is it?")] }],
            max_output_tokens: 2_000,
        };
        let found = Bedrock::from_config(&service.config().await).converse(&request).await.unwrap();
        assert_eq!((found.content, found.stop), (vec![said("It was the deployment.")], StopReason::EndTurn));
    }
}
