//! Defines a suspect in its place of the ranking.

use crate::ranking::explanation::Explanation;

/// A suspect with its score as an explanation of the incident.
#[derive(Debug, Clone)]
pub(crate) struct RankedSuspect {
    pub(crate) component: usize,
    pub(crate) score: f64,
    /// Similarity of its anomaly scores to the symptom's, from 0 to 1.
    pub(crate) similarity: f64,
    /// The abnormal component that explains it best.
    pub(crate) explained_by: Option<Explanation>,
    /// Calls lead from the symptom to it.
    pub(crate) on_path: bool,
    /// The share of everything abnormal whose calls reach it, itself included.
    pub(crate) coverage: f64,
}
