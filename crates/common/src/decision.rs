//! Defines plans, the modes and calendars that permit or forbid them, and approvals.

pub mod approval;
pub mod change_calendar;
pub mod mode;
pub mod plan;
pub mod verdict;
