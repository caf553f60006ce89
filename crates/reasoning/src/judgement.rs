//! The fifth step judges: each candidate becomes a hypothesis with a confidence, or is ruled out; together they are the
//! assessment of the incident.

pub mod assess;
pub mod causality;
pub mod conclude;
pub mod confidence;
pub mod engine_only;
mod fault;
pub mod incident_evidence;
pub mod intended_state;
pub mod own_traffic;
pub mod planned_stop;
pub mod playbook_match;
mod rivals;
pub mod usual_load;
pub mod verdict;
pub mod version_contrast;
