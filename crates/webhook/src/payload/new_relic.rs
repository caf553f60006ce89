//! Reads what New Relic sends: the default template of a workflow's webhook, with the variables' own names as well, and
//! the form of the notification channels that workflows replaced. Source:
//! <https://docs.newrelic.com/docs/alerts/get-notified/notification-integrations/>. Pure.

use common::{Vendor, webhook_alert::AlertState};

use super::{
    Payload,
    alert_parts::AlertParts,
    fields::{Fields, InvalidPayload},
    severity::severity_of,
};

pub(crate) fn parse(root: &Fields<'_>) -> Result<Payload, InvalidPayload> {
    if root.get("current_state").is_some() { parse_legacy(root) } else { parse_issue(root) }
}

fn parse_issue(root: &Fields<'_>) -> Result<Payload, InvalidPayload> {
    const STATE: &str = "CREATED, ACTIVATED, DEACTIVATED, ACKNOWLEDGED or CLOSED";
    let id = root.first_text(&["id", "issueId"]).ok_or_else(|| root.invalid("id", "the issue's id"))?;
    let state = match root.text("state", STATE)?.to_ascii_uppercase().as_str() {
        "CREATED" | "ACTIVATED" => AlertState::Firing,
        "DEACTIVATED" | "CLOSED" => AlertState::Recovered,
        "ACKNOWLEDGED" => return Ok(Payload::Nothing { reason: "the issue was acknowledged".to_owned() }),
        _ => return Err(root.invalid("state", STATE)),
    };
    let title = ["title", "issueTitle"].iter().find_map(|name| root.texts(name).into_iter().next());
    let title = title.ok_or_else(|| root.invalid("title", "the issue's title"))?;
    let mut labels = joined(
        root,
        &[
            ("entities", "impactedEntities"),
            ("policy", "alertPolicyNames"),
            ("condition", "alertConditionNames"),
            ("workflow", "workflowName"),
            ("source", "sources"),
        ],
    );
    // Templates of teams often add them as they are.
    for name in ["labels", "tags"] {
        labels.extend(root.pairs(name));
    }
    let word = root.optional_text("priority");
    Ok(Payload::Alerts(vec![
        AlertParts {
            severity: word.as_deref().and_then(severity_of),
            description: root.first_text(&["description", "details"]),
            labels,
            starts_at: root.time("createdAt"),
            link: root.first_text(&["issueUrl", "issuePageUrl"]),
            ..AlertParts::new(Vendor::NewRelic, id, state, title)
        }
        .into_alert(),
    ]))
}

fn parse_legacy(root: &Fields<'_>) -> Result<Payload, InvalidPayload> {
    const STATE: &str = "\"open\", \"acknowledged\", \"closed\" or \"test\"";
    let id = root.text("incident_id", "the incident's id")?;
    let state = match root.text("current_state", STATE)?.as_str() {
        "open" => AlertState::Firing,
        "closed" => AlertState::Recovered,
        state @ ("acknowledged" | "test") => {
            return Ok(Payload::Nothing { reason: format!("the incident's state is {state}") });
        }
        _ => return Err(root.invalid("current_state", STATE)),
    };
    let title = root.first_text(&["condition_name", "details"]);
    let title = title.ok_or_else(|| root.invalid("condition_name", "the condition's name"))?;
    let account = root.optional_text("account_id").unwrap_or_default();
    let mut labels =
        joined(root, &[("policy", "policy_name"), ("account", "account_name"), ("runbook", "runbook_url")]);
    for target in root.objects("targets").unwrap_or_default() {
        labels.extend(target.pairs("labels"));
        labels.extend(target.optional_text("name").map(|name| ("entities".to_owned(), name)));
    }
    let word = root.optional_text("severity");
    Ok(Payload::Alerts(vec![
        AlertParts {
            severity: word.as_deref().and_then(severity_of),
            description: root.optional_text("details"),
            labels,
            starts_at: root.time("timestamp"),
            link: root.optional_text("incident_url"),
            ..AlertParts::new(Vendor::NewRelic, format!("incident/{account}/{id}"), state, title)
        }
        .into_alert(),
    ]))
}

/// Returns the labels whose field is there, the texts of a list joined.
fn joined(root: &Fields<'_>, names: &[(&str, &str)]) -> Vec<(String, String)> {
    let labels = names.iter().map(|(label, field)| ((*label).to_owned(), root.texts(field).join(", ")));
    labels.filter(|(_, text)| !text.is_empty()).collect()
}
