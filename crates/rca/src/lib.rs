//! The deterministic root-cause engine: from metrics, a call graph, log lines and change records to
//! a ranked list of causes with evidence, or to "nothing is wrong", or to "I can't tell".
//!
//! Values in, values out: no I/O, no clock, no randomness, no AWS. The same [`Case`] always gives the
//! same [`Findings`]. `docs/root-cause.md` explains the method and where each part comes from.

mod analyze;
mod changes;
pub mod display;
pub mod findings;
mod incident_data;
mod logs;
mod ranking;
mod series;

pub use analyze::investigate;
pub use findings::{Findings, Hypothesis, Verdict};
pub use incident_data::{Call, Case, Change, LogWindow, Samples, Series, Symptom};
pub use logs::{log_diff, templates};
pub use series::statistics;
