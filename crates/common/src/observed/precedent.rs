//! Records what was concluded in earlier incidents, for comparison with how they ended.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ActionId, Arn, FailureMode, Fingerprint, IncidentId, Outcome};

/// One diagnosis, as later incidents of the same application remember it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Precedent {
    pub incident_id: IncidentId,
    pub attempt: u32,
    pub at: Timestamp,
    pub application: String,
    pub fingerprint: Fingerprint,
    pub title: String,
    /// `None` where the diagnosis abstained.
    pub component: Option<Arn>,
    pub failure_mode: FailureMode,
    pub cause: String,
    pub action: Option<ActionId>,
    /// Kinds of log lines that stood out.
    pub templates: Vec<String>,
    /// `<bundle>@<hash>` where a model was asked.
    pub bundle: Option<String>,
    /// The end of the incident; `None` where it has not ended, or where its end is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}
