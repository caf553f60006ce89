//! Tells a problem that comes and goes from one that is back to stay. Pure.

use common::{
    Signal, SignalKind, SignalState,
    ports::{CurrentIncident, EndedIncident, Return},
};
use jiff::{SignedDuration, Timestamp};

/// For so long after its incident a problem that comes back has to stay before it opens another one.
const SOON: SignedDuration = SignedDuration::from_hours(1);
/// A problem that is back for so long stays.
pub(crate) const STAYS: SignedDuration = SignedDuration::from_mins(10);
/// So many returns are flapping, which a person is told of.
pub(crate) const FLAPS: u32 = 3;
/// An event that is older than the end of its incident by more than this is older, whatever the clocks say.
const CLOCK_DIFFERENCE: SignedDuration = SignedDuration::from_mins(1);

/// Returns true for the kinds of signals of which the service tells each change: both that it fires and that it has recovered.
/// A drill is what somebody wants to see.
pub(crate) fn comes_and_goes(signal: &Signal) -> bool {
    let told_both_ways = [SignalKind::ALARM_STATE_CHANGE, SignalKind::WEBHOOK_ALERT].contains(&signal.kind);
    told_both_ways && !signal.drill
}

/// Returns the end of the problem's incident where a signal of it comes soon after, and is not more severe.
pub(crate) fn soon_after(signal: &Signal, current: CurrentIncident, now: Timestamp) -> Option<EndedIncident> {
    let soon =
        |ended: &EndedIncident| now.duration_since(ended.at) < SOON && signal.severity >= ended.severity;
    current.ended.filter(|ended| comes_and_goes(signal) && soon(ended))
}

/// Returns true for an alarm that fired before the end of its incident, and was delivered after it.
pub(crate) fn is_of_before(signal: &Signal, ended: EndedIncident) -> bool {
    signal.occurred_at.saturating_add(CLOCK_DIFFERENCE).is_ok_and(|latest| latest <= ended.at)
}

/// Returns true where the problem came back long enough ago to stay.
pub(crate) fn stays(returned: Option<&Return>, current: CurrentIncident, now: Timestamp) -> bool {
    let since = of_incident(returned, current).and_then(|returned| returned.firing_since);
    since.is_some_and(|since| now.duration_since(since) >= STAYS)
}

/// Returns what is to be remembered once the signal, which fires or tells a recovery, has come to a problem whose
/// incident `current` ended a short time ago.
pub(crate) fn next_return(
    signal: &Signal,
    last: Option<&Return>,
    current: CurrentIncident,
    now: Timestamp,
) -> Return {
    let last = of_incident(last, current);
    let returns = last.map_or(0, |last| last.returns);
    let firing_since = last.and_then(|last| last.firing_since);
    let recovered_at = last.and_then(|last| last.recovered_at);
    match signal.state {
        // Delivered before the alarm that it ends, it has ended it all the same.
        SignalState::Firing if recovered_at.is_some_and(|at| signal.occurred_at < at) => Return {
            signal: signal.clone(),
            incident_id: current.id,
            returns: returns.saturating_add(u32::from(firing_since.is_none())),
            firing_since,
            recovered_at,
        },
        SignalState::Firing => Return {
            signal: signal.clone(),
            incident_id: current.id,
            returns: returns.saturating_add(u32::from(firing_since.is_none())),
            firing_since: firing_since.or(Some(now)),
            recovered_at,
        },
        SignalState::Recovered | SignalState::Info => Return {
            signal: last.map_or(signal, |last| &last.signal).clone(),
            incident_id: current.id,
            returns,
            firing_since: None,
            recovered_at: recovered_at.max(Some(signal.occurred_at)),
        },
    }
}

fn of_incident(returned: Option<&Return>, current: CurrentIncident) -> Option<&Return> {
    returned.filter(|returned| returned.incident_id == current.id)
}
