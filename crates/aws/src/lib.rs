//! Implements every port of `common` on AWS: one module a service, one cargo feature each, so that a
//! function pulls only the SDKs of the ports it uses.
//!
//! Calls are made here and nowhere else; what an answer means is decided in synchronous functions
//! beside the calls, which the tables in their tests hold to AWS's documented shapes.

mod account;
mod actions;
#[cfg(feature = "alert_bus")]
pub mod alert_bus;
#[cfg(any(feature = "alert_bus", feature = "signed_http", feature = "store"))]
mod backoff;
#[cfg(feature = "checkpoints")]
pub mod checkpoints;
#[allow(dead_code, reason = "which features use it depends on the build")]
mod cli_command;
mod clients;
#[cfg(feature = "context_sources")]
pub mod context_sources;
#[allow(dead_code, reason = "which features use it depends on the build")]
mod error;
mod function_config;
#[cfg(feature = "log_key")]
pub mod log_key;
#[cfg(feature = "model")]
pub mod model;
#[cfg(feature = "signed_http")]
#[allow(dead_code, reason = "which features use it depends on the build")]
mod signed_http;
#[cfg(feature = "sns_subscriber")]
pub mod sns_subscriber;
mod stack_absence;
#[cfg(feature = "store")]
pub mod store;
#[cfg(feature = "knowledge")]
pub mod team_knowledge;
mod telemetry;
#[allow(dead_code, reason = "which features use it depends on the build")]
mod time;
#[cfg(feature = "webhook_secrets")]
pub mod webhook_secrets;

pub use aws_config::SdkConfig;
pub use clients::{Clients, config};
pub use function_config::function_config;
#[cfg(feature = "signed_http")]
pub use signed_http::SignedClient;
pub use stack_absence::is_about_absent_stack;

#[allow(unreachable_pub, unused_imports, reason = "which features fill them depends on the build")]
pub use self::{account::*, actions::*, telemetry::*};
