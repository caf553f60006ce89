//! Counts in CloudWatch's embedded metric format: a log line that CloudWatch makes a metric of, so no
//! call is made for it.

use jiff::Timestamp;
use serde_json::{Value, json};

/// What one invocation came to, as a line of the embedded metric format.
pub(crate) fn outcome_line(function: &str, result: &str, at: Timestamp) -> Value {
    json!({
        "_aws": {
            "Timestamp": at.as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": "Nightshift",
                "Dimensions": [["function", "result"]],
                "Metrics": [{ "Name": "Outcomes", "Unit": "Count" }],
            }],
        },
        "function": function,
        "result": result,
        "Outcomes": 1,
    })
}
