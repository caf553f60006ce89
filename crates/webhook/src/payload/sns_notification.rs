//! Reads the message inside an SNS notification: a CloudWatch alarm, our generic form, or any text. Pure.

use common::{Arn, Vendor, sha256_hex, webhook_alert::AlertState};
use serde_json::Value;

use super::{
    Payload,
    alert_parts::AlertParts,
    bounded,
    fields::{Fields, InvalidPayload},
    generic,
};

/// What a notification says, once its signature holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Notification<'a> {
    pub(crate) topic: &'a Arn,
    pub(crate) message_id: &'a str,
    pub(crate) subject: Option<&'a str>,
    pub(crate) message: &'a str,
}

/// Reads a message whose signature holds. One that resembles an alarm or our form and is neither is a text: it is an alert
/// of an allowed topic, and SNS sends nothing again that is refused.
pub(crate) fn parse_notification(notification: Notification<'_>) -> Payload {
    let json: Option<Value> = serde_json::from_str(notification.message).ok();
    let fields = json.as_ref().and_then(|json| Fields::root(json).ok());
    let payload = match fields {
        Some(fields) if fields.get("AlarmName").is_some() => alarm(&fields, notification.topic).ok(),
        Some(fields) if generic::is_generic(&fields) => generic::parse(Vendor::Sns, &fields).ok(),
        _ => None,
    };
    let payload = payload.unwrap_or_else(|| text(&notification));
    let mut payload = bounded(Vendor::Sns, payload, 0);
    if let Payload::Alerts(alerts) = &mut payload {
        for alert in alerts {
            alert.delivery_id = Some(notification.message_id.to_owned());
        }
    }
    payload
}

/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html>
fn alarm(fields: &Fields<'_>, topic: &Arn) -> Result<Payload, InvalidPayload> {
    const STATE: &str = "ALARM, OK or INSUFFICIENT_DATA";
    let name = fields.text("AlarmName", "the alarm's name")?;
    let state = match fields.text("NewStateValue", STATE)?.as_str() {
        "ALARM" => AlertState::Firing,
        "OK" => AlertState::Recovered,
        "INSUFFICIENT_DATA" => {
            return Ok(Payload::Nothing { reason: "the alarm has insufficient data".to_owned() });
        }
        _ => return Err(fields.invalid("NewStateValue", STATE)),
    };
    let account = fields.optional_text("AWSAccountId").unwrap_or_else(|| topic.account().to_owned());
    // `Region` is a name such as "EU (Ireland)"; before 2021 the message had no ARN, and alarms tell topics of their region.
    let arn = fields
        .optional_text("AlarmArn")
        .and_then(|arn| arn.parse().ok())
        .unwrap_or_else(|| Arn::new("cloudwatch", topic.region(), &account, &format!("alarm:{name}")));
    let trigger = fields.optional_object("Trigger");
    let of_trigger = |name: &str| trigger.as_ref().and_then(|fields| fields.optional_text(name));
    let mut labels = vec![("account".to_owned(), account)];
    labels.extend(of_trigger("Namespace").map(|text| ("namespace".to_owned(), text)));
    labels.extend(of_trigger("MetricName").map(|text| ("metric".to_owned(), text)));
    for dimension in trigger.iter().flat_map(|fields| fields.objects("Dimensions").unwrap_or_default()) {
        labels.extend(dimension.optional_text("name").zip(dimension.optional_text("value")));
    }
    let reason = fields.optional_text("NewStateReason");
    let description = [fields.optional_text("AlarmDescription"), reason].into_iter().flatten();
    Ok(Payload::Alerts(vec![
        AlertParts {
            description: Some(description.collect::<Vec<_>>().join(". ")),
            labels,
            resources: vec![arn.to_string()],
            starts_at: fields.optional_text("StateChangeTime").and_then(|time| state_change_time(&time)),
            ..AlertParts::new(Vendor::Sns, arn.to_string(), state, name)
        }
        .into_alert(),
    ]))
}

/// `2019-02-15T23:53:45.093+0000` has no colon in its offset, which RFC 3339 wants.
fn state_change_time(text: &str) -> Option<jiff::Timestamp> {
    let with_zone = text.strip_suffix("+0000").map(|time| format!("{time}Z"));
    with_zone.as_deref().unwrap_or(text).parse().ok()
}

/// Any other message fires: what it means no one says, and that it ended no one will.
fn text(notification: &Notification<'_>) -> Payload {
    let topic = notification.topic;
    let first_line = notification.message.lines().next().unwrap_or_default();
    let title = notification.subject.unwrap_or(first_line);
    Payload::Alerts(vec![
        AlertParts {
            description: Some(notification.message.to_owned()),
            labels: vec![("topic".to_owned(), topic.to_string())],
            ..AlertParts::new(
                Vendor::Sns,
                format!("{topic}/{}", sha256_hex(title)),
                AlertState::Firing,
                title.to_owned(),
            )
        }
        .into_alert(),
    ])
}
