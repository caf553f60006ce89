//! Says from where on a component or a metric is abnormal.

/// The least weight with which a component counts as abnormal: chance alone gives it to a stretch of two
/// samples of a normal metric about once in a hundred million.
pub(crate) const ABNORMAL: f64 = 4.0;
