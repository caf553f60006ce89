//! Metric series: where each one left its baseline, how far, and when (change points and anomaly scores).

pub(crate) mod anomaly;
pub(crate) mod baseline;
pub(crate) mod failure_rate;
pub(crate) mod failure_scores;
pub(crate) mod metric_kind;
pub(crate) mod samples;
pub(crate) mod scored_series;
pub mod statistics;
pub(crate) mod timeline;
