//! Tells the alarms that only drive scaling from those that somebody has to know of.

use common::Arn;
use serde_json::Value;

use crate::json_object::JsonObject;

/// Returns true for the alarms that scaling policies make for themselves: by the description that Application Auto Scaling
/// and EC2 Auto Scaling write, by their names, or because all that the alarm does is to scale.
pub(super) fn only_drives_scaling(name: &str, configuration: Option<&JsonObject<'_>>) -> bool {
    let described = configuration
        .and_then(|it| it.optional_text("description"))
        .is_some_and(|text| text.starts_with("DO NOT EDIT OR DELETE. For TargetTrackingScaling policy arn:"));
    let named =
        name.starts_with("TargetTracking-") && (name.contains("-AlarmHigh-") || name.contains("-AlarmLow-"));
    let actions = configuration.and_then(|it| it.get("alarmActions")).and_then(Value::as_array);
    let scales = actions.is_some_and(|actions| {
        let is_policy = |action: &Value| {
            let arn = action.as_str().and_then(|text| text.parse::<Arn>().ok());
            arn.is_some_and(|arn| {
                arn.service() == "autoscaling" && arn.resource().starts_with("scalingPolicy:")
            })
        };
        !actions.is_empty() && actions.iter().all(is_policy)
    });
    described || named || scales
}
