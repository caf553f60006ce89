//! What could be the cause, and the facts that are known of each.

pub mod candidate;
pub mod candidate_facts;
pub mod resource_kind;
