//! Defines the time limits of a hand-over: a human must be told before the function's own timeout, even if
//! the store does not answer.
//!
//! A call to the store or to a channel takes up to 8 s (the clients' operation timeout), and each of
//! the dozen calls before the first send could. The worst case, in seconds:
//!
//! | | each | so far |
//! | --- | --- | --- |
//! | preparing | 10 | 10 |
//! | first channel: intent, send, failure | 5 + 8 + 5 | 28 |
//! | second channel: intent, send | 5 + 8 | 41 |
//! | record of the result: ledger, delivery | 5 + 5 | 51 |
//! | settling the incident | 2 | 53 |
//! | ending the incident after all | 5 | 58 |
//!
//! The function has 60 s.

use std::time::Duration;

use common::PortError;

/// The limit for ending the incident and reading everything known about it: enough for one call that is slow to
/// fail, among others that answer.
pub(crate) const PREPARE_TIMEOUT: Duration = Duration::from_secs(10);

/// The limit for each write after that, and for the last try to end the incident: enough for one failed try of
/// the client and one that succeeds.
pub(crate) const WRITE_TIMEOUT: Duration = Duration::from_secs(5);

/// The limit for settling an incident: where it is not settled here, a sweep settles it.
pub(crate) const SETTLE_TIMEOUT: Duration = Duration::from_secs(2);

/// Awaits `call` for at most `limit`, after which the port counts as unavailable.
pub(crate) async fn with_timeout<T>(
    limit: Duration,
    operation: &str,
    call: impl Future<Output = Result<T, PortError>>,
) -> Result<T, PortError> {
    kit::within(limit, || operation.to_owned(), call).await
}
