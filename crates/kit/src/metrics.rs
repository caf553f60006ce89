//! Renders counts in CloudWatch's embedded metric format: CloudWatch makes a metric of the log line, so no call is
//! needed.

use jiff::Timestamp;
use serde_json::{Value, json};

/// Renders the result of one invocation.
pub(crate) fn outcome_line(function: &str, result: &str, at: Timestamp) -> Value {
    line(function, ("result", result), ("Outcomes", 1), at)
}

/// Renders a count of one kind.
pub(crate) fn count_line(function: &str, metric: &str, kind: &str, count: u32, at: Timestamp) -> Value {
    line(function, ("kind", kind), (metric, count), at)
}

fn line(
    function: &str,
    (dimension, value): (&str, &str),
    (metric, count): (&str, u32),
    at: Timestamp,
) -> Value {
    let mut line = json!({
        "_aws": {
            "Timestamp": at.as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": "Nightshift",
                "Dimensions": [["function", dimension]],
                "Metrics": [{ "Name": metric, "Unit": "Count" }],
            }],
        },
        "function": function,
    });
    if let Value::Object(fields) = &mut line {
        fields.insert(dimension.to_owned(), json!(value));
        fields.insert(metric.to_owned(), json!(count));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn count_line_is_of_the_embedded_metric_format() {
        let line = count_line("diagnose", "ModelProblems", "malformed_json", 2, Timestamp::UNIX_EPOCH);
        let metrics = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(metrics["Dimensions"], json!([["function", "kind"]]));
        assert_eq!(metrics["Metrics"][0]["Name"], "ModelProblems");
        assert_eq!((&line["kind"], &line["ModelProblems"]), (&json!("malformed_json"), &json!(2)));
    }
}
