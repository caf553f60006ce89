//! Metric series: how far each one left its baseline, and when (anomaly scores and change points).

pub(crate) mod anomaly;
pub(crate) mod anomaly_scores;
pub(crate) mod baseline;
pub(crate) mod earlier_incidents;
pub(crate) mod failure_rate;
pub(crate) mod failure_scores;
pub(crate) mod intermittent;
pub(crate) mod metric_kind;
pub(crate) mod over_before;
pub(crate) mod samples;
pub(crate) mod scored_series;
pub(crate) mod selection;
pub(crate) mod similarity;
pub mod statistics;
pub(crate) mod timeline;
pub(crate) mod window_points;
pub(crate) mod worst_anomaly;
