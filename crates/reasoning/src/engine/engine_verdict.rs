//! Reads the engine's verdict on one component, and names the thresholds of its confidence.

use common::EvidenceId;

/// From this confidence on the engine is confident: it is calibrated, so four times in five such a verdict is right.
pub const CONFIDENT: f64 = 0.8;

/// Below even odds the engine's verdict counts against nothing.
pub const EVEN_ODDS: f64 = 0.5;

/// The most that the engine's verdict counts for where no metric supports it: just below [`CONFIDENT`].
pub const MAX_WITHOUT_METRIC: f64 = CONFIDENT - 0.01;

/// The engine's verdict on one component. [`common::findings::EngineVerdict`] is the one on the whole incident.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum ComponentVerdict {
    /// The engine does not name it.
    #[default]
    NotNamed,
    /// It may be the root cause; rank 1 is the likeliest. `confidence` is from 0 to 1.
    Suspected { rank: u32, confidence: f64, evidence: EvidenceId },
    /// It was considered and is not the root cause. `confidence` is the one in the component that is.
    Cleared { why: String, confidence: f64, evidence: EvidenceId },
}
