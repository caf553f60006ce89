//! Reads what Prometheus's Alertmanager sends, versions 3 and 4 of its form; Grafana's alerting sends the same form.
//! Source: <https://prometheus.io/docs/alerting/latest/configuration/#webhook_config>. Pure.

use common::{Vendor, WebhookAlert, sha256_hex, webhook_alert::AlertState};

use super::{
    Payload,
    alert_parts::AlertParts,
    fields::{Fields, InvalidPayload},
    severity::severity_of,
};

pub(crate) fn parse(vendor: Vendor, root: &Fields<'_>) -> Result<Payload, InvalidPayload> {
    let alerts = root.objects("alerts")?;
    alerts.iter().map(|alert| parse_alert(vendor, alert)).collect::<Result<_, _>>().map(Payload::Alerts)
}

fn parse_alert(vendor: Vendor, alert: &Fields<'_>) -> Result<WebhookAlert, InvalidPayload> {
    const STATUS: &str = "\"firing\" or \"resolved\"";
    let state = match alert.text("status", STATUS)?.as_str() {
        "firing" => AlertState::Firing,
        "resolved" => AlertState::Recovered,
        _ => return Err(alert.invalid("status", STATUS)),
    };
    let label_fields = alert.object("labels")?;
    let labels = alert.pairs("labels");
    if labels.is_empty() {
        return Err(alert.invalid("labels", "an object with the alert's labels"));
    }
    let annotations = alert.optional_object("annotations");
    let annotation = |names: &[&str]| annotations.as_ref().and_then(|fields| fields.first_text(names));
    let name = label_fields.optional_text("alertname");
    let title = annotation(&["summary", "title"]).or(name).unwrap_or_default();
    let word = label_fields.first_text(&["severity", "priority", "level"]);
    Ok(AlertParts {
        severity: word.as_deref().and_then(severity_of),
        description: annotation(&["description", "message"]),
        starts_at: alert.time("startsAt"),
        link: alert.first_text(&["panelURL", "dashboardURL", "generatorURL"]),
        // Rules name the resource in annotations too.
        resources: alert.pairs("annotations").into_iter().map(|(_, text)| text).collect(),
        alert_id: alert.optional_text("fingerprint").unwrap_or_else(|| id_of_labels(&labels)),
        labels,
        ..AlertParts::new(vendor, String::new(), state, title)
    }
    .into_alert())
}

/// Identifies an alert as Alertmanager does, by its labels; its fingerprint came with version 0.19.
fn id_of_labels(labels: &[(String, String)]) -> String {
    let mut pairs: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    pairs.sort();
    format!("labels-{}", &sha256_hex(pairs.join(",")))
}
