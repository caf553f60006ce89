//! Converts the SDK's errors to the ports' errors.

use std::error::Error;

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use common::ports::{PortError, PortErrorKind};

/// An SDK call that failed. `operation` names the call and the ids it was made with.
///
/// The raw response is left out of the source: the runtime prints errors with `{:?}`, and a body
/// that could not be parsed may hold what a log must not.
pub(crate) fn failed<E>(operation: impl Into<String>, error: SdkError<E, HttpResponse>) -> PortError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let kind = kind_of(&error);
    let source: Box<dyn Error + Send + Sync> = error.into_source().unwrap_or_else(|_| "no source".into());
    PortError::new(operation, kind, source)
}

/// An answer that is not what the service documents, or one that we wrote and cannot read.
pub(crate) fn unreadable(
    operation: impl Into<String>,
    why: impl Into<Box<dyn Error + Send + Sync>>,
) -> PortError {
    PortError::new(operation, PortErrorKind::Invalid, why)
}

fn kind_of<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> PortErrorKind {
    match error {
        SdkError::ConstructionFailure(_) => PortErrorKind::Invalid,
        SdkError::ServiceError(context) => {
            of_answer(context.err().code().unwrap_or_default(), context.raw().status().as_u16())
        }
        // No answer, or one that broke off: nothing says that the next one will.
        _ => PortErrorKind::Unavailable,
    }
}

/// The code says more than the status: throttling comes as 400, 403, 429 and 503.
pub(crate) fn of_answer(code: &str, status: u16) -> PortErrorKind {
    match code {
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "Throttled"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "ProvisionedThroughputExceededException"
        | "BandwidthLimitExceeded"
        | "LimitExceededException"
        | "PriorRequestNotComplete"
        | "TransactionConflictException"
        | "TransactionInProgressException"
        | "SlowDown"
        | "EC2ThrottledException"
        | "AutomationExecutionLimitExceededException"
        | "ServiceQuotaExceededException" => PortErrorKind::Throttled,
        // Bedrock's, with statuses that say otherwise: 424, 429 and 408.
        "ModelErrorException" | "ModelNotReadyException" | "ModelTimeoutException" => {
            PortErrorKind::Unavailable
        }
        "AccessDenied"
        | "AccessDeniedException"
        | "AuthorizationError"
        | "AuthorizationErrorException"
        | "AuthFailure"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "IncompleteSignature"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "KMSAccessDenied"
        | "KMSAccessDeniedException"
        | "MissingAuthenticationToken"
        | "NotAuthorized"
        | "OptInRequired"
        | "SignatureDoesNotMatch"
        | "SubscriptionRequiredException"
        | "UnauthorizedOperation"
        | "UnrecognizedClientException" => PortErrorKind::Denied,
        "AutomationDefinitionNotFoundException"
        | "AutomationDefinitionVersionNotFoundException"
        | "AutomationExecutionNotFoundException"
        | "ClusterNotFoundException"
        | "NotFound"
        | "NotFoundException"
        | "ParameterNotFound"
        | "ParameterVersionNotFound"
        | "ResourceNotFound"
        | "ResourceNotFoundException"
        | "ServiceNotFoundException" => PortErrorKind::NotFound,
        // EC2's way: `InvalidInstanceID.NotFound`.
        code if code.ends_with(".NotFound") => PortErrorKind::NotFound,
        _ => match status {
            429 => PortErrorKind::Throttled,
            401 | 403 => PortErrorKind::Denied,
            404 => PortErrorKind::NotFound,
            408 | 424 | 500.. => PortErrorKind::Unavailable,
            _ => PortErrorKind::Invalid,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_by_code_then_by_status() {
        use PortErrorKind::{Denied, Invalid, NotFound, Throttled, Unavailable};
        for (code, status, expected) in [
            ("ThrottlingException", 400, Throttled),
            ("RequestLimitExceeded", 503, Throttled),
            ("", 429, Throttled),
            ("AccessDeniedException", 400, Denied),
            ("UnauthorizedOperation", 403, Denied),
            ("SubscriptionRequiredException", 400, Denied),
            ("", 403, Denied),
            ("ParameterNotFound", 400, NotFound),
            ("InvalidInstanceID.NotFound", 400, NotFound),
            ("", 404, NotFound),
            ("InternalServerError", 500, Unavailable),
            ("", 503, Unavailable),
            ("ServiceQuotaExceededException", 400, Throttled),
            ("ModelErrorException", 424, Unavailable),
            ("ModelNotReadyException", 429, Unavailable),
            ("ModelTimeoutException", 408, Unavailable),
            ("", 408, Unavailable),
            ("ValidationException", 400, Invalid),
            ("SomethingNew", 400, Invalid),
        ] {
            assert_eq!(of_answer(code, status), expected, "{code} {status}");
        }
    }

    #[test]
    fn kind_without_an_answer_is_unavailable() {
        let error: SdkError<aws_smithy_types::error::ErrorMetadata, HttpResponse> =
            SdkError::timeout_error("no answer in 5 s");
        assert_eq!(kind_of(&error), PortErrorKind::Unavailable);
    }
}
