//! Reads the account for a diagnosis: what is there, how it stands, how it is connected and what
//! changed.

#[cfg(feature = "alarms")]
pub mod alarms;
#[cfg(feature = "changes")]
pub mod changes;
#[cfg(feature = "connections")]
pub mod connections;
#[cfg(any(feature = "resources", feature = "symptoms"))]
#[allow(dead_code, reason = "which features use it depends on the build")]
mod ec2;
#[cfg(any(feature = "connections", feature = "resources", feature = "symptoms"))]
#[allow(dead_code, reason = "which features use it depends on the build")]
mod ecs;
#[cfg(any(feature = "logs", feature = "topology"))]
#[allow(dead_code, reason = "which features use it depends on the build")]
pub(crate) mod function_configuration;
#[cfg(feature = "resources")]
pub mod resources;
#[cfg(any(feature = "context_sources", feature = "resources"))]
pub(crate) mod security_hub;
#[cfg(feature = "symptoms")]
pub mod symptoms;
#[cfg(feature = "topology")]
pub mod topology;
