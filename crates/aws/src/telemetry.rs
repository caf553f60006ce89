//! Metrics, logs and traces of the window.

#[cfg(feature = "logs")]
pub mod logs;
#[cfg(feature = "metrics")]
pub mod metrics;
#[cfg(feature = "traces")]
pub mod traces;
