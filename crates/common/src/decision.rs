//! What is meant to be done, and whether it may be.

pub mod approval;
pub mod mode;
pub mod plan;
pub mod verdict;
