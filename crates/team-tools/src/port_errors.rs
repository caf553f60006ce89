//! What went wrong between us and a server, in the words of a port.

use std::error::Error;

use common::{PortError, ports::PortErrorKind, secrets::masked, untrusted_text::one_line};
use http::StatusCode;
use rmcp::{
    model::ErrorCode,
    service::{ClientInitializeError, ServiceError},
};

use crate::http_client::{HttpError, HttpFault};

/// Characters of what a server said went wrong.
const LONGEST: usize = 300;

pub(crate) fn too_slow(operation: &str, phase: &str, limit: std::time::Duration) -> PortError {
    let why = format!("no {phase} within {limit:?}");
    PortError::new(operation, PortErrorKind::Unavailable, why)
}

pub(crate) fn of_handshake(operation: &str, error: &ClientInitializeError) -> PortError {
    let kind = match error {
        ClientInitializeError::JsonRpcError(error) => of_code(error.code),
        _ => of_chain(error),
    };
    PortError::new(operation, kind, said(error))
}

pub(crate) fn of_request(operation: &str, error: &ServiceError) -> PortError {
    let kind = match error {
        ServiceError::McpError(error) => of_code(error.code),
        ServiceError::UnexpectedResponse | ServiceError::InputRequiredRoundsExceeded { .. } => {
            PortErrorKind::Invalid
        }
        _ => of_chain(error),
    };
    PortError::new(operation, kind, said(error))
}

const fn of_code(code: ErrorCode) -> PortErrorKind {
    match code {
        ErrorCode::INTERNAL_ERROR => PortErrorKind::Unavailable,
        _ => PortErrorKind::Invalid,
    }
}

/// By what the connection says, beneath the SDK's own errors.
fn of_chain(error: &(dyn Error + 'static)) -> PortErrorKind {
    let kind = chain(error).find_map(|error| match error.downcast_ref::<HttpFault>()? {
        HttpFault::Client(HttpError::Status(status)) => Some(of_status(*status)),
        HttpFault::Client(HttpError::Redirect | HttpError::TooLong | HttpError::NotMcp(_))
        | HttpFault::Deserialize(_)
        | HttpFault::UnexpectedServerResponse(_)
        | HttpFault::UnexpectedContentType(_) => Some(PortErrorKind::Invalid),
        _ => None,
    });
    kind.unwrap_or(PortErrorKind::Unavailable)
}

fn of_status(status: StatusCode) -> PortErrorKind {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => PortErrorKind::Denied,
        StatusCode::TOO_MANY_REQUESTS => PortErrorKind::Throttled,
        StatusCode::NOT_FOUND => PortErrorKind::NotFound,
        status if status.is_client_error() => PortErrorKind::Invalid,
        _ => PortErrorKind::Unavailable,
    }
}

/// The error and what it came from, some of which the SDK does not call its source.
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

/// What went wrong, from the connection's point of view where there is one. A server may have written any
/// of it.
fn said(error: &(dyn Error + 'static)) -> String {
    let all: Vec<_> = chain(error).collect();
    let connection = all.iter().position(|error| error.is::<HttpError>());
    let connection = connection.or_else(|| all.iter().position(|error| error.is::<HttpFault>()));
    let mut said = String::new();
    for error in all.iter().skip(connection.unwrap_or(0)) {
        let one = error.to_string();
        // Some repeat what they came from.
        if !said.contains(&one) {
            said.push_str(if said.is_empty() { "" } else { ": " });
            said.push_str(&one);
        }
    }
    one_line(&masked(&said), LONGEST)
}
