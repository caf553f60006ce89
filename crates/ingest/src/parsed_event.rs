//! Parses any JSON as an event: a signal, or the reason why it is none. Pure.

use common::{EventId, Signal};
use serde_json::Value;

use crate::{aws_event, drill, envelope::Envelope, hand_on, no_signal::NoSignal, not_eventbridge, webhook};

/// An event after parsing.
#[derive(Debug, Clone, PartialEq)]
pub enum ParsedEvent {
    Signal(Box<Signal>),
    /// A batch: two signals or more, each with an event id of its own.
    Signals(Vec<Signal>),
    /// A well-formed event with nothing to act on.
    Ignored {
        reason: String,
    },
    /// An event that was not understood. The reason names the field, what stood there and what was expected.
    Rejected {
        reason: String,
    },
}

impl ParsedEvent {
    /// Parses an event; a drill as the event inside it.
    pub fn parse(event: &Value) -> Self {
        if let Some(reason) = not_eventbridge::reason(event) {
            return Self::Rejected { reason };
        }
        let signals = Envelope::from_event(event).map_err(NoSignal::from).and_then(|envelope| {
            if drill::is_drill(&envelope) {
                drill::parse_drill(&envelope)
            } else if webhook::is_webhook(&envelope) {
                webhook::parse_webhook(&envelope, event)
            } else {
                aws_event::parse_event(&envelope)
            }
        });
        match signals.map(<[Signal; 1]>::try_from) {
            Ok(Ok([signal])) => Self::Signal(Box::new(signal)),
            Ok(Err(signals)) => match hand_on::batch(signals) {
                Ok(signals) => Self::Signals(signals),
                Err(reason) => Self::Rejected { reason },
            },
            Err(NoSignal::Ignored(reason)) => Self::Ignored { reason },
            Err(NoSignal::Rejected(reason)) => Self::Rejected { reason },
        }
    }

    /// Rejects text that is JSON by its grammar and that no parser takes: nested too deeply, a number too
    /// large, half a surrogate pair.
    pub(crate) fn from_json_error(error: &serde_json::Error) -> Self {
        Self::Rejected { reason: format!("the event is not valid JSON: {error}") }
    }
}

/// Returns the event's own id where it has a valid one, else one made of its `text`.
pub fn event_id(event: &Value, text: &str) -> EventId {
    event
        .get("id")
        .and_then(Value::as_str)
        .and_then(|id| id.parse().ok())
        .unwrap_or_else(|| EventId::from_content(text))
}
