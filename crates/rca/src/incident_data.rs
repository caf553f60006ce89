//! What the engine is given.

use std::sync::Arc;

use jiff::Timestamp;

/// One problem to explain. Every part but the symptom may be empty or unknown.
#[derive(Debug, Clone, Default)]
pub struct Case {
    pub symptom: Symptom,
    pub series: Vec<Series>,
    /// Who calls whom; `None` where nobody knows.
    pub calls: Option<Vec<Call>>,
    pub changes: Vec<Change>,
    pub logs: Vec<LogWindow>,
}

/// What was noticed, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Symptom {
    pub component: String,
    pub metric: String,
    pub statistic: String,
    /// When it was noticed, which may be minutes after it began.
    pub detected_at: Option<Timestamp>,
}

/// One metric of one component, before and during the incident.
#[derive(Debug, Clone, Default)]
pub struct Series {
    /// Whatever the source calls it; evidence quotes it.
    pub id: String,
    pub component: String,
    /// `latency`, `cpu`, `Errors`, …: read by its words, in any case.
    pub metric: String,
    /// `Average`, `p99`, `Sum`, …
    pub statistic: String,
    pub baseline: Samples,
    pub incident: Samples,
}

/// Values by time. A NaN is a missing value, and so is an infinity. Times need not be sorted; of two
/// samples of one time the later in the list stands.
#[derive(Debug, Clone, Default)]
pub struct Samples {
    /// Unix seconds; shared by all series of one file.
    pub times: Arc<[i64]>,
    /// One a time. What one list has more than the other is left out.
    pub values: Vec<f64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub caller: String,
    pub callee: String,
}

/// One API call or deployment that could have triggered the incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The source's id of it; evidence quotes it.
    pub id: String,
    pub at: Timestamp,
    /// The API's name: `UpdateFunctionConfiguration`.
    pub name: String,
    /// The service's endpoint: `lambda.amazonaws.com`.
    pub source: String,
    /// Who made it, as the trail wrote it.
    pub actor: String,
    /// Whether it only read, as the trail says; `None` where it doesn't say.
    pub read_only: Option<bool>,
    /// Whether the service refused it.
    pub failed: bool,
    /// ARNs and names that it touched.
    pub touches: Vec<String>,
}

/// One component's log lines, before and during the incident.
#[derive(Debug, Clone, Default)]
pub struct LogWindow {
    pub component: String,
    /// Seconds that the baseline's lines span; 0 where unknown.
    pub baseline_seconds: u64,
    pub incident_seconds: u64,
    pub baseline: Vec<String>,
    pub incident: Vec<String>,
}
