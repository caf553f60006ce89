//! Every port of `common` on the AWS SDK: one module a service, one cargo feature each, so that a
//! function pulls only the SDKs of the ports it uses.
//!
//! Calls are made here and nowhere else; what an answer means is decided in synchronous functions
//! beside the calls, which the tables in their tests hold to AWS's documented shapes.

#[cfg(feature = "alarms")]
pub mod alarms;
#[cfg(feature = "automations")]
pub mod automations;
#[cfg(feature = "changes")]
pub mod changes;
#[cfg(feature = "channels")]
pub mod channels;
mod clients;
#[cfg(feature = "connections")]
pub mod connections;
#[allow(dead_code, reason = "which features use it depends on the build")]
mod error;
#[cfg(feature = "logs")]
pub mod logs;
#[cfg(feature = "metrics")]
pub mod metrics;
#[cfg(feature = "modes")]
pub mod modes;
#[cfg(feature = "providers")]
pub mod providers;
#[allow(dead_code, reason = "which features use it depends on the build")]
mod query;
#[cfg(feature = "resources")]
pub mod resources;
#[cfg(feature = "store")]
pub mod store;
#[cfg(feature = "symptoms")]
pub mod symptoms;
#[cfg(feature = "knowledge")]
pub mod team_knowledge;
#[allow(dead_code, reason = "which features use it depends on the build")]
mod time;
#[cfg(feature = "topology")]
pub mod topology;
#[cfg(feature = "traces")]
pub mod traces;
#[cfg(feature = "wire")]
#[allow(dead_code, reason = "which features use it depends on the build")]
mod wire;

pub use aws_config::SdkConfig;
pub use clients::config;
