//! Whether an event is a signal; pure, and with an answer to any JSON.

use common::untrusted_text::one_line;
use common::{EventId, Signal};
use serde_json::Value;

use crate::{alarm, codedeploy, drill, ec2, ecs, envelope::Envelope, field::Malformed};

/// What an event was read as.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    Signal(Box<Signal>),
    /// A well-formed event that there is nothing to do about.
    Ignored {
        reason: String,
    },
    /// Not understood; the reason names the field, what is there and what would be right.
    Rejected {
        reason: String,
    },
}

/// Why an event is no signal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoSignal {
    Ignored(String),
    Rejected(String),
}

impl From<Malformed> for NoSignal {
    fn from(Malformed(reason): Malformed) -> Self {
        Self::Rejected(reason)
    }
}

/// Reads an event; a drill as the event inside it.
pub fn read(event: &Value) -> Reading {
    let reading = Envelope::read(event).map_err(NoSignal::from).and_then(|envelope| {
        if drill::is_drill(&envelope) { drill::read(&envelope) } else { read_aws(&envelope) }
    });
    match reading {
        Ok(signal) => Reading::Signal(Box::new(signal)),
        Err(NoSignal::Ignored(reason)) => Reading::Ignored { reason },
        Err(NoSignal::Rejected(reason)) => Reading::Rejected { reason },
    }
}

pub(crate) fn read_aws(envelope: &Envelope<'_>) -> Result<Signal, NoSignal> {
    match (envelope.source, envelope.detail_type) {
        ("aws.cloudwatch", "CloudWatch Alarm State Change") => alarm::read(envelope),
        ("aws.codedeploy", "CodeDeploy Deployment State-change Notification") => codedeploy::read(envelope),
        ("aws.ec2", "EC2 Instance State-change Notification") => ec2::read(envelope),
        ("aws.ecs", "ECS Deployment State Change") => ecs::read(envelope),
        (source, detail_type) => Err(NoSignal::Ignored(format!(
            "no operational signal is read from {} \"{}\"",
            one_line(source, 80),
            one_line(detail_type, 80)
        ))),
    }
}

/// JSON by its grammar that no parser takes: nested too deeply, a number too large, half a surrogate pair.
pub(crate) fn unparsable(error: &serde_json::Error) -> Reading {
    Reading::Rejected { reason: format!("it is no JSON that can be read: {error}") }
}

/// The event's own id where it has a usable one, else one made of its `text`.
pub(crate) fn event_id(event: &Value, text: &str) -> EventId {
    event
        .get("id")
        .and_then(Value::as_str)
        .and_then(|id| id.parse().ok())
        .unwrap_or_else(|| EventId::from_content(text))
}
