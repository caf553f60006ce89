//! From anomalous metrics and the call graph to ranked suspects, each with evidence and a confidence, and
//! to a verdict.

pub(crate) mod abnormal;
pub(crate) mod call_blame;
pub(crate) mod call_graph;
pub(crate) mod confidence;
pub(crate) mod course;
pub(crate) mod cut_off;
pub(crate) mod evidence;
pub(crate) mod explanation;
pub(crate) mod failure_mode;
pub(crate) mod incident_gate;
pub(crate) mod latency_budget;
pub(crate) mod load;
pub(crate) mod observations;
pub(crate) mod own_errors;
pub(crate) mod own_share;
pub(crate) mod pass_on;
pub(crate) mod rank;
pub(crate) mod ranked_suspect;
pub(crate) mod relays;
pub(crate) mod shared_limits;
pub(crate) mod suspects;
pub(crate) mod unobserved;
pub(crate) mod verdict;
