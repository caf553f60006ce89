//! From anomalous metrics and the call graph to ranked suspects, each with evidence and a confidence, and
//! to a verdict.

pub(crate) mod call_graph;
pub(crate) mod confidence;
pub(crate) mod course;
pub(crate) mod evidence;
pub(crate) mod failure_mode;
pub(crate) mod incident_gate;
pub(crate) mod observations;
pub(crate) mod rank;
pub(crate) mod suspects;
pub(crate) mod verdict;
