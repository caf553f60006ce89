//! The deterministic root-cause engine: from metrics, a call graph, log lines and change records to
//! a ranked list of causes with evidence, or to "nothing is wrong", or to "I can't tell".
//!
//! Values in, values out: no I/O, no clock, no randomness, no AWS. The same [`Case`] always gives the
//! same [`Findings`]. `docs/root-cause.md` explains the method and where each part comes from.

mod belief;
pub mod case;
mod confidence;
mod counts;
mod deviation;
mod evidence;
mod failure_mode;
mod failures;
pub mod findings;
mod graph;
mod investigate;
pub mod log_diff;
mod metric;
mod normal;
mod peak;
mod picture;
mod rank;
mod samples;
pub mod sentences;
pub mod statistics;
mod suspect;
pub mod templates;
mod timeline;
mod touch;
mod trigger;
mod verdict;

pub use case::{Call, Case, Samples, Series, Symptom};
pub use findings::{Findings, Hypothesis, Verdict};
pub use investigate::investigate;
