//! Names the families of events that are parsed. Pure.

use serde_json::Value;

/// The source and detail type of each family.
const FAMILIES: [(&str, &str); 6] = [
    ("aws.cloudwatch", "CloudWatch Alarm State Change"),
    ("aws.codedeploy", "CodeDeploy Deployment State-change Notification"),
    ("aws.ec2", "EC2 Instance State-change Notification"),
    ("aws.ecs", "ECS Deployment State Change"),
    ("nightshift.drill", "Drill"),
    ("nightshift.webhook", "Alert"),
];

/// Returns the family of an event, if it is one that Nightshift parses: a rejected one of these may be an incident
/// that nobody sees.
pub fn known_family(event: &Value) -> Option<String> {
    let text = |name| event.get(name).and_then(Value::as_str);
    let (source, detail_type) = (text("source")?, text("detail-type")?);
    FAMILIES.contains(&(source, detail_type)).then(|| format!("{source}, {detail_type}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ParsedEvent;

    fn event(source: &str, detail_type: &str) -> Value {
        json!({
            "id": "e-1", "source": source, "detail-type": detail_type, "account": "123456789012",
            "region": "eu-west-1", "time": "2026-11-20T03:00:00Z", "resources": [], "detail": {},
        })
    }

    #[test]
    fn known_family_is_one_that_the_parser_takes() {
        for (source, detail_type) in FAMILIES {
            let event = event(source, detail_type);
            assert_eq!(known_family(&event), Some(format!("{source}, {detail_type}")));
            let parsed = ParsedEvent::parse(&event);
            assert!(matches!(parsed, ParsedEvent::Rejected { .. }), "{source}: {parsed:?}");
        }
    }

    #[test]
    fn known_family_of_what_is_not_parsed_is_none() {
        for event in [event("aws.s3", "Object Created"), event("aws.ec2", "Drill"), json!({}), json!([1])] {
            assert_eq!(known_family(&event), None, "{event}");
        }
    }
}
