//! What was looked at and what it showed.

pub mod context_source;
pub mod evidence;
pub mod findings;
pub mod precedent;
pub mod telemetry;
pub mod topology;
