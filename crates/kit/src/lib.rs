//! Provides the base of every function: JSON logs with a span per invocation, metrics in CloudWatch's
//! embedded format, configuration from environment variables, and errors that state machines can name.

pub mod config;
mod counters;
mod invocation;
mod metrics;
mod reported;
mod within;

pub use config::{ConfigError, flag, number, optional, parsed, required, required_json};
pub use counters::EmbeddedMetrics;
pub use invocation::serve;
pub use lambda_runtime::Error;
pub use reported::Reported;
pub use within::within;
