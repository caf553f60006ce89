//! Reads answers, bounded in size, and refusals.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::byte_stream::ByteStream;
use common::ports::{PortError, PortErrorKind};

use super::{operation::Operation, refusal};
use crate::error::unreadable;

/// The body of a successful answer.
pub(super) async fn body(
    mut answer: HttpResponse,
    operation: &Operation,
    named: impl Fn() -> String,
) -> Result<Vec<u8>, PortError> {
    let bytes = bounded(&mut answer, operation.most_bytes(), &named).await?;
    let status = answer.status();
    if status.is_success() {
        return Ok(bytes);
    }
    let header = answer.headers().get("x-amzn-errortype");
    Err(refusal::parse(operation.service().protocol, status.as_u16(), header, &bytes).into_error(named()))
}

/// The body of an answer, whatever its status; one of more than `most` bytes is not read.
pub(super) async fn bounded(
    answer: &mut HttpResponse,
    most: usize,
    named: impl Fn() -> String,
) -> Result<Vec<u8>, PortError> {
    let too_large =
        || unreadable(named(), format!("the answer is larger than {most} bytes, so it was not read"));
    let announced = answer.headers().get("content-length").and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > most) {
        return Err(too_large());
    }
    let mut stream = ByteStream::new(answer.take_body());
    let mut bytes = Vec::new();
    while let Some(chunk) =
        stream.try_next().await.map_err(|error| PortError::new(named(), PortErrorKind::Unavailable, error))?
    {
        if bytes.len().saturating_add(chunk.len()) > most {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
