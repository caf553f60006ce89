//! Defines what Nightshift reads of an account: evidence, telemetry, topology and context.

pub mod alias_traffic;
pub mod context_source;
pub mod evidence;
pub mod findings;
pub mod habit;
pub mod intent;
pub mod precedent;
pub mod telemetry;
pub mod topology;
