//! Defines the engine's input.

use std::sync::Arc;

use jiff::Timestamp;

use crate::component_roles::ComponentRoles;

/// Everything known about one incident. Every part but the symptom may be empty or unknown.
#[derive(Debug, Clone, Default)]
pub struct IncidentData {
    pub symptom: Symptom,
    pub series: Vec<Series>,
    /// The call graph; `None` where it is unknown.
    pub calls: Option<Vec<Call>>,
    pub changes: Vec<Change>,
    pub logs: Vec<LogWindow>,
    /// Which components only hand work on, and which share a limit; empty where nothing is known of them.
    pub roles: ComponentRoles,
}

impl IncidentData {
    /// True of each series of the metric that the symptom was seen in, whatever its statistic.
    pub(crate) fn is_symptom_metric(&self, series: &Series) -> bool {
        series.caller.is_none()
            && series.component == self.symptom.component
            && series.metric.eq_ignore_ascii_case(&self.symptom.metric)
    }
}

/// The metric in which the incident was noticed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Symptom {
    pub component: String,
    pub metric: String,
    pub statistic: String,
    /// The time when the incident was noticed, which may be minutes after it began.
    pub detected_at: Option<Timestamp>,
}

/// One metric of one component, or of the calls from one component to another, before and during the incident.
#[derive(Debug, Clone, Default)]
pub struct Series {
    /// The series' name in its source; evidence quotes it.
    pub id: String,
    /// The component that was measured; of calls, the one that is called.
    pub component: String,
    /// Of calls, the component that makes them, and that measured them; `None` where `component` was measured itself.
    pub caller: Option<String>,
    /// `latency`, `cpu`, `Errors`, …: read by its words, in any case.
    pub metric: String,
    /// `Average`, `p99`, `Sum`, …
    pub statistic: String,
    pub baseline: Samples,
    pub incident: Samples,
}

impl Series {
    /// The call that the series is of, if it is of one.
    pub(crate) fn call(&self) -> Option<(&str, &str)> {
        self.caller.as_deref().map(|caller| (caller, self.component.as_str()))
    }

    /// True where a value is a total over its period, so that it grows with the period.
    pub(crate) fn is_sum(&self) -> bool {
        ["sum", "count", "samplecount", "total"].iter().any(|word| self.statistic.eq_ignore_ascii_case(word))
    }
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
    /// The actor that made the change, as the trail wrote it.
    pub actor: String,
    /// It only read, as the trail says; `None` where it doesn't say.
    pub read_only: Option<bool>,
    /// The service refused it.
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
