//! Reads of what runs. Each is bounded by its caller in what is asked for, and by its
//! implementation in how much is read.

use jiff::Timestamp;

use super::{PortError, Reading};
use crate::{
    Arn,
    signal::Metric,
    telemetry::{AliasSeries, AliasVersions, CallGraph, LogLines, MetricSeries, Sampling},
};

/// Reads traces.
pub trait Traces {
    /// Returns who called whom in the window, which may be cut to what the service gives at once. `account` is
    /// that of components that do not say theirs.
    async fn calls(
        &self,
        account: &str,
        region: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Reading<CallGraph>, PortError>;
}

/// Reads metrics.
pub trait Metrics {
    /// Returns the metrics that are known to tell of each of `resources`, and the symptom's `own`. What has
    /// none, or none with data, is left out.
    async fn series(
        &self,
        resources: &[Arn],
        own: Option<&Metric>,
        sampling: Sampling,
    ) -> Result<Reading<Vec<MetricSeries>>, PortError>;

    /// Returns the metrics that Lambda writes of each of `aliases` and of its versions. What has no data is left out:
    /// versions are counted apart only where the service does so.
    async fn alias_series(
        &self,
        aliases: &[AliasVersions],
        sampling: Sampling,
    ) -> Result<Reading<Vec<AliasSeries>>, PortError>;
}

/// Reads log lines.
pub trait Logs {
    /// Returns the first `most` lines that the function wrote in the window.
    async fn lines(
        &self,
        function: &Arn,
        from: Timestamp,
        to: Timestamp,
        most: usize,
    ) -> Result<Reading<LogLines>, PortError>;
}
