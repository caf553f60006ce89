//! The deterministic root-cause engine: from metrics, a call graph, log lines and change records to
//! a ranked list of causes with evidence, or to "nothing is wrong", or to "I can't tell".
//!
//! Values in, values out: no I/O, no clock, no randomness, no AWS. The same [`IncidentData`] always gives the
//! same [`Findings`]. `docs/root-cause.md` explains the method and where each part comes from.

mod analyze;
mod changes;
mod component_roles;
pub mod display;
mod findings;
mod incident_data;
mod logs;
mod ranking;
mod series;

pub use analyze::analyze;
pub use component_roles::ComponentRoles;
pub use findings::{
    ComponentCourse, EvidenceItem, Findings, Hypothesis, MetricShift, RuledOut, Trigger, UnobservedCallee,
    Verdict,
};
pub use incident_data::{Call, Change, IncidentData, LogWindow, Samples, Series, Symptom};
pub use logs::{log_diff, templates};
pub use ranking::explanation::Reason;
pub use series::{
    metric_kind::{counts_failures, is_for_the_worse, metric_words},
    statistics,
};
