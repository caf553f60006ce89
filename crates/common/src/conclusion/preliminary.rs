//! Defines what is known of an incident while its cause is still looked for.

use serde::{Deserialize, Serialize};

use crate::{Diagnosis, Evidence};

/// Holds the findings of the latest look at the account after which it was decided to look again. No step of the
/// incident rests on them: they are there for people, and the next look replaces them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreliminaryFindings {
    /// The diagnosis that would be made if nothing were waited for; without a model, which is not asked yet.
    pub diagnosis: Diagnosis,
    /// The evidence that a message quotes, as much as fits: it is stored nowhere else until the diagnosis is made.
    pub evidence: Vec<Evidence>,
}
