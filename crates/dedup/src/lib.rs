//! Decides which incident a signal belongs to: one incident for one problem.
//!
//! A signal opens an incident, is attached to the open one with its fingerprint, or tells that the
//! open one's symptom has gone. The decision and the memory of the event are one write, so that a
//! redelivery finds what was decided, and decides nothing again.
//!
//! - Input: `{"signal": Signal}`
//! - Output: `{"result": "opened" | "attached" | "recovered", "incident_id"}` or `{"result": "ignored", "reason"}`
//! - Errors: `Dedup.Contended`, `Port.Throttled`, `Port.Unavailable`, `Port.Denied`, `Port.NotFound`, `Port.Invalid`
//! - Environment: `TABLE_NAME`
//! - IAM:
//!   - dynamodb: `GetItem`, `PutItem`, `UpdateItem`
//! - Timeout: 15 s

mod place;

use common::{
    Clock, ErrorName, EventId, Incident, IncidentId, PortError, Signal, Status,
    ports::{CurrentIncident, EventOutcome, EventRecord, Events, Intake, Written},
};
use serde::{Deserialize, Serialize};

use crate::place::{Place, place};

/// How often a lost race is run again before the state machine is asked to wait and retry.
const RACES: u32 = 10;

#[derive(Debug)]
pub struct Deps<S, C> {
    pub store: S,
    pub clock: C,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    pub signal: Signal,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case", deny_unknown_fields)]
pub enum Output {
    Opened { incident_id: IncidentId },
    Attached { incident_id: IncidentId },
    Recovered { incident_id: IncidentId },
    Ignored { reason: String },
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("event {event_id} lost {RACES} races for its incident")]
    Contended { event_id: EventId },
    #[error(transparent)]
    Port(#[from] PortError),
}

impl ErrorName for Error {
    const NAMES: &'static [&'static str] = &["Dedup.Contended"];

    fn error_name(&self) -> &'static str {
        match self {
            Self::Contended { .. } => "Dedup.Contended",
            Self::Port(error) => error.error_name(),
        }
    }
}

pub async fn handle(deps: &Deps<impl Intake + Events, impl Clock>, input: Input) -> Result<Output, Error> {
    let signal = input.signal;
    for _ in 0..RACES {
        let current = deps.store.current(&signal.fingerprint).await?;
        let place = place(&signal, current);
        let record = record(&signal, &place, deps.clock.now());
        let written = match &place {
            Place::Open { previous, episode } => {
                let incident = Incident::opened_by(signal.clone(), *episode);
                deps.store.open(&incident, *previous, &record).await?
            }
            Place::Attach(incident) | Place::Recover(incident) => {
                deps.store.attach(*incident, &signal, &record).await?
            }
            Place::Ignore(_) => {
                deps.store.keep(&record).await?;
                Written::EventKnown
            }
        };
        match written {
            Written::Done => return Ok(output(&record, current)),
            // Decided before, by an earlier delivery or attempt: that decision stands.
            Written::EventKnown => {
                if let Some(decided) = deps.store.recorded(&signal.event_id).await? {
                    return Ok(output(&decided, current));
                }
            }
            Written::Raced => {}
        }
    }
    Err(Error::Contended { event_id: signal.event_id })
}

fn record(signal: &Signal, place: &Place, now: jiff::Timestamp) -> EventRecord {
    let (outcome, incident_id, reason) = match place {
        Place::Open { .. } => {
            let id = IncidentId::opened_by(&signal.event_id, &signal.fingerprint, signal.occurred_at);
            (EventOutcome::Opened, Some(id), None)
        }
        Place::Attach(id) => (EventOutcome::Attached, Some(*id), None),
        Place::Recover(id) => (EventOutcome::Recovered, Some(*id), None),
        Place::Ignore(reason) => (EventOutcome::Ignored, None, Some((*reason).to_owned())),
    };
    EventRecord {
        event_id: signal.event_id.clone(),
        outcome,
        incident_id,
        recorded_at: now,
        reason,
        raw: None,
    }
}

/// An incident that is still `open` may never have been started: whoever comes across it has it
/// started, and Step Functions refuses the second start of one that was.
fn output(record: &EventRecord, current: Option<CurrentIncident>) -> Output {
    let unstarted = |id| current.is_some_and(|incident| incident.id == id && incident.status == Status::Open);
    match (record.outcome, record.incident_id) {
        (EventOutcome::Opened, Some(incident_id)) => Output::Opened { incident_id },
        (EventOutcome::Attached, Some(incident_id)) if unstarted(incident_id) => {
            Output::Opened { incident_id }
        }
        (EventOutcome::Attached, Some(incident_id)) => Output::Attached { incident_id },
        (EventOutcome::Recovered, Some(incident_id)) => Output::Recovered { incident_id },
        _ => Output::Ignored { reason: record.reason.clone().unwrap_or_default() },
    }
}

#[cfg(test)]
mod tests;
