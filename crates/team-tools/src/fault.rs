//! What went wrong between us and a server, in the words of a port.

use std::error::Error;

use common::{PortError, ports::PortErrorKind, secrets::masked, untrusted_text::one_line};
use http::StatusCode;
use rmcp::{
    model::ErrorCode,
    service::{ClientInitializeError, ServiceError},
    transport::streamable_http_client::StreamableHttpError,
};

use crate::http::HttpError;

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

fn of_chain(error: &(dyn Error + 'static)) -> PortErrorKind {
    let kind =
        chain(error).find_map(|error| match error.downcast_ref::<StreamableHttpError<HttpError>>()? {
            StreamableHttpError::Client(HttpError::Status(status)) => Some(of_status(*status)),
            StreamableHttpError::Client(HttpError::Redirect | HttpError::TooLong | HttpError::NotMcp(_)) => {
                Some(PortErrorKind::Invalid)
            }
            StreamableHttpError::Deserialize(_)
            | StreamableHttpError::UnexpectedServerResponse(_)
            | StreamableHttpError::UnexpectedContentType(_) => Some(PortErrorKind::Invalid),
            _ => None,
        });
    kind.unwrap_or(PortErrorKind::Unavailable)
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
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

/// The error and what it came from: a server may have written any of it.
fn said(error: &(dyn Error + 'static)) -> String {
    let mut said = String::new();
    for error in chain(error) {
        let one = error.to_string();
        // Some repeat what they came from.
        if !said.contains(&one) {
            said.push_str(if said.is_empty() { "" } else { ": " });
            said.push_str(&one);
        }
    }
    one_line(&masked(&said), LONGEST)
}
