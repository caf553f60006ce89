//! Defines how one abnormal component is explained by another.

use std::collections::BTreeMap;

/// The reason for which one component explains another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It calls the other.
    Calls,
    /// It only hands work on, and the other works on it.
    HandsOn,
    /// It only takes more than usual, and the other sends it.
    SendsMore,
    /// It reached a limit without taking more than usual, and the other, which shares the limit, takes far more.
    SharesLimit,
    /// It fails, and the requests that it passes on end in the other, which calls no further.
    EndsThere,
}

/// The component that explains another, and how well.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Explanation {
    pub(crate) by: usize,
    /// From 0 to 1.
    pub(crate) share: f64,
    pub(crate) reason: Reason,
}

/// Explanations by the component that is explained.
pub(crate) type Explanations = BTreeMap<usize, Explanation>;
