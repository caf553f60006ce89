//! Defines plans, the modes that permit or forbid them, and approvals.

pub mod approval;
pub mod mode;
pub mod plan;
pub mod verdict;
