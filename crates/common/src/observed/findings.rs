//! Defines the engine's findings about the telemetry as an incident's file keeps them: digests, never the data.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Arn, FailureMode};

/// One metric of one component, before and during the incident. No value is NaN or infinite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricDigest {
    /// `None` for the symptom's own metric.
    pub resource: Option<Arn>,
    pub metric: String,
    pub statistic: String,
    pub baseline_samples: u32,
    pub incident_samples: u32,
    /// Median, in the metric's own unit.
    pub baseline: Option<f64>,
    /// Median, in the metric's own unit.
    pub incident: Option<f64>,
    pub last: Option<f64>,
    /// From the baseline's median to the incident's, in robust standard deviations of the baseline;
    /// `None` where the baseline did not vary.
    pub deviations: Option<f64>,
    /// The shape of it, the incident after a bar: `▁▁▂▁|▆█`. Empty where nothing varies.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sparkline: String,
    /// True if no sample of the incident is beyond all those before it.
    #[serde(default)]
    pub within_usual: bool,
}

/// A kind of log line that became more frequent. The text is the program's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogTemplate {
    pub template: String,
    /// Lines before the incident, in as long a time.
    pub baseline: u64,
    pub incident: u64,
}

/// The engine's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineFindings {
    /// `engine@<version>`.
    pub engine: String,
    pub verdict: EngineVerdict,
    /// When the symptom began, as the data shows it.
    pub onset: Option<Timestamp>,
    /// Best first; empty unless the verdict is a root cause.
    pub suspects: Vec<EngineSuspect>,
    pub ruled_out: Vec<EngineRuledOut>,
    /// True if the symptom's own metric had data to judge.
    #[serde(default)]
    pub symptom_judged: bool,
    /// The time course of each component that is a resource.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub courses: Vec<ComponentCourse>,
    /// Lists the data that the engine would have used and was not given.
    pub missing: Vec<String>,
}

/// The time course of one component: when it became abnormal and normal again, and the requests that it served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComponentCourse {
    pub resource: Arn,
    /// True if one of its metrics shows failures or slowness, so that a normal course says something.
    pub shows_failures: bool,
    /// The beginning of the period in which its worst metric left its usual range; `None` where all stayed in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abnormal_since: Option<Timestamp>,
    /// The beginning of the period from which that metric has been in its usual range again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normal_again_since: Option<Timestamp>,
    pub period_seconds: u32,
    /// The requests it took, by the beginning of the period in Unix seconds; empty where nothing counts them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<(i64, u64)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum EngineVerdict {
    /// The first suspect is the likeliest cause.
    RootCause,
    /// No metric of the symptom is out of its normal range.
    Healthy { why: String },
    /// Something is wrong, and the data does not say what.
    Abstain { why: String },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineSuspect {
    /// The component's name, for people.
    pub name: String,
    /// `None` where the component is known by a name alone.
    pub resource: Option<Arn>,
    pub failure_mode: FailureMode,
    /// The failure mode by its metrics alone; `None` in records of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured_mode: Option<FailureMode>,
    /// From 0 to 1.
    pub confidence: f64,
    /// From the symptom's component to this one, both included; empty where no calls are known.
    pub path: Vec<String>,
    /// The metric that speaks for it most, for people.
    pub strongest_metric: Option<String>,
    /// The strongest first, for people. They quote log lines.
    pub supports: Vec<String>,
    pub contradicts: Vec<String>,
}

/// A component that could have been the cause, and why it is not taken for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineRuledOut {
    pub name: String,
    pub resource: Option<Arn>,
    pub why: String,
}
