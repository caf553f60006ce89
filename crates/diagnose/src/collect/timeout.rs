//! Puts one limit on all reads: a service that is slow costs its limit and a gap, not the function's time.

use std::time::Duration;

use common::{Gap, PortError, evidence::ReadSource};
use kit::within;

/// The longest that one read may take, unless its source has a limit of its own.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// The answer of `read`, or a gap of `source` where it failed or took longer than [`READ_TIMEOUT`].
pub(crate) async fn with_timeout<T>(
    source: ReadSource,
    read: impl Future<Output = Result<T, PortError>>,
) -> Result<T, Gap> {
    with_timeout_of(READ_TIMEOUT, source, read).await
}

/// The same with another limit.
pub(crate) async fn with_timeout_of<T>(
    limit: Duration,
    source: ReadSource,
    read: impl Future<Output = Result<T, PortError>>,
) -> Result<T, Gap> {
    let answer = within(limit, || format!("reading {source}"), read).await;
    answer.map_err(|error| Gap::from_error(source, &error))
}
