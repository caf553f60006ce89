//! The fourth step finds the candidates: the resources that could be the cause, and the facts that are known of each.

pub mod candidate;
pub mod candidate_facts;
pub mod change_effect;
pub mod change_record;
pub mod failure_signs;
pub mod failure_words;
pub mod harmless_change;
pub mod late_effect;
pub mod refusals;
pub mod resource_words;
mod service_facts;
