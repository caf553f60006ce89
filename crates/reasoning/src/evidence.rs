//! The first step puts the evidence in order: an index, windows of time, metrics in few numbers, who calls whom.

pub mod call_graph;
pub mod evidence_index;
pub mod evidence_window;
pub(crate) mod load_balancers;
pub mod log_words;
pub mod metric_digest;
pub mod onset;
pub mod text;
