//! How long a hand-over waits for a store that does not answer: a human must hear before the
//! function's own time is over.
//!
//! A call to the store or to a channel takes up to 8 s (the clients' operation timeout), and each of
//! the dozen calls before the first send could. So, at the worst, in seconds:
//!
//! | | each | so far |
//! | --- | --- | --- |
//! | preparing | 10 | 10 |
//! | first channel: intent, send, failure | 5 + 8 + 5 | 28 |
//! | second channel: intent, send | 5 + 8 | 41 |
//! | what became of it: ledger, delivery | 5 + 5 | 51 |
//! | ending the incident after all | 5 | 56 |
//!
//! The function has 60 s.

use std::time::Duration;

use common::{PortError, ports::PortErrorKind};

/// For ending the incident and reading all that is known of it: enough for one call that is slow to
/// fail, among others that answer.
pub(crate) const PREPARING: Duration = Duration::from_secs(10);

/// For each write after that, and for the last try to end the incident: enough for one try of the
/// client that fails and one that does not.
pub(crate) const WRITING: Duration = Duration::from_secs(5);

/// What `call` gives, or that it was unavailable for so long.
pub(crate) async fn within<T>(
    limit: Duration,
    operation: &str,
    call: impl Future<Output = Result<T, PortError>>,
) -> Result<T, PortError> {
    tokio::time::timeout(limit, call)
        .await
        .unwrap_or_else(|elapsed| Err(PortError::new(operation, PortErrorKind::Unavailable, elapsed)))
}
