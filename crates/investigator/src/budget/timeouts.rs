//! Defines the one timeout of this crate.

use std::{future::Future, time::Duration};

use tokio::time::{Instant, timeout};

use crate::model_fault::ModelFault;

/// Runs `work` for at most `limit`, and fails with the fault of `on_timeout` where it does not end in time.
pub(crate) async fn within<T>(
    limit: Duration,
    on_timeout: impl FnOnce() -> ModelFault,
    work: impl Future<Output = Result<T, ModelFault>>,
) -> Result<T, ModelFault> {
    timeout(limit, work).await.unwrap_or_else(|_| Err(on_timeout()))
}

/// The time until `deadline`; zero where it is over.
pub(crate) fn time_left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}
