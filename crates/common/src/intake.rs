//! What came in, made uniform, and the symptom that it tells of.

pub mod signal;
pub mod symptom;
