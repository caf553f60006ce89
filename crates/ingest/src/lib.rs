//! Turns one EventBridge event into a signal, or stores it whole with the reason why it is none.
//!
//! What a kind of event means is a row in `kinds/`, of the form that `kind_table` has; `docs/events.md` is written from
//! them.
//!
//! - Input: an EventBridge event, any JSON
//! - Output: `{"result":"signal","signal":…}`, of a batch `{"result":"signals","signals":[…]}`, `{"result":"ignored","event_id","reason"}` (well-formed, but nothing to act on) or `{"result":"rejected","event_id","reason"}` (not understood)
//! - Errors: `Port.Throttled`, `Port.Unavailable`, `Port.Denied`, `Port.NotFound`, `Port.Invalid`
//! - Environment: `INCIDENT_RETENTION_DAYS`, `LEDGER_RETENTION_DAYS`, `TABLE_NAME`
//! - IAM:
//!   - dynamodb: `PutItem`
//! - Timeout: 10 s

mod aws_event;
mod by_shape;
mod by_table;
mod drill;
mod envelope;
mod event_fields;
mod family;
mod hand_on;
mod json_object;
mod kept_event;
mod kind_table;
mod kinds;
mod no_signal;
mod not_eventbridge;
mod parsed_event;
#[cfg(test)]
mod table_documents;
mod template;
mod webhook;

use common::{
    Clock, ErrorName, EventId, PortError, Signal,
    ports::{EventOutcome, EventRecord, Events, RejectedEvent},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

use crate::kept_event::KeptEvent;

pub use {
    family::known_family,
    parsed_event::{ParsedEvent, event_id},
};

/// The ports that ingest works with.
#[derive(Debug, Clone)]
pub struct Deps<E, C> {
    pub events: E,
    pub clock: C,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case", deny_unknown_fields)]
pub enum Output {
    Signal {
        signal: Box<Signal>,
    },
    /// A batch: each is a problem of its own, with an event id of its own.
    Signals {
        signals: Vec<Signal>,
    },
    Ignored {
        event_id: EventId,
        reason: String,
    },
    Rejected {
        event_id: EventId,
        reason: String,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Port(#[from] PortError),
}

impl ErrorName for Error {
    const NAMES: &'static [&'static str] = PortError::NAMES;

    fn error_name(&self) -> &'static str {
        match self {
            Self::Port(error) => error.error_name(),
        }
    }
}

/// Parses one event. An event that is no signal is stored before this returns; the event of a signal is stored
/// by dedup, in one transaction with what dedup did. A rejected event of a known family is listed too, so that a
/// sweep tells a person. A repeated call changes nothing.
pub async fn handle(deps: &Deps<impl Events, impl Clock>, event: Box<RawValue>) -> Result<Output, Error> {
    let json = serde_json::from_str::<Value>(event.get());
    let parsed = json.as_ref().map_or_else(ParsedEvent::from_json_error, ParsedEvent::parse);
    let (outcome, reason) = match parsed {
        ParsedEvent::Signal(signal) => return Ok(Output::Signal { signal }),
        ParsedEvent::Signals(signals) => return Ok(Output::Signals { signals }),
        ParsedEvent::Ignored { reason } => (EventOutcome::Ignored, reason),
        ParsedEvent::Rejected { reason } => (EventOutcome::Rejected, reason),
    };
    let text = event.get().to_owned();
    let event_id = parsed_event::event_id(json.as_ref().unwrap_or(&Value::Null), &text);
    let kept = KeptEvent::new(text, reason);
    let recorded_at = deps.clock.now();
    deps.events
        .keep(&EventRecord {
            event_id: event_id.clone(),
            outcome,
            incident_id: None,
            recorded_at,
            reason: Some(kept.reason.clone()),
            raw: Some(kept.raw),
        })
        .await?;
    let family = json.as_ref().ok().and_then(known_family).filter(|_| outcome == EventOutcome::Rejected);
    if let Some(family) = family {
        let (event_id, reason) = (event_id.clone(), kept.reason.clone());
        deps.events.list_rejected(&RejectedEvent { event_id, family, reason, at: recorded_at }).await?;
    }
    Ok(match outcome {
        EventOutcome::Ignored => Output::Ignored { event_id, reason: kept.reason },
        _ => Output::Rejected { event_id, reason: kept.reason },
    })
}
