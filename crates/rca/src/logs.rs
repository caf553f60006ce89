//! Compares log lines: the templates that they were printed from, and which templates are new or more
//! frequent.

pub mod log_diff;
pub mod templates;
