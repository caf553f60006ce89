//! Implements the port `Counters` by lines of the embedded metric format.

use common::{Clock as _, clock::SystemClock, ports::Counters};

use crate::metrics::count_line;

/// Counters under the function's own name.
#[derive(Debug, Clone)]
pub struct EmbeddedMetrics {
    function: String,
}

impl EmbeddedMetrics {
    pub fn from_environment() -> Self {
        Self { function: crate::invocation::function_name() }
    }
}

impl Counters for EmbeddedMetrics {
    fn count(&self, metric: &'static str, kind: &str, by: u32) {
        println!("{}", count_line(&self.function, metric, kind, by, SystemClock.now()));
    }
}
