//! Errors of a server or the connection to it, as errors of a port.

use std::error::Error;

use common::{PortError, ports::PortErrorKind, secrets::masked, untrusted_text::one_line};
use http::StatusCode;
use rmcp::{
    model::ErrorCode,
    service::{ClientInitializeError, ServiceError},
};

use crate::http_client::{HttpError, HttpFault};

/// Characters of an error's message.
const MAX_CHARS: usize = 300;

pub(crate) fn timed_out(operation: &str, phase: &str, limit: std::time::Duration) -> PortError {
    let why = format!("no {phase} within {limit:?}");
    PortError::new(operation, PortErrorKind::Unavailable, why)
}

pub(crate) fn from_handshake(operation: &str, error: &ClientInitializeError) -> PortError {
    let kind = match error {
        ClientInitializeError::JsonRpcError(error) => kind_of_code(error.code),
        _ => kind_of_chain(error),
    };
    PortError::new(operation, kind, message(error))
}

pub(crate) fn from_request(operation: &str, error: &ServiceError) -> PortError {
    let kind = match error {
        ServiceError::McpError(error) => kind_of_code(error.code),
        ServiceError::UnexpectedResponse | ServiceError::InputRequiredRoundsExceeded { .. } => {
            PortErrorKind::Invalid
        }
        _ => kind_of_chain(error),
    };
    PortError::new(operation, kind, message(error))
}

const fn kind_of_code(code: ErrorCode) -> PortErrorKind {
    match code {
        ErrorCode::INTERNAL_ERROR => PortErrorKind::Unavailable,
        _ => PortErrorKind::Invalid,
    }
}

/// The kind by the connection's error, which lies beneath the SDK's own errors.
fn kind_of_chain(error: &(dyn Error + 'static)) -> PortErrorKind {
    let kind = chain(error).find_map(|error| match error.downcast_ref::<HttpFault>()? {
        HttpFault::Client(HttpError::Status(status)) => Some(kind_of_status(*status)),
        HttpFault::Client(HttpError::Redirect | HttpError::TooLong | HttpError::NotMcp(_))
        | HttpFault::Deserialize(_)
        | HttpFault::UnexpectedServerResponse(_)
        | HttpFault::UnexpectedContentType(_) => Some(PortErrorKind::Invalid),
        _ => None,
    });
    kind.unwrap_or(PortErrorKind::Unavailable)
}

fn kind_of_status(status: StatusCode) -> PortErrorKind {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => PortErrorKind::Denied,
        StatusCode::TOO_MANY_REQUESTS => PortErrorKind::Throttled,
        StatusCode::NOT_FOUND => PortErrorKind::NotFound,
        status if status.is_client_error() => PortErrorKind::Invalid,
        _ => PortErrorKind::Unavailable,
    }
}

/// The error and its sources, some of which the SDK does not return as such.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = if let Some(ClientInitializeError::TransportError { error, .. }) = error.downcast_ref() {
            Some(error.error.as_ref())
        } else if let Some(ServiceError::TransportSend(error)) = error.downcast_ref() {
            Some(error.error.as_ref())
        } else if let Some(HttpFault::Client(error)) = error.downcast_ref() {
            Some(error)
        } else {
            error.source()
        };
        Some(error)
    })
}

/// The error's message, beginning at the connection's error where there is one. It is masked and cut, because a
/// server may have written any of it.
fn message(error: &(dyn Error + 'static)) -> String {
    let all: Vec<_> = chain(error).collect();
    let connection = all.iter().position(|error| error.is::<HttpError>());
    let connection = connection.or_else(|| all.iter().position(|error| error.is::<HttpFault>()));
    let mut message = String::new();
    for error in all.iter().skip(connection.unwrap_or(0)) {
        let one = error.to_string();
        // Some repeat what they came from.
        if !message.contains(&one) {
            message.push_str(if message.is_empty() { "" } else { ": " });
            message.push_str(&one);
        }
    }
    one_line(&masked(&message), MAX_CHARS)
}
