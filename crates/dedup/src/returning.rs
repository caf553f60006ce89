//! Tells a problem that comes and goes from one that is back to stay. Pure.

use std::collections::BTreeMap;

use common::{
    Signal, SignalKind, SignalState, Symptom,
    ports::{AlarmChange, CurrentIncident, EndedIncident, Return},
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

/// Returns the alarm whose changes CloudWatch tells one by one, in its own order; `None` for other signals. The start that other
/// tools name is that of the problem and not of this firing, and a drill is what somebody wants to see.
fn alarm(signal: &Signal) -> Option<&str> {
    match &signal.symptom {
        Symptom::Alarm { name } if signal.kind == SignalKind::ALARM_STATE_CHANGE && !signal.drill => {
            Some(name)
        }
        _ => None,
    }
}

/// Returns true where what is known of the problem's return has to be read to decide on the signal.
pub(crate) fn may_be_a_return(signal: &Signal, current: CurrentIncident) -> bool {
    current.ended.is_some() && alarm(signal).is_some()
}

/// Returns the end of the problem's incident where an alarm of it fires soon after, and is not more severe.
pub(crate) fn soon_after(signal: &Signal, current: CurrentIncident, now: Timestamp) -> Option<EndedIncident> {
    let soon =
        |ended: &EndedIncident| now.duration_since(ended.at) < SOON && signal.severity >= ended.severity;
    current.ended.filter(|ended| alarm(signal).is_some() && soon(ended))
}

/// Returns true for an alarm that fired before the end of its incident and was delivered after it, where the end rests on a
/// look at the symptom, or told a person.
pub(crate) fn is_of_before(signal: &Signal, ended: EndedIncident) -> bool {
    let latest = signal.occurred_at.saturating_add(CLOCK_DIFFERENCE);
    !ended.closed_by_person && latest.is_ok_and(|latest| latest <= ended.at)
}

/// Returns true where the problem came back long enough ago to stay.
pub(crate) fn stays(last: Option<&Return>, current: CurrentIncident, now: Timestamp) -> bool {
    let since = of_incident(last, current).and_then(|last| last.firing_since);
    since.is_some_and(|since| now.duration_since(since) >= STAYS)
}

/// Returns true where the problem is known to be back.
pub(crate) fn is_back(last: Option<&Return>, current: CurrentIncident) -> bool {
    of_incident(last, current).is_some_and(|last| last.firing_since.is_some())
}

/// Returns what is to be remembered once the signal, which fires or tells a recovery, has come to a problem whose incident
/// `current` has ended. Each alarm is in the state of its latest change by the service's own time, in whichever order they
/// come; the problem is back as long as any of its alarms fires.
pub(crate) fn next_return(
    signal: &Signal,
    last: Option<&Return>,
    current: CurrentIncident,
    now: Timestamp,
) -> Return {
    let before = of_incident(last, current);
    let mut alarms = before.map_or_else(BTreeMap::new, |before| before.alarms.clone());
    let change = AlarmChange { at: signal.occurred_at, fires: signal.state == SignalState::Firing };
    let name = alarm(signal).unwrap_or_default();
    let is_newer = alarms.get(name).is_none_or(|known| known.at <= change.at);
    if is_newer {
        alarms.insert(name.to_owned(), change);
    }
    let fires = alarms.values().any(|alarm| alarm.fires);
    let was_back = before.and_then(|before| before.firing_since);
    let comes_back = change.fires && was_back.is_none();
    // What is taken in, if it stays, is an alarm that fired.
    let signal = before.filter(|_| !(change.fires && is_newer)).map_or(signal, |before| &before.signal);
    Return {
        signal: signal.clone(),
        incident_id: current.id,
        returns: before.map_or(0, |before| before.returns).saturating_add(u32::from(comes_back)),
        firing_since: if fires { was_back.or(Some(now)) } else { None },
        alarms,
        version: last.map_or(0, |last| last.version).saturating_add(1),
    }
}

fn of_incident(last: Option<&Return>, current: CurrentIncident) -> Option<&Return> {
    last.filter(|last| last.incident_id == current.id)
}
