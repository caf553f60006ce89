//! The SDK's errors as one sentence: what was called, what AWS said, what to check.

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
        // The SDK's own words for it list every provider that it tried.
        let said = chain(error);
        return without_answer(operation, &said);
    };
    let code = context.err().code().unwrap_or("no error code");
    let message = context.err().message().unwrap_or("without a message");
    with_advice(format!("{operation}: {code}: {message}"), kind_of(code).and_then(advice))
}

fn without_answer(operation: &str, said: &str) -> String {
    // The last provider of the chain is a virtual machine's own, which is asked over the network.
    if said.contains("no credentials found in chain") || said.contains("loading credentials") {
        return format!(
            "{operation}: no credentials were found: sign in, or set AWS_PROFILE or the AWS_* variables of \
             your credentials"
        );
    }
    with_advice(format!("{operation}: {said}"), advice(PortErrorKind::Unavailable))
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
    fn without_answer_says_whether_it_is_the_credentials_or_the_network() {
        let said =
            without_answer("sts:X", "dispatch failure: other: no credentials found in chain. Tried: ...");
        assert!(said.starts_with("sts:X: no credentials were found") && !said.contains("Tried"), "{said}");
        assert!(without_answer("sts:X", "connection refused").contains("AWS_ENDPOINT_URL"));
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
