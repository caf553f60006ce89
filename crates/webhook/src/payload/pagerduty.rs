//! Reads PagerDuty's v3 webhooks. Source: <https://developer.pagerduty.com/docs/webhooks-overview>. Pure.

use common::{Severity, Vendor, webhook_alert::AlertState};

use super::{
    Payload,
    alert_parts::AlertParts,
    fields::{Fields, InvalidPayload},
    severity::severity_of,
};

pub(crate) fn parse(root: &Fields<'_>) -> Result<Payload, InvalidPayload> {
    if root.get("messages").is_some() && root.get("event").is_none() {
        return Err(InvalidPayload::new(
            "missing `event`: expected a v3 webhook of PagerDuty; this is of v1 or v2, which PagerDuty no longer supports",
        ));
    }
    let event = root.object("event")?;
    let event_type = event.text("event_type", "the event's type, for example incident.triggered")?;
    let state = match event_type.as_str() {
        "incident.triggered" | "incident.reopened" => AlertState::Firing,
        "incident.resolved" => AlertState::Recovered,
        other => {
            let shown = common::untrusted_text::one_line(other, 80);
            return Ok(Payload::Nothing { reason: format!("an event of type {shown}") });
        }
    };
    let data = event.object("data")?;
    let id = data.text("id", "the incident's id")?;
    let title = data.text("title", "the incident's title")?;
    let summary = |name: &str| data.optional_object(name).and_then(|object| object.optional_text("summary"));
    let priority = summary("priority").as_deref().and_then(severity_of);
    let urgency = match data.optional_text("urgency").as_deref() {
        Some("high") => Some(Severity::Sev2),
        Some("low") => Some(Severity::Sev4),
        _ => None,
    };
    let mut labels = Vec::new();
    for name in ["service", "escalation_policy"] {
        labels.extend(summary(name).map(|text| (name.to_owned(), text)));
    }
    for name in ["incident_key", "number", "urgency"] {
        labels.extend(data.optional_text(name).map(|text| (name.to_owned(), text)));
    }
    Ok(Payload::Alerts(vec![
        AlertParts {
            delivery_id: event.optional_text("id"),
            severity: priority.or(urgency),
            labels,
            // Monitoring tools put the resource there.
            resources: vec![title.clone()],
            starts_at: data.time("created_at"),
            link: data.optional_text("html_url"),
            ..AlertParts::new(Vendor::PagerDuty, id, state, title)
        }
        .into_alert(),
    ]))
}
