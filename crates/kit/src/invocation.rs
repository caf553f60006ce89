//! Serving invocations.

use std::error::Error as StdError;

use common::ErrorName;
use jiff::Timestamp;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tracing::Instrument as _;

use crate::{Reported, metrics::outcome_line};

/// Serves `handler` until the environment is taken away. Every invocation runs in a span that carries
/// the incident's id; its result is counted, and its error logged once, here.
pub async fn serve<I, O, E>(handler: impl AsyncFn(I) -> Result<O, E>) -> Result<(), Error>
where
    I: DeserializeOwned,
    O: Serialize,
    E: ErrorName + StdError,
{
    lambda_runtime::tracing::init_default_subscriber();
    let function = std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|_| "local".to_owned());
    let handler = &handler;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let span = tracing::info_span!(
            "invocation",
            incident.id = text(&event.payload, "incident_id"),
            event.id = text(&event.payload, "id"),
        );
        let answer = answer(handler, event.payload).instrument(span.clone()).await;
        let result = match &answer {
            Ok(output) => text(output, "result").unwrap_or("done"),
            Err(diagnostic) => diagnostic.error_type.as_str(),
        };
        span.in_scope(|| match &answer {
            Ok(_) => tracing::info!(result, "answered {result}"),
            Err(diagnostic) => {
                tracing::error!(
                    error.name = result,
                    error.message = diagnostic.error_message,
                    "failed: {result}"
                );
            }
        });
        // The embedded metric format is a line of plain JSON, which the subscriber would wrap.
        println!("{}", outcome_line(&function, result, Timestamp::now()));
        answer
    }))
    .await
}

/// One invocation: input read, handled, output written.
async fn answer<I, O, E>(
    handler: &impl AsyncFn(I) -> Result<O, E>,
    payload: Value,
) -> Result<Value, Diagnostic>
where
    I: DeserializeOwned,
    O: Serialize,
    E: ErrorName + StdError,
{
    let wrong = |what: &str, error: serde_json::Error| Diagnostic {
        error_type: format!("{what}.Invalid"),
        error_message: format!("this function's {} does not have its shape: {error}", what.to_lowercase()),
    };
    let input = serde_json::from_value(payload).map_err(|error| wrong("Input", error))?;
    // Boxed: a handler's future holds the SDK's, and nested any deeper they pass the compiler's limit.
    let output = Box::pin(handler(input)).await.map_err(|error| Diagnostic::from(Reported(error)))?;
    serde_json::to_value(output).map_err(|error| wrong("Output", error))
}

fn text<'a>(payload: &'a Value, field: &str) -> Option<&'a str> {
    payload.get(field).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use common::{PortError, ports::PortErrorKind};
    use serde_json::json;

    use super::*;

    async fn double(number: u32) -> Result<u32, PortError> {
        number.checked_mul(2).ok_or_else(|| PortError::new("double", PortErrorKind::Invalid, "too large"))
    }

    #[tokio::test]
    async fn answer_input_of_another_shape_is_a_named_error() {
        let diagnostic = answer(&double, json!("seven")).await.unwrap_err();
        assert_eq!(diagnostic.error_type, "Input.Invalid");
        assert!(diagnostic.error_message.contains("seven"));
    }

    #[tokio::test]
    async fn answer_error_keeps_its_name() {
        assert_eq!(answer(&double, json!(21)).await.unwrap(), json!(42));
        assert_eq!(answer(&double, json!(u32::MAX)).await.unwrap_err().error_type, "Port.Invalid");
    }
}
