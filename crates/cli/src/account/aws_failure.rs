//! Turns the SDK's errors into one sentence: the call, what AWS answered, and what to check.

use std::error::Error;

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use common::ports::PortErrorKind;

use crate::failure::{Failure, advice, chain, with_advice};

/// `operation` is `service:Action` and what it was called with.
pub(crate) fn failed<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    Failure::Operation(sentence(operation, error))
}

pub(crate) fn sentence<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let SdkError::ServiceError(context) = error else {
        return with_advice(format!("{operation}: {}", chain(error)), advice(PortErrorKind::Unavailable));
    };
    let code = context.err().code().unwrap_or("no error code");
    let message = context.err().message().unwrap_or("without a message");
    with_advice(format!("{operation}: {code}: {message}"), kind_of(code).and_then(advice))
}

fn kind_of(code: &str) -> Option<PortErrorKind> {
    let has = |word: &str| code.contains(word);
    if has("Throttl") || has("TooManyRequests") || has("LimitExceeded") {
        Some(PortErrorKind::Throttled)
    } else if [
        "AccessDenied",
        "Authoriz",
        "ExpiredToken",
        "InvalidClientTokenId",
        "Signature",
        "UnrecognizedClient",
    ]
    .iter()
    .any(|word| has(word))
    {
        Some(PortErrorKind::Denied)
    } else if has("DoesNotExist") || has("NotFound") {
        Some(PortErrorKind::NotFound)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentence_without_an_answer_of_aws_says_to_check_the_network() {
        let error: SdkError<
            aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError,
            HttpResponse,
        > = SdkError::timeout_error("connection refused");
        let said = sentence("sts:X", &error);
        assert!(said.starts_with("sts:X: ") && said.contains("connection refused"), "{said}");
        assert!(said.contains("AWS_ENDPOINT_URL"), "{said}");
    }

    #[test]
    fn kind_of_a_code_is_what_to_check() {
        for (code, expected) in [
            ("AccessDeniedException", Some(PortErrorKind::Denied)),
            ("ExpiredTokenException", Some(PortErrorKind::Denied)),
            ("ThrottlingException", Some(PortErrorKind::Throttled)),
            ("StateMachineDoesNotExist", Some(PortErrorKind::NotFound)),
            ("ValidationError", None),
        ] {
            assert_eq!(kind_of(code), expected, "{code}");
        }
    }
}
