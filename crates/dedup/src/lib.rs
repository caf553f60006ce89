//! Decides which incident a signal belongs to: one incident for one problem.
//!
//! A signal opens an incident, is attached to the open one with its fingerprint, or reports that the open one's
//! symptom is gone. The decision and the record of the event are one write, so that a redelivery finds the
//! decision and takes none of its own. What only repeats an incident that a person has in hand opens no other for an hour. An
//! alarm that comes back within an hour after its incident opens the next one when it has stayed for ten minutes, so that
//! flapping is one incident.
//!
//! - Input: `{"signal": Signal}`, or `{"step": "look_at_returns"}` by schedule
//! - Output: `{"result": "opened" | "attached" | "recovered" | "suppressed", "incident_id"}`, attached and suppressed with `"tell"`,
//!   or `{"result": "ignored", "reason"}`; of returns `{"result": "signals", "signals": [Signal]}`, those that stay
//! - Errors: `Dedup.Contended`, `Port.Throttled`, `Port.Unavailable`, `Port.Denied`, `Port.NotFound`, `Port.Invalid`
//! - Environment: `INCIDENT_RETENTION_DAYS`, `LEDGER_RETENTION_DAYS`, `TABLE_NAME`
//! - IAM:
//!   - dynamodb: `GetItem`, `PutItem`, `Query`, `UpdateItem`
//! - Timeout: 15 s

mod attention;
mod repetition;
mod returning;
mod returns;
mod route;

use common::{
    Clock, ErrorName, EventId, Incident, IncidentId, PortError, Signal, SignalState, Status,
    ports::{CurrentIncident, EventOutcome, EventRecord, Events, Intake, IntakeWrite, Return, Returns},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    attention::may_need_attention,
    repetition::ends_repetition,
    returning::{FLAPS, is_back, may_be_a_return},
    route::{Route, route},
};

/// The number of lost races after which the state machine has to wait and retry.
const MAX_RACES: u32 = 10;

#[derive(Debug)]
pub struct Deps<S, C> {
    pub store: S,
    pub clock: C,
}

/// A request to the function.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Request {
    Scheduled(Scheduled),
    Signal(Box<Input>),
}

/// A request that a schedule sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub enum Scheduled {
    LookAtReturns,
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
    /// It came back soon after this incident had ended, and opens another if it stays.
    Suppressed {
        incident_id: IncidentId,
        /// True where it has come back so often that a person should hear of it.
        tell: bool,
    },
    Ignored {
        reason: String,
    },
    /// The signals of problems that came back and stay, to be taken in one by one.
    Signals {
        signals: Vec<Signal>,
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

/// Serves one request.
///
/// # Errors
/// The store's, and [`Error::Contended`] of a signal.
pub async fn serve(
    deps: &Deps<impl Intake + Events + Returns, impl Clock>,
    request: Request,
) -> Result<Output, Error> {
    match request {
        Request::Scheduled(Scheduled::LookAtReturns) => Ok(returns::look_at_returns(deps).await?),
        Request::Signal(input) => handle(deps, *input).await,
    }
}

/// Gives one signal to its incident.
///
/// # Errors
/// The store's, and [`Error::Contended`] where others always won.
pub async fn handle(
    deps: &Deps<impl Intake + Events + Returns, impl Clock>,
    input: Input,
) -> Result<Output, Error> {
    let signal = input.signal;
    for _ in 0..MAX_RACES {
        let current = deps.store.current(&signal.fingerprint).await?;
        let now = deps.clock.now();
        let last = match current {
            Some(current) if may_be_a_return(&signal, current) => {
                deps.store.returned(&signal.fingerprint).await?
            }
            _ => None,
        };
        let route = route(&signal, current, last.as_ref(), now);
        let was_back = current.is_some_and(|current| is_back(last.as_ref(), current));
        let record = record(&signal, &route, was_back, now);
        let tell = tells(&signal, &route, current, now);
        if let Some(incident) = current.filter(|incident| ends_repetition(&signal, *incident)) {
            deps.store.remember_recovery(&signal.fingerprint, incident).await?;
        }
        let written = match &route {
            Route::Open { previous, episode } => {
                let incident = Incident::opened_by(signal.clone(), *episode);
                let written = deps.store.open(&incident, *previous, &record).await?;
                // A redelivery opens nothing, and ends no return. What ends in between is found by the look.
                let is_open = written == IntakeWrite::Done;
                if let Some(last) = last.as_ref().filter(|last| is_open && last.firing_since.is_some()) {
                    deps.store.put_return(&last.taken_in()).await?;
                }
                written
            }
            Route::Attach(incident) | Route::Recover(incident) => {
                deps.store.attach(*incident, &signal, &record).await?
            }
            Route::Remember(returned) => remember(&deps.store, returned, &record).await?,
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

/// Remembers a return, and then its event. What ends between the two is remembered as the same return by the next
/// delivery; an event that is known is of a return that may be over, and changes nothing.
async fn remember(
    store: &(impl Intake + Events + Returns),
    returned: &Return,
    record: &EventRecord,
) -> Result<IntakeWrite, PortError> {
    let is_known = store.recorded(&record.event_id).await?.is_some();
    if !is_known && !store.put_return(returned).await? {
        return Ok(IntakeWrite::Raced);
    }
    // A known one is counted as a further delivery.
    store.keep(record).await?;
    Ok(if is_known { IntakeWrite::EventKnown } else { IntakeWrite::Done })
}

/// Returns whether a person may have to hear of the signal beside what they hear of its incident.
fn tells(signal: &Signal, route: &Route, current: Option<CurrentIncident>, now: Timestamp) -> bool {
    match route {
        Route::Remember(returned) => signal.state == SignalState::Firing && returned.returns >= FLAPS,
        _ => may_need_attention(signal, current, now),
    }
}

fn record(signal: &Signal, route: &Route, was_back: bool, now: Timestamp) -> EventRecord {
    let (outcome, incident_id, reason) = match route {
        Route::Open { .. } => {
            let id = IncidentId::opened_by(&signal.event_id, &signal.fingerprint, signal.occurred_at);
            (EventOutcome::Opened, Some(id), None)
        }
        Route::Attach(id) => (EventOutcome::Attached, Some(*id), None),
        Route::Recover(id) => (EventOutcome::Recovered, Some(*id), None),
        Route::Remember(returned) if signal.state == SignalState::Firing => {
            (EventOutcome::Suppressed, Some(returned.incident_id), None)
        }
        Route::Remember(returned) if was_back => (EventOutcome::Recovered, Some(returned.incident_id), None),
        Route::Remember(_) => {
            (EventOutcome::Ignored, None, Some("a recovery without an open incident".to_owned()))
        }
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
        (EventOutcome::Suppressed, Some(incident_id)) => Output::Suppressed { incident_id, tell },
        _ => Output::Ignored { reason: record.reason.clone().unwrap_or_default() },
    }
}

#[cfg(test)]
mod tests;
