//! Puts a limit on the time that a call may take.

use std::time::Duration;

use common::{PortError, ports::PortErrorKind};

/// Returns the result of `call`, or an error of the kind [`PortErrorKind::Unavailable`] where it takes longer than `limit`.
/// `operation` names the call.
pub async fn within<T>(
    limit: Duration,
    operation: impl FnOnce() -> String,
    call: impl Future<Output = Result<T, PortError>>,
) -> Result<T, PortError> {
    tokio::time::timeout(limit, call)
        .await
        .unwrap_or_else(|elapsed| Err(PortError::new(operation(), PortErrorKind::Unavailable, elapsed)))
}
