//! Names the families of events that are parsed. Pure.

use common::webhook_alert;
use serde_json::Value;

use crate::{
    drill,
    kind_table::KindRow,
    kinds::{self, KnownKind},
};

/// Returns the source and detail type of an event, if it is one that Nightshift parses: a rejected one of these may be an
/// incident that nobody sees.
pub fn known_family(event: &Value) -> Option<String> {
    let text = |name| event.get(name).and_then(Value::as_str);
    let (source, detail_type) = (text("source")?, text("detail-type")?);
    let is_known = [(drill::SOURCE, drill::DETAIL_TYPE), (webhook_alert::SOURCE, webhook_alert::DETAIL_TYPE)]
        .contains(&(source, detail_type))
        || matches!(kinds::find(source, detail_type), Some(KnownKind::Row(KindRow { ignored: None, .. })));
    is_known.then(|| format!("{source}, {detail_type}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn known_family_table() {
        for (source, detail_type, is_known) in [
            ("aws.cloudwatch", "CloudWatch Alarm State Change", true),
            ("aws.ecs", "ECS Deployment State Change", true),
            ("nightshift.drill", "Drill", true),
            ("nightshift.webhook", "Alert", true),
            ("aws.s3", "Object Created", false),
            ("aws.ec2", "Drill", false),
        ] {
            let event = json!({"source": source, "detail-type": detail_type});
            let expected = is_known.then(|| format!("{source}, {detail_type}"));
            assert_eq!(known_family(&event), expected);
        }
        for event in [json!({}), json!([1]), json!({"source": 7})] {
            assert_eq!(known_family(&event), None, "{event}");
        }
    }
}
