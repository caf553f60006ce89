//! The fourth step finds the candidates: the resources that could be the cause, and the facts that are known of each.

pub mod candidate;
pub mod candidate_facts;
mod service_facts;
