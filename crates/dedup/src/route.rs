//! Routes a signal to the incident that it belongs to.

use common::{
    IncidentId, Signal, SignalState,
    ports::{CurrentIncident, Return},
};
use jiff::Timestamp;

use crate::{
    repetition::is_repetition,
    returning::{is_back, is_of_before, next_return, soon_after, stays},
};

/// The incident that a signal goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// A new incident, after the one that ended (where there was one).
    Open {
        previous: Option<IncidentId>,
        episode: u32,
    },
    Attach(IncidentId),
    /// Attached as the report that the symptom is gone.
    Recover(IncidentId),
    /// The problem came back soon after its incident had ended, or went away again: that is remembered.
    Remember(Box<Return>),
    Ignore(&'static str),
}

/// Routes a signal. Only a firing one opens an incident, where none with its fingerprint is open, it repeats none that a person
/// has in hand, and its problem does not just come and go. `last` is the latest return of the problem.
pub(crate) fn route(
    signal: &Signal,
    current: Option<CurrentIncident>,
    last: Option<&Return>,
    now: Timestamp,
) -> Route {
    if let Some(incident) = current.filter(|incident| incident.open.is_some()) {
        return match signal.state {
            SignalState::Firing | SignalState::Info => Route::Attach(incident.id),
            SignalState::Recovered => Route::Recover(incident.id),
        };
    }
    let ended = current.and_then(|current| Some((current, soon_after(signal, current, now)?)));
    match (signal.state, ended) {
        (SignalState::Info, _) => Route::Ignore("for information only, without an open incident"),
        (SignalState::Firing, _) if current.is_some_and(|incident| is_repetition(signal, incident, now)) => {
            Route::Ignore(
                "a person was told of this problem less than an hour ago, and it has not recovered since",
            )
        }
        (SignalState::Firing, Some((_, ended))) if is_of_before(signal, ended) => {
            Route::Ignore("it fired before the end of its incident, and arrived after it")
        }
        (SignalState::Firing, Some((current, _))) if !stays(last, current, now) => {
            Route::Remember(Box::new(next_return(signal, last, current, now)))
        }
        (SignalState::Firing, _) => Route::Open {
            previous: current.map(|incident| incident.id),
            episode: current.map_or(0, |incident| incident.episode).saturating_add(1),
        },
        (SignalState::Recovered, _) => match current {
            // A return may recover later than that, and has to be known to be over.
            Some(current) if ended.is_some() || is_back(last, current) => {
                Route::Remember(Box::new(next_return(signal, last, current, now)))
            }
            _ => Route::Ignore("a recovery without an open incident"),
        },
    }
}

#[cfg(test)]
mod tests {
    use common::{Incident, Status};
    use fakes::sample;

    use super::*;

    #[test]
    fn route_table_of_state_and_status() {
        let id = sample::incident().id;
        for status in Status::ALL {
            let incident = Incident { status, ..sample::incident() };
            let current =
                Some(CurrentIncident { episode: 4, ..CurrentIncident::from_incident(&incident, false) });
            let of = |state| {
                route(&Signal { state, ..sample::alarm_signal("e", "a") }, current, None, sample::at())
            };
            if status.is_end() {
                assert_eq!(of(SignalState::Firing), Route::Open { previous: Some(id), episode: 5 });
                assert!(matches!(of(SignalState::Recovered), Route::Ignore(_)));
                assert!(matches!(of(SignalState::Info), Route::Ignore(_)));
            } else {
                assert_eq!(of(SignalState::Firing), Route::Attach(id));
                assert_eq!(of(SignalState::Recovered), Route::Recover(id));
                assert_eq!(of(SignalState::Info), Route::Attach(id));
            }
        }
    }

    #[test]
    fn route_first_firing_signal_opens_the_first_episode() {
        let signal = sample::alarm_signal("e", "a");
        assert_eq!(route(&signal, None, None, sample::at()), Route::Open { previous: None, episode: 1 });
    }
}
