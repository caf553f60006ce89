//! Tells somebody who sends something else than EventBridge's event what it is that they send.

use serde_json::Value;

/// Returns why `event` is none of EventBridge's, where it is recognised as something else.
pub(crate) fn reason(event: &Value) -> Option<String> {
    let has = |value: &Value, names: &[&str]| names.iter().all(|name| value.get(name).is_some());
    if has(event, &["detail", "source"]) {
        return None;
    }
    let record = event.get("Records").and_then(|records| records.get(0));
    let from = record.and_then(|record| record.get("EventSource").or_else(|| record.get("eventSource")));
    let what = match from.and_then(Value::as_str) {
        Some("aws:sns") => "an SNS notification as Lambda gets it",
        Some("aws:sqs") => "SQS messages as Lambda gets them",
        Some(_) => "a list of records as Lambda gets it",
        None if has(event, &["Type", "TopicArn", "Message"]) => {
            "an SNS notification as SNS sends it to a URL"
        }
        None if has(event, &["AlarmName", "NewStateValue"]) => "the message of a CloudWatch alarm to SNS",
        None if has(event, &["alarmArn", "alarmData"]) => "what a CloudWatch alarm invokes a function with",
        None if has(event, &["requestContext", "rawPath"]) => "an HTTP request as Lambda gets it",
        None => return None,
    };
    Some(format!(
        "this is {what}, not an EventBridge event: expected an object with `id`, `source`, `detail-type`, `account`, \
         `region`, `time` and `detail`; CloudWatch sends one for each alarm to EventBridge without being told to"
    ))
}
