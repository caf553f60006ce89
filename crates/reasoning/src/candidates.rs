//! The fourth step finds the candidates: the resources that could be the cause, and the facts that are known of each.

pub mod candidate;
pub mod candidate_facts;
pub mod change_effect;
pub mod failure_signs;
pub mod late_effect;
pub mod refusals;
mod service_facts;
