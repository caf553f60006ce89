//! Where a signal belongs.

use common::{IncidentId, Signal, SignalState, ports::CurrentIncident};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A new incident, after the one that ended (where there was one).
    Open {
        previous: Option<IncidentId>,
        episode: u32,
    },
    Attach(IncidentId),
    /// Attached as the word that the symptom has gone.
    Recover(IncidentId),
    Ignore(&'static str),
}

/// Only a firing signal opens an incident, and only where none with its fingerprint is open.
pub(crate) fn place(signal: &Signal, current: Option<CurrentIncident>) -> Place {
    let open = current.filter(|incident| !incident.status.is_end());
    match (signal.state, open) {
        (SignalState::Firing | SignalState::Info, Some(incident)) => Place::Attach(incident.id),
        (SignalState::Recovered, Some(incident)) => Place::Recover(incident.id),
        (SignalState::Firing, None) => Place::Open {
            previous: current.map(|incident| incident.id),
            episode: current.map_or(0, |incident| incident.episode).saturating_add(1),
        },
        (SignalState::Recovered, None) => Place::Ignore("it tells of a recovery, and nothing of it is open"),
        (SignalState::Info, None) => Place::Ignore("it is for information only, and nothing of it is open"),
    }
}

#[cfg(test)]
mod tests {
    use common::Status;
    use fakes::sample;

    use super::*;

    #[test]
    fn place_table_of_state_and_status() {
        let id = sample::incident().id;
        for status in Status::ALL {
            let current = Some(CurrentIncident { id, episode: 4, status });
            let of = |state| place(&Signal { state, ..sample::alarm_signal("e", "a") }, current);
            if status.is_end() {
                assert_eq!(of(SignalState::Firing), Place::Open { previous: Some(id), episode: 5 });
                assert!(matches!(of(SignalState::Recovered), Place::Ignore(_)));
                assert!(matches!(of(SignalState::Info), Place::Ignore(_)));
            } else {
                assert_eq!(of(SignalState::Firing), Place::Attach(id));
                assert_eq!(of(SignalState::Recovered), Place::Recover(id));
                assert_eq!(of(SignalState::Info), Place::Attach(id));
            }
        }
    }

    #[test]
    fn place_first_firing_signal_opens_the_first_episode() {
        let signal = sample::alarm_signal("e", "a");
        assert_eq!(place(&signal, None), Place::Open { previous: None, episode: 1 });
    }
}
