//! Defines an incident from its opening to its outcome, its notifications, and its audit trail.

pub mod alarm_evaluation;
pub mod as_recorded;
pub mod audit;
pub mod chain;
pub mod file_digest;
pub mod incident;
pub mod notification;
pub mod opening;
pub mod verification;
