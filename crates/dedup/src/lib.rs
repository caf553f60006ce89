//! Decides which incident a signal belongs to: one incident for one problem.
//!
//! A signal opens an incident, is attached to the open one with its fingerprint, or reports that the open one's
//! symptom is gone. The decision and the record of the event are one write, so that a redelivery finds the
//! decision and takes none of its own. What only repeats an incident that a person has in hand opens no other for an hour.
//!
//! - Input: `{"signal": Signal}`
//! - Output: `{"result": "opened" | "attached" | "recovered", "incident_id"}`, attached with `"tell"`, or `{"result": "ignored", "reason"}`
//! - Errors: `Dedup.Contended`, `Port.Throttled`, `Port.Unavailable`, `Port.Denied`, `Port.NotFound`, `Port.Invalid`
//! - Environment: `INCIDENT_RETENTION_DAYS`, `LEDGER_RETENTION_DAYS`, `TABLE_NAME`
//! - IAM:
//!   - dynamodb: `GetItem`, `PutItem`, `UpdateItem`
//! - Timeout: 15 s

mod attention;
mod repetition;
mod route;

use common::{
    Clock, ErrorName, EventId, Incident, IncidentId, PortError, Signal, Status,
    ports::{CurrentIncident, EventOutcome, EventRecord, Events, Intake, IntakeWrite},
};
use serde::{Deserialize, Serialize};

use crate::{
    attention::may_need_attention,
    repetition::ends_repetition,
    route::{Route, route},
};

/// The number of lost races after which the state machine has to wait and retry.
const MAX_RACES: u32 = 10;

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
    Opened {
        incident_id: IncidentId,
    },
    Attached {
        incident_id: IncidentId,
        /// Whether the incident may not move, so that a person should hear that the alarm fired again.
        tell: bool,
    },
    Recovered {
        incident_id: IncidentId,
    },
    Ignored {
        reason: String,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("event {event_id} lost {MAX_RACES} races against other events of the same problem")]
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
    for _ in 0..MAX_RACES {
        let current = deps.store.current(&signal.fingerprint).await?;
        let now = deps.clock.now();
        let route = route(&signal, current, now);
        let record = record(&signal, &route, now);
        let tell = may_need_attention(&signal, current, now);
        if let Some(incident) = current.filter(|incident| ends_repetition(&signal, *incident)) {
            deps.store.remember_recovery(&signal.fingerprint, incident).await?;
        }
        let written = match &route {
            Route::Open { previous, episode } => {
                let incident = Incident::opened_by(signal.clone(), *episode);
                deps.store.open(&incident, *previous, &record).await?
            }
            Route::Attach(incident) | Route::Recover(incident) => {
                deps.store.attach(*incident, &signal, &record).await?
            }
            Route::Ignore(_) => {
                deps.store.keep(&record).await?;
                IntakeWrite::EventKnown
            }
        };
        match written {
            IntakeWrite::Done => return Ok(output(&record, current, tell)),
            // Decided before, by an earlier delivery or attempt: that decision stands.
            IntakeWrite::EventKnown => {
                if let Some(decided) = deps.store.recorded(&signal.event_id).await? {
                    return Ok(output(&decided, current, tell));
                }
            }
            IntakeWrite::Raced => {}
        }
    }
    Err(Error::Contended { event_id: signal.event_id })
}

fn record(signal: &Signal, route: &Route, now: jiff::Timestamp) -> EventRecord {
    let (outcome, incident_id, reason) = match route {
        Route::Open { .. } => {
            let id = IncidentId::opened_by(&signal.event_id, &signal.fingerprint, signal.occurred_at);
            (EventOutcome::Opened, Some(id), None)
        }
        Route::Attach(id) => (EventOutcome::Attached, Some(*id), None),
        Route::Recover(id) => (EventOutcome::Recovered, Some(*id), None),
        Route::Ignore(reason) => (EventOutcome::Ignored, None, Some((*reason).to_owned())),
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

/// Returns the output for a recorded event. An incident that is still `open` may never have been started, so it is
/// reported as opened again; Step Functions refuses the second start of one that was.
fn output(record: &EventRecord, current: Option<CurrentIncident>, tell: bool) -> Output {
    let is_open = |incident: CurrentIncident| incident.open.is_some_and(|open| open.status == Status::Open);
    let unstarted = |id| current.is_some_and(|incident| incident.id == id && is_open(incident));
    match (record.outcome, record.incident_id) {
        (EventOutcome::Opened, Some(incident_id)) => Output::Opened { incident_id },
        (EventOutcome::Attached, Some(incident_id)) if unstarted(incident_id) => {
            Output::Opened { incident_id }
        }
        (EventOutcome::Attached, Some(incident_id)) => Output::Attached { incident_id, tell },
        (EventOutcome::Recovered, Some(incident_id)) => Output::Recovered { incident_id },
        _ => Output::Ignored { reason: record.reason.clone().unwrap_or_default() },
    }
}

#[cfg(test)]
mod tests;
