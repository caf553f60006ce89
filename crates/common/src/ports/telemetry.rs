//! Read-only looks at what runs. Each is bounded by its caller in what is asked for, and by its
//! implementation in how much is read.

use jiff::Timestamp;

use super::{PortError, Reading};
use crate::{
    Arn,
    signal::Metric,
    telemetry::{CallGraph, LogLines, MetricSeries, Sampling},
};

pub trait Traces {
    /// Who called whom in the window, which may be cut to what the service gives at once. `account` is
    /// that of components that do not say theirs.
    async fn calls(
        &self,
        account: &str,
        region: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Reading<CallGraph>, PortError>;
}

pub trait Metrics {
    /// The metrics that are known to tell of each of `resources`, and the symptom's `own`. What has
    /// none, or none with data, is left out.
    async fn series(
        &self,
        resources: &[Arn],
        own: Option<&Metric>,
        sampling: Sampling,
    ) -> Result<Reading<Vec<MetricSeries>>, PortError>;
}

pub trait Logs {
    /// The first `most` lines that the function wrote in the window.
    async fn lines(
        &self,
        function: &Arn,
        from: Timestamp,
        to: Timestamp,
        most: usize,
    ) -> Result<Reading<LogLines>, PortError>;
}
