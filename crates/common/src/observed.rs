//! What was looked at and what it showed.

pub mod evidence;
pub mod findings;
pub mod precedent;
pub mod provider;
pub mod telemetry;
pub mod topology;
