//! Defines signals, which are events in one uniform form, and the symptoms that they report.

pub mod signal;
pub mod symptom;
