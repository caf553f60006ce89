//! Serves invocations.

use std::error::Error as StdError;

use common::ErrorName;
use jiff::Timestamp;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};
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
    let function = function_name();
    let handler = &handler;
    // Taken as text: what JSON permits and a parser does not must reach the handler, not end in the runtime.
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        let ids = serde_json::from_str::<Ids>(event.payload.get()).unwrap_or_default();
        let span = tracing::info_span!("invocation", incident.id = ids.incident_id, event.id = ids.id);
        let answer = answer(handler, &event.payload).instrument(span.clone()).await;
        let result = match &answer {
            Ok(output) => output.get("result").and_then(Value::as_str).unwrap_or("done"),
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

pub(crate) fn function_name() -> String {
    std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|_| "local".to_owned())
}

/// Handles one invocation: parses the input, calls the handler, serializes the output.
async fn answer<I, O, E>(
    handler: &impl AsyncFn(I) -> Result<O, E>,
    payload: &RawValue,
) -> Result<Value, Diagnostic>
where
    I: DeserializeOwned,
    O: Serialize,
    E: ErrorName + StdError,
{
    let wrong = |what: &str, error: serde_json::Error| Diagnostic {
        error_type: format!("{what}.Invalid"),
        error_message: format!("invalid {}: {error}", what.to_lowercase()),
    };
    let input = serde_json::from_str(payload.get()).map_err(|error| wrong("Input", error))?;
    // Boxed: a handler's future holds the SDK's, and nested any deeper they pass the compiler's limit.
    let output = Box::pin(handler(input)).await.map_err(|error| Diagnostic::from(Reported(error)))?;
    serde_json::to_value(output).map_err(|error| wrong("Output", error))
}

/// The ids in an input, for the logs.
#[derive(Debug, Default, Deserialize)]
struct Ids {
    incident_id: Option<String>,
    id: Option<String>,
}

#[cfg(test)]
mod tests {
    use common::{PortError, ports::PortErrorKind};
    use serde_json::json;

    use super::*;

    async fn double(number: u32) -> Result<u32, PortError> {
        number.checked_mul(2).ok_or_else(|| PortError::new("double", PortErrorKind::Invalid, "too large"))
    }

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[tokio::test]
    async fn answer_handler_that_takes_text_gets_what_no_parser_takes() {
        let length = async |text: Box<RawValue>| Ok::<_, PortError>(text.get().len());
        for text in ["\"\\ud800\"", "1e400", &("[".repeat(500) + &"]".repeat(500))] {
            assert_eq!(answer(&length, &raw(text)).await.unwrap(), json!(text.len()));
        }
    }

    #[tokio::test]
    async fn answer_input_of_another_shape_is_a_named_error() {
        let diagnostic = answer(&double, &raw("\"seven\"")).await.unwrap_err();
        assert_eq!(diagnostic.error_type, "Input.Invalid");
        assert!(diagnostic.error_message.contains("seven"));
    }

    #[tokio::test]
    async fn answer_error_keeps_its_name() {
        assert_eq!(answer(&double, &raw("21")).await.unwrap(), json!(42));
        assert_eq!(answer(&double, &raw("4294967295")).await.unwrap_err().error_type, "Port.Invalid");
    }
}
