//! Reads the form that docs/webhooks.md describes, for whoever has no form of their own. It is strict: a field that is
//! not of the form is an error, so that a misspelled one is noticed. Pure.

use common::{Vendor, WebhookAlert, webhook_alert::AlertState};
use serde_json::Value;

use super::{
    Payload,
    alert_parts::AlertParts,
    fields::{Fields, InvalidPayload},
    severity::severity_of,
};

const NAMES: [&str; 11] = [
    "alert_id",
    "delivery_id",
    "state",
    "severity",
    "title",
    "description",
    "labels",
    "resources",
    "starts_at",
    "link",
    "application",
];

/// One alert, or a list `alerts` of them.
pub(crate) fn parse(vendor: Vendor, root: &Fields<'_>) -> Result<Payload, InvalidPayload> {
    if root.get("alerts").is_none() {
        return Ok(Payload::Alerts(vec![parse_alert(vendor, root)?]));
    }
    if let Some(other) = root.names().find(|name| *name != "alerts") {
        return Err(root.invalid(other, "no field beside `alerts`"));
    }
    let alerts = root.objects("alerts")?;
    alerts.iter().map(|alert| parse_alert(vendor, alert)).collect::<Result<_, _>>().map(Payload::Alerts)
}

/// Returns true where an object is meant in this form.
pub(crate) fn is_generic(root: &Fields<'_>) -> bool {
    root.get("alert_id").is_some() && root.get("state").is_some()
}

fn parse_alert(vendor: Vendor, alert: &Fields<'_>) -> Result<WebhookAlert, InvalidPayload> {
    const STATE: &str = "\"firing\" or \"recovered\"";
    const SEVERITY: &str = "sev1, sev2, sev3 or sev4, or a word for one such as critical or warning";
    const TEXTS: [&str; 5] = ["delivery_id", "description", "link", "application", "severity"];
    if let Some(other) = alert.names().find(|name| !NAMES.contains(name)) {
        return Err(alert.invalid(other, &format!("one of the fields {}", NAMES.join(", "))));
    }
    if let Some(name) = TEXTS.iter().find(|name| alert.get(name).is_some_and(|value| !value.is_string())) {
        return Err(alert.invalid(name, "a text"));
    }
    let state = match alert.text("state", STATE)?.as_str() {
        "firing" => AlertState::Firing,
        "recovered" => AlertState::Recovered,
        _ => return Err(alert.invalid("state", STATE)),
    };
    let severity = match alert.optional_text("severity") {
        Some(word) => Some(severity_of(&word).ok_or_else(|| alert.invalid("severity", SEVERITY))?),
        None => None,
    };
    let starts_at = alert.time("starts_at");
    if starts_at.is_none() && alert.get("starts_at").is_some() {
        return Err(alert.invalid("starts_at", "a time in RFC 3339, such as 2026-11-20T03:00:00Z"));
    }
    let labels = alert.pairs("labels");
    let given = alert.get("labels").map(|value| value.as_object().map(serde_json::Map::len));
    if given.is_some_and(|count| count.is_none_or(|count| count != labels.len())) {
        return Err(alert.invalid("labels", "an object whose values are texts"));
    }
    let alert_id = alert.text("alert_id", "an id, the same while the alert fires and when it recovers")?;
    let title = alert.text("title", "a line for people")?;
    Ok(AlertParts {
        delivery_id: alert.optional_text("delivery_id"),
        severity,
        description: alert.optional_text("description"),
        labels,
        resources: resources(alert)?,
        starts_at,
        link: alert.optional_text("link"),
        application: alert.optional_text("application"),
        ..AlertParts::new(vendor, alert_id, state, title)
    }
    .into_alert())
}

fn resources(alert: &Fields<'_>) -> Result<Vec<String>, InvalidPayload> {
    let is_arn = |value: &Value| value.as_str().is_some_and(|text| text.parse::<common::Arn>().is_ok());
    match alert.get("resources") {
        None => Ok(Vec::new()),
        Some(Value::Array(list)) if list.iter().all(is_arn) => Ok(alert.texts("resources")),
        Some(_) => Err(alert.invalid("resources", "a list of ARNs")),
    }
}
