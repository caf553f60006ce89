//! Reads a dead letter: an event, a message about an incident, or a sweep that could not be made; pure.

use common::{EventId, IncidentId, untrusted_text::one_line};
use jiff::Timestamp;
use serde_json::Value;

const MAX_FAMILY_CHARS: usize = 120;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) queue: String,
    pub(super) receipt: String,
    pub(super) message_id: String,
    pub(super) sent_at: Option<Timestamp>,
    /// Why it could not be delivered, as far as the letter says.
    pub(super) reason: String,
    pub(super) content: Content,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// An event that belongs into the intake.
    Event {
        event_id: EventId,
        family: String,
        event: String,
    },
    /// A message about an incident that could not be sent.
    Message {
        incident_id: IncidentId,
        family: String,
    },
    /// A scheduled request, whose work the next run does as well.
    Schedule,
    Unreadable,
}

impl Content {
    /// Reads a body. The event of an execution that ended, and the failed call of a function, are about an incident;
    /// whatever else the intake put there is an event, because it keeps anything that it could not take in.
    pub(super) fn read(body: &str) -> Self {
        let Ok(value) = serde_json::from_str::<Value>(body) else { return Self::Unreadable };
        // What Lambda sends to a destination on failure:
        // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
        let asked = value.get("requestPayload").unwrap_or(&value);
        let is_step = asked.get("step").is_some_and(Value::is_string) && asked.get("source").is_none();
        if is_step || source(asked) == "aws.events" {
            return Self::Schedule;
        }
        let of_execution = asked.get("detail").filter(|_| source(asked) == "aws.states");
        let about = asked.get("incident_id").or_else(|| of_execution.and_then(|detail| detail.get("name")));
        if let Some(incident_id) = about.and_then(Value::as_str).and_then(|id| id.parse().ok()) {
            let occasion = asked.get("occasion").and_then(Value::as_str).unwrap_or("execution_broken");
            return Self::Message { incident_id, family: format!("message, {occasion}") };
        }
        let text = |name: &str| asked.get(name).and_then(Value::as_str).unwrap_or("unknown");
        let family = one_line(&format!("{}, {}", text("source"), text("detail-type")), MAX_FAMILY_CHARS);
        Self::Event { event_id: ingest::event_id(&value, body), family, event: body.to_owned() }
    }

    pub(super) fn family(&self) -> &str {
        match self {
            Self::Event { family, .. } | Self::Message { family, .. } => family,
            Self::Schedule => "schedule",
            Self::Unreadable => "unreadable",
        }
    }

    pub(super) fn id(&self) -> &str {
        match self {
            Self::Event { event_id, .. } => event_id.as_str(),
            Self::Message { .. } | Self::Schedule | Self::Unreadable => "",
        }
    }
}

fn source(value: &Value) -> &str {
    value.get("source").and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const INCIDENT: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

    #[test]
    fn read_table() {
        let message = |family: &str| Content::Message {
            incident_id: INCIDENT.parse().unwrap(),
            family: family.to_owned(),
        };
        let states = format!(r#"{{"id":"e","source":"aws.states","detail":{{"name":"{INCIDENT}"}}}}"#);
        let direct = format!(r#"{{"occasion":"still_firing","incident_id":"{INCIDENT}"}}"#);
        let failed = format!(r#"{{"requestContext":{{}},"requestPayload":{direct}}}"#);
        for (body, expected) in [
            (states.as_str(), message("message, execution_broken")),
            (&direct, message("message, still_firing")),
            (&failed, message("message, still_firing")),
            (r#"{"step":"sweep"}"#, Content::Schedule),
            (r#"{"step":"look_at_returns"}"#, Content::Schedule),
            (r#"{"requestPayload":{"step":"sweep"}}"#, Content::Schedule),
            ("no JSON", Content::Unreadable),
        ] {
            assert_eq!(Content::read(body), expected, "{body}");
        }
    }

    #[test]
    fn read_event_has_the_id_that_the_intake_records_it_by() {
        let body =
            r#"{"id":"e-1","source":"aws.ecs","detail-type":"ECS Deployment State Change","detail":{}}"#;
        let Content::Event { event_id, family, event } = Content::read(body) else { panic!("an event") };
        assert_eq!((event_id.as_str(), event.as_str()), ("e-1", body));
        assert_eq!(family, "aws.ecs, ECS Deployment State Change");
        let Content::Event { event_id, family, .. } = Content::read(r#"["no","event"]"#) else {
            panic!("an event")
        };
        assert!(event_id.as_str().starts_with("content-"));
        assert_eq!(family, "unknown, unknown");
    }
}
