//! Defines the engine's answer.

use common::FailureMode;
use jiff::Timestamp;

use crate::ranking::explanation::Reason;

/// The answer to one [`IncidentData`](crate::IncidentData).
#[derive(Debug, Clone, PartialEq)]
pub struct Findings {
    pub verdict: Verdict,
    /// The time when the symptom began, as the data shows it.
    pub onset: Option<Timestamp>,
    /// Best first, one a component. Empty unless the verdict is [`Verdict::RootCause`].
    pub hypotheses: Vec<Hypothesis>,
    /// The callees that may lie behind a hypothesis without showing, likeliest first.
    pub unobserved: Vec<UnobservedCallee>,
    pub ruled_out: Vec<RuledOut>,
    /// The changes that could have triggered it, likeliest first.
    pub triggers: Vec<Trigger>,
    /// The symptom's own metric could be compared with a baseline.
    pub symptom_judged: bool,
    /// One for each component with a metric that can be compared with a baseline.
    pub courses: Vec<ComponentCourse>,
    /// Data that was missing, one sentence each.
    pub gaps: Vec<String>,
}

impl Findings {
    /// Returns what is ruled out for certain: what may lie behind a hypothesis without showing is not.
    pub fn excluded(&self) -> impl Iterator<Item = &RuledOut> {
        let is_unobserved =
            |out: &&RuledOut| self.unobserved.iter().any(|one| one.component == out.component);
        self.ruled_out.iter().filter(move |out| !is_unobserved(out))
    }
}

/// A component that fails or is slow for all that anybody knows: nothing that was measured of it would show the fault of the
/// one that calls it.
#[derive(Debug, Clone, PartialEq)]
pub struct UnobservedCallee {
    pub component: String,
    pub caller: String,
    /// Compares with the scores of the hypotheses.
    pub score: f64,
}

/// The time course of one component.
#[derive(Debug, Clone, PartialEq)]
pub struct ComponentCourse {
    pub component: String,
    /// True if a metric would show that it fails or is slow: its silence says something.
    pub shows_failures: bool,
    /// The beginning of the period in which its worst metric left its usual range; `None` where all stayed in it.
    pub abnormal_since: Option<Timestamp>,
    /// The beginning of the period from which that metric has been in its usual range again; `None` where it is not.
    pub normal_again_since: Option<Timestamp>,
    /// The length of a period: nothing is known more exactly.
    pub period_seconds: u32,
    /// The requests it took, by the beginning of the period in Unix seconds, oldest first; empty where nothing counts
    /// them.
    pub requests: Vec<(i64, f64)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The first hypothesis is the likeliest cause.
    RootCause,
    /// The symptom is in its usual range, and so is everything it depends on.
    Healthy { why: String },
    /// Something may be wrong, and the data does not say what.
    Abstain { why: String },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Hypothesis {
    pub component: String,
    pub failure_mode: FailureMode,
    /// The failure mode by its metrics alone, without the change that may have caused it.
    pub measured_mode: FailureMode,
    /// Orders the hypotheses of one case; not comparable between cases.
    pub score: f64,
    /// From 0 to 1: the share of hypotheses with this confidence that are right, calibrated on recorded incidents.
    pub confidence: f64,
    /// The strongest first.
    pub supports: Vec<EvidenceItem>,
    pub contradicts: Vec<EvidenceItem>,
}

/// One piece of evidence for or against a hypothesis.
#[derive(Debug, Clone, PartialEq)]
pub enum EvidenceItem {
    /// A metric left its usual range, or, against a hypothesis, stayed in it.
    Metric(MetricShift),
    /// The call path from the symptom to the component, both included.
    Path(Vec<String>),
    /// No call path leads from the symptom to the component.
    NoPath,
    /// It became abnormal this many seconds before the symptom did (after it, where negative).
    Precedes { seconds: i64 },
    /// Another component is abnormal too and explains it.
    ExplainedBy { component: String, reason: Reason },
    /// Requests end at it: it no longer calls `callee` for a share, from 0 to 1, of those that it takes.
    EndsRequests { callee: String, missing: f64 },
    /// Log lines of a template that is new or much more frequent in the incident.
    Log { template: String, example: String, baseline: u64, incident: u64 },
    /// A change was made to it shortly before the onset.
    Change { id: String },
}

/// The change of a series between baseline and incident.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricShift {
    /// Index in [`IncidentData::series`](crate::IncidentData::series).
    pub series: usize,
    /// Of calls to the component, the one that makes them; `None` of a metric of the component's own.
    pub caller: Option<String>,
    pub metric: String,
    pub statistic: String,
    /// Medians, in the metric's own unit.
    pub baseline: f64,
    pub incident: f64,
    /// Robust standard deviations of the baseline; signed, positive is up.
    pub deviations: f64,
    /// The time when the metric left its range.
    pub since: Option<Timestamp>,
}

/// A component that could have been the cause, and why it is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuledOut {
    pub component: String,
    pub why: String,
}

/// A change that could have triggered the incident.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// Index in [`IncidentData::changes`](crate::IncidentData::changes).
    pub change: usize,
    /// The trigger's rank, from 0 to 1.
    pub score: f64,
    pub why: String,
}
