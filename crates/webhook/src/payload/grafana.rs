//! Reads what Grafana sends: the form of its alerting, which is Alertmanager's with more fields, and the form of
//! the legacy alerting that Grafana 11 removed. Sources:
//! <https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/>,
//! <https://grafana.com/docs/grafana/v8.5/alerting/old-alerting/notifications/#webhook>. Pure.

use common::{Vendor, webhook_alert::AlertState};

use super::{
    Payload,
    alert_parts::AlertParts,
    alertmanager,
    fields::{Fields, InvalidPayload},
    severity::severity_of,
};

pub(crate) fn parse(root: &Fields<'_>) -> Result<Payload, InvalidPayload> {
    if root.get("ruleId").is_some() && root.get("alerts").is_none() {
        return parse_legacy(root);
    }
    alertmanager::parse(Vendor::Grafana, root)
}

fn parse_legacy(root: &Fields<'_>) -> Result<Payload, InvalidPayload> {
    const STATE: &str = "\"alerting\", \"no_data\", \"ok\", \"pending\", \"paused\" or \"unknown\"";
    let rule = root.text("ruleId", "the rule's id")?;
    let state = match root.text("state", STATE)?.as_str() {
        "alerting" | "no_data" => AlertState::Firing,
        "ok" => AlertState::Recovered,
        state @ ("pending" | "paused" | "unknown") => {
            return Ok(Payload::Nothing { reason: format!("the rule is {state}") });
        }
        _ => return Err(root.invalid("state", STATE)),
    };
    let organization = root.optional_text("orgId").unwrap_or_else(|| "1".to_owned());
    let title = root.first_text(&["ruleName", "title"]).unwrap_or_default();
    let mut labels = root.pairs("tags");
    let matches = root.objects("evalMatches").unwrap_or_default();
    for found in &matches {
        for (name, value) in found.pairs("tags") {
            if labels.iter().all(|(known, _)| *known != name) {
                labels.push((name, value));
            }
        }
    }
    let word = root.optional_object("tags").and_then(|tags| tags.first_text(&["severity", "priority"]));
    Ok(Payload::Alerts(vec![
        AlertParts {
            severity: word.as_deref().and_then(severity_of),
            description: root.optional_text("message"),
            link: root.optional_text("ruleUrl"),
            labels,
            ..AlertParts::new(Vendor::Grafana, format!("rule/{organization}/{rule}"), state, title)
        }
        .into_alert(),
    ]))
}
