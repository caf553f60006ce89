//! Calls a language model on Bedrock, by its `Converse` operation.

mod answer;
mod document;
mod extras;
mod request;
mod sorted;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_config::{SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_bedrockruntime::{Client, config::Builder, error::ProvideErrorMetadata as _};
use common::{
    model::{ModelRequest, ModelResponse},
    ports::{Model, PortError},
};

use crate::error::{failed, unreadable};
use extras::Extras;

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
    client: Client,
    /// The optional parts that each model takes, where those are not all.
    known: Arc<Mutex<BTreeMap<String, Extras>>>,
}

impl Bedrock {
    /// The client must not try again by itself, and needs [`sorted::SortedBody`] for the service to
    /// find a request's beginning in its cache, so it is made by [`from_config`](Self::from_config).
    fn new(client: Client) -> Self {
        Self { client, known: Arc::default() }
    }

    /// With a [`TIMEOUT`] of its own: the shared one is for services that answer at once.
    pub fn from_config(config: &SdkConfig) -> Self {
        Self::with_timeout(config, TIMEOUT)
    }

    pub fn with_timeout(config: &SdkConfig, timeout: Duration) -> Self {
        let timeouts = config.timeout_config().map_or_else(TimeoutConfig::builder, TimeoutConfig::to_builder);
        let timeouts =
            timeouts.operation_attempt_timeout(timeout).operation_timeout(timeout).read_timeout(timeout);
        let config = Builder::from(config)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts.build())
            .interceptor(sorted::SortedBody)
            .build();
        Self::new(Client::from_conf(config))
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
        let operation = || format!("Converse {}", request.model);
        let mut extras = self.extras(&request.model);
        loop {
            let call = request::call(&self.client, request, extras)
                .map_err(|error| unreadable("building a Converse request", error))?;
            let error = match call.send().await {
                Ok(output) => return answer::parse(output).map_err(|why| unreadable(operation(), why)),
                Err(error) => error,
            };
            let refused = (error.code().unwrap_or_default(), error.message().unwrap_or_default());
            let Some(fewer) = extras.after_refusal(refused.0, refused.1) else {
                return Err(failed(operation(), error));
            };
            extras = fewer;
            self.remember(&request.model, extras);
        }
    }
}
