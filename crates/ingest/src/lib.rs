//! Turns one EventBridge event into a signal, or keeps it whole and says why it is none.
//!
//! - Input: an EventBridge event, any JSON
//! - Output: `{"result":"signal","signal":…}`, `{"result":"ignored","event_id","reason"}` (well-formed, but nothing to act on) or `{"result":"rejected","event_id","reason"}` (not understood)
//! - Errors: `Port.Throttled`, `Port.Unavailable`, `Port.Denied`, `Port.NotFound`, `Port.Invalid`
//! - Environment: `TABLE_NAME`
//! - IAM:
//!   - dynamodb: `PutItem`
//! - Timeout: 10 s

mod alarm;
mod codedeploy;
mod drill;
mod ec2;
mod ecs;
mod envelope;
mod field;
mod kept_event;
mod metric_resource;
mod reading;

use common::{
    Clock, ErrorName, EventId, PortError, Signal,
    ports::{EventOutcome, EventRecord, Events},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

pub use reading::{Reading, read};

/// What ingest needs of the outside.
#[derive(Debug, Clone)]
pub struct Deps<E, C> {
    pub events: E,
    pub clock: C,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case", deny_unknown_fields)]
pub enum Output {
    Signal { signal: Box<Signal> },
    Ignored { event_id: EventId, reason: String },
    Rejected { event_id: EventId, reason: String },
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

/// An event that became no signal is kept before it is answered; a signal's event is remembered by
/// dedup, in one transaction with what it did. Repeating it changes nothing.
pub async fn handle(deps: &Deps<impl Events, impl Clock>, event: Box<RawValue>) -> Result<Output, Error> {
    let parsed = serde_json::from_str::<Value>(event.get());
    let reading = parsed.as_ref().map_or_else(reading::unparsable, read);
    let (outcome, reason) = match reading {
        Reading::Signal(signal) => return Ok(Output::Signal { signal }),
        Reading::Ignored { reason } => (EventOutcome::Ignored, reason),
        Reading::Rejected { reason } => (EventOutcome::Rejected, reason),
    };
    let text = event.get().to_owned();
    let event_id = reading::event_id(parsed.as_ref().unwrap_or(&Value::Null), &text);
    let kept = kept_event::fit(text, reason);
    deps.events
        .keep(&EventRecord {
            event_id: event_id.clone(),
            outcome,
            incident_id: None,
            recorded_at: deps.clock.now(),
            reason: Some(kept.reason.clone()),
            raw: Some(kept.raw),
        })
        .await?;
    Ok(match outcome {
        EventOutcome::Ignored => Output::Ignored { event_id, reason: kept.reason },
        _ => Output::Rejected { event_id, reason: kept.reason },
    })
}
