//! Recognises a signal that repeats what a person was told within the hour. Pure.

use common::{
    Signal, SignalKind, SignalState, Symptom,
    ports::{CurrentIncident, EndedIncident},
};
use jiff::{SignedDuration, Timestamp};

/// The time for which a person who was told is not told again of the same problem.
const IN_HAND: SignedDuration = SignedDuration::from_hours(1);

/// Returns true where a firing signal comes within an hour after the incident of its problem was handed over, is not more
/// severe, and nothing said in between that the problem had recovered.
pub(crate) fn is_repetition(signal: &Signal, current: CurrentIncident, now: Timestamp) -> bool {
    let is_in_hand = |ended: EndedIncident| {
        ended.handed_over && now.duration_since(ended.at) < IN_HAND && signal.severity >= ended.severity
    };
    signal.state == SignalState::Firing
        && may_repeat(signal)
        && !current.recovered
        && current.ended.is_some_and(is_in_hand)
}

/// Returns true where a recovery has to be remembered, so that the next firing signal is a new problem.
pub(crate) fn ends_repetition(signal: &Signal, current: CurrentIncident) -> bool {
    signal.state == SignalState::Recovered && may_repeat(signal) && !current.recovered
}

/// An alarm, an instance and a deployment are each told once when they change; a drill is what somebody wants to see. Other
/// events come again for as long as the problem is there: a crashing task, a canary, a failing job.
fn may_repeat(signal: &Signal) -> bool {
    let repeats = match signal.symptom {
        Symptom::Event { .. } => true,
        Symptom::EcsService { .. } => signal.kind != SignalKind::ECS_DEPLOYMENT,
        Symptom::Alarm { .. } | Symptom::Instance { .. } | Symptom::DeploymentGroup { .. } => false,
    };
    repeats && !signal.drill
}

#[cfg(test)]
mod tests {
    use common::Severity;
    use fakes::sample;

    use super::*;

    fn current(recovered: bool) -> CurrentIncident {
        let ended = Some(EndedIncident {
            at: sample::at(),
            severity: Severity::Sev3,
            handed_over: true,
            closed_by_person: false,
        });
        CurrentIncident { id: sample::incident().id, episode: 1, open: None, ended, recovered }
    }

    fn event() -> Signal {
        let symptom = Symptom::Event { source: "aws.glue".to_owned(), subject: "nightly".to_owned() };
        Signal { symptom, severity: Severity::Sev3, ..sample::alarm_signal("e", "a") }
    }

    fn repeats(signal: &Signal, current: CurrentIncident, minutes: i64) -> bool {
        is_repetition(signal, current, sample::at() + SignedDuration::from_mins(minutes))
    }

    #[test]
    fn repetition_lasts_for_an_hour_until_the_problem_recovers_or_grows() {
        for (minutes, expected) in [(0, true), (59, true), (60, false), (600, false)] {
            assert_eq!(repeats(&event(), current(false), minutes), expected, "{minutes}");
            assert!(!repeats(&event(), current(true), minutes), "{minutes}");
        }
        for (severity, expected) in [(Severity::Sev2, false), (Severity::Sev3, true), (Severity::Sev4, true)]
        {
            assert_eq!(repeats(&Signal { severity, ..event() }, current(false), 5), expected);
        }
        let resolved = current(false).ended.map(|end| EndedIncident { handed_over: false, ..end });
        for ended in [None, resolved] {
            assert!(!repeats(&event(), CurrentIncident { ended, ..current(false) }, 5));
        }
    }

    #[test]
    fn what_is_told_once_never_repeats() {
        let symptom = Symptom::EcsService { cluster: "shop".to_owned(), service: "web".to_owned() };
        let service = Signal { symptom, ..event() };
        let task = Signal { kind: SignalKind::from_name("ecs_task"), ..service.clone() };
        let deployment = Signal { kind: SignalKind::ECS_DEPLOYMENT, ..service };
        assert!(repeats(&task, current(false), 5));
        for told_once in [deployment, sample::alarm_signal("e", "a"), Signal { drill: true, ..event() }] {
            assert!(!repeats(&told_once, current(false), 5), "{told_once:?}");
            assert!(!ends_repetition(&Signal { state: SignalState::Recovered, ..told_once }, current(false)));
        }
    }

    #[test]
    fn recovery_is_remembered_once() {
        let recovery = Signal { state: SignalState::Recovered, ..event() };
        assert!(ends_repetition(&recovery, current(false)));
        assert!(!ends_repetition(&recovery, current(true)));
        for state in [SignalState::Firing, SignalState::Info] {
            assert!(!ends_repetition(&Signal { state, ..event() }, current(false)));
        }
    }
}
