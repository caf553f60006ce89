//! Decides whether a person may have to hear that an alarm fired again. Pure.

use common::{Signal, SignalState, Status, ports::CurrentIncident};
use jiff::{SignedDuration, Timestamp};

/// An incident that was opened more recently moves, or the sweep finds it.
const FRESH: SignedDuration = SignedDuration::from_mins(15);

/// Returns true where a firing signal comes to an incident that waits for a person, or that was opened long enough ago
/// to be stuck. `notify` then looks closer and tells, at most every half hour.
pub(crate) fn may_need_attention(signal: &Signal, current: Option<CurrentIncident>, now: Timestamp) -> bool {
    let fires = signal.state == SignalState::Firing;
    fires
        && current.and_then(|incident| incident.open).is_some_and(|open| {
            open.status == Status::AwaitingApproval || now.duration_since(open.opened_at) >= FRESH
        })
}

#[cfg(test)]
mod tests {
    use common::Incident;
    use fakes::sample;

    use super::*;

    #[test]
    fn may_need_attention_table() {
        let signal = |state| Signal { state, ..sample::alarm_signal("e", "a") };
        let told = |state, status, minutes| {
            let incident = Incident { status, opened_at: sample::at(), ..sample::incident() };
            let current = CurrentIncident::from_incident(&incident, false);
            may_need_attention(
                &signal(state),
                Some(current),
                sample::at() + SignedDuration::from_mins(minutes),
            )
        };
        for status in Status::ALL {
            for minutes in [0, 14, 15, 600] {
                let expected = !status.is_end() && (status == Status::AwaitingApproval || minutes >= 15);
                assert_eq!(told(SignalState::Firing, status, minutes), expected, "{status:?} {minutes}");
                assert!(!told(SignalState::Recovered, status, minutes));
                assert!(!told(SignalState::Info, status, minutes));
            }
        }
        assert!(!may_need_attention(&signal(SignalState::Firing), None, sample::at()));
    }
}
