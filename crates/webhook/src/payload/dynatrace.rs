//! Reads Dynatrace's problem notifications in the default payload of its custom integration. Source:
//! <https://docs.dynatrace.com/docs/analyze-explore-automate/notifications-and-alerting/problem-notifications/webhook-integration>.
//! Pure.

use common::{Vendor, webhook_alert::AlertState};

use super::{
    Payload,
    alert_parts::AlertParts,
    fields::{Fields, InvalidPayload},
    severity::severity_of,
};

pub(crate) fn parse(root: &Fields<'_>) -> Result<Payload, InvalidPayload> {
    const STATE: &str = "OPEN, RESOLVED or MERGED";
    let id = root.first_text(&["PID", "ProblemID"]);
    let id = id.ok_or_else(|| root.invalid("PID", "the problem's id, {PID}"))?;
    let state = match root.text("State", STATE)?.to_ascii_uppercase().as_str() {
        "OPEN" => AlertState::Firing,
        "RESOLVED" | "CLOSED" => AlertState::Recovered,
        "MERGED" => {
            return Ok(Payload::Nothing { reason: "the problem was merged into another one".to_owned() });
        }
        _ => return Err(root.invalid("State", STATE)),
    };
    let title = root.text("ProblemTitle", "the problem's title, {ProblemTitle}")?;
    let details =
        ["ProblemDetailsJSONv2", "ProblemDetailsJSON"].iter().find_map(|name| root.optional_object(name));
    let detail = |name: &str| details.as_ref().and_then(|fields| fields.optional_text(name));
    let word = root.optional_text("ProblemSeverity").or_else(|| detail("severityLevel"));
    let tags = root.optional_text("Tags").unwrap_or_default();
    let mut labels: Vec<(String, String)> = tags.split(',').filter_map(|tag| tag_pair(tag.trim())).collect();
    for (label, field) in
        [("problem", "ProblemID"), ("impact", "ProblemImpact"), ("entity", "ImpactedEntity")]
    {
        labels.extend(root.optional_text(field).map(|text| (label.to_owned(), text)));
    }
    let entities = root.objects("ImpactedEntities").unwrap_or_default();
    let names: Vec<String> = entities.iter().filter_map(|entity| entity.optional_text("name")).collect();
    if !names.is_empty() {
        labels.push(("entities".to_owned(), names.join(", ")));
    }
    Ok(Payload::Alerts(vec![
        AlertParts {
            severity: word.as_deref().and_then(severity_of),
            description: root.first_text(&["ProblemDetailsText", "ProblemDetailsMarkdown", "ImpactedEntity"]),
            resources: vec![tags],
            labels,
            starts_at: details.as_ref().and_then(|fields| fields.time("startTime")),
            link: root.optional_text("ProblemURL"),
            ..AlertParts::new(Vendor::Dynatrace, id, state, title)
        }
        .into_alert(),
    ]))
}

/// `[AWS]application:shop`: the context in brackets says where the tag is from.
fn tag_pair(tag: &str) -> Option<(String, String)> {
    let plain = tag.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(tag, |(_, plain)| plain);
    let (name, value) = plain.split_once(':')?;
    Some((name.trim().to_owned(), value.trim().to_owned()))
}
