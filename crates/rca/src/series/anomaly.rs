//! Defines an anomaly of a series.

/// The worst stretch of a series' anomaly scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Anomaly {
    /// Robust standard deviations, kept up over the stretch.
    pub(crate) score: f64,
    /// The step in which the rise to it began.
    pub(crate) onset: usize,
    /// The worst stretch itself.
    pub(crate) from: usize,
    pub(crate) to: usize,
}
