//! Derives when the symptom began, and how long before or after that something else happened. The one place
//! that says so: a cause and a timeline that both ask here cannot contradict each other.

use common::{EvidenceId, Signal, SymptomState};
use jiff::{SignedDuration, Timestamp};

use crate::evidence::{call_graph::symptom_component, evidence_index::EvidenceIndex};

/// A change longer than this before the symptom is not its cause. Alarms take minutes to notice,
/// deployments take longer; beyond an hour nearly every resource of a busy application has changed.
pub const LOOKBACK: SignedDuration = SignedDuration::from_mins(60);

/// `CloudTrail` writes whole seconds and services' clocks differ: a change this little after the
/// symptom may have been before it.
pub const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(10);

/// Metrics come by the minute, so that an onset is known to the minute.
const RESOLUTION: SignedDuration = SignedDuration::from_mins(1);

/// The instant at which the symptom began, and what shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Onset {
    pub at: Timestamp,
    /// The evidence that shows it in data; `None` where only the alarm or the signal tells.
    pub measured: Option<EvidenceId>,
    /// The period of the data.
    period: SignedDuration,
    /// When the signal was raised: data may show that the symptom is older.
    noticed_at: Timestamp,
}

impl Onset {
    /// Returns the onset as the engine found it in the data, else as the alarm's history has it, else as the signal
    /// says.
    pub fn new(signal: &Signal, index: &EvidenceIndex<'_>) -> Self {
        let noticed_at = signal.occurred_at;
        if let Some((at, engine)) = index.engine.and_then(|engine| Some((engine.fact.onset?, engine))) {
            let component = symptom_component(signal);
            let course =
                engine.fact.courses.iter().find(|course| Some(&course.resource) == component.as_ref());
            let period =
                course.map_or(RESOLUTION, |course| SignedDuration::from_secs(course.period_seconds.into()));
            return Self { at, measured: Some(engine.id.clone()), period, noticed_at };
        }
        let transitions = index.history.into_iter().flat_map(|history| history.fact);
        let last = |state: SymptomState| {
            let to_it = transitions.clone().filter(|one| one.to == state).map(|one| one.at);
            to_it.filter(|at| noticed_at.duration_since(*at) >= -CLOCK_SKEW).max()
        };
        // What it recovered from is over: this symptom began later.
        let recovered = last(SymptomState::Recovered);
        let fired = last(SymptomState::Firing).filter(|fired| recovered.is_none_or(|at| at <= *fired));
        Self { at: fired.unwrap_or(noticed_at), measured: None, period: RESOLUTION, noticed_at }
    }

    /// Returns true for a change that came after the onset, as exactly as that is known.
    pub fn is_after(&self, change: Timestamp) -> bool {
        !may_precede(
            change,
            self.at,
            if self.measured.is_some() { self.period } else { SignedDuration::ZERO },
        )
    }

    /// Says when `at` was, seen from the symptom: "3 min before the symptom began".
    pub fn relative(&self, at: Timestamp) -> String {
        let before = self.at.duration_since(at);
        if before >= SignedDuration::from_secs(1) {
            return format!("{} before the symptom began", spoken(before));
        }
        if before > -RESOLUTION {
            return "in the minute in which the symptom began".to_owned();
        }
        let noticed = self.noticed_at.duration_since(at);
        let noticed = if noticed >= SignedDuration::from_secs(1) {
            format!("{} before it was noticed", spoken(noticed))
        } else {
            "when it was noticed".to_owned()
        };
        format!("{} after the symptom began, {noticed}", spoken(before.abs()))
    }
}

/// Returns true if a change may have come before a fault that data dates to the period which begins at `began`: a fault
/// begins somewhere in that period, and part of its first failures may be counted in the one before.
pub fn may_precede(change: Timestamp, began: Timestamp, period: SignedDuration) -> bool {
    change.duration_since(began) <= period.saturating_add(period / 2).saturating_add(CLOCK_SKEW)
}

/// Returns a length of time as a person says it.
pub(crate) fn spoken(time: SignedDuration) -> String {
    match time.as_secs() {
        seconds @ ..120 => format!("{seconds} s"),
        seconds @ ..7_200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use common::{Observed, evidence::AlarmTransition};
    use fakes::{sample, sample_evidence::evidence};

    use super::*;

    #[test]
    fn new_without_data_takes_the_last_firing_that_nothing_recovered_from() {
        use SymptomState::{Firing, Recovered};
        let minutes_before = |minutes| sample::at() - SignedDuration::from_mins(minutes);
        for (history, expected) in [
            (vec![], 0),
            (vec![(4, Firing)], 4),
            (vec![(90, Firing), (80, Recovered), (4, Firing)], 4),
            (vec![(90, Firing), (80, Recovered)], 0),
            (vec![(80, Recovered), (4, Firing), (3, SymptomState::Unknown)], 4),
        ] {
            let transitions = history
                .iter()
                .map(|(minutes, to)| AlarmTransition {
                    at: minutes_before(*minutes),
                    to: *to,
                    summary: String::new(),
                })
                .collect();
            let seen = [evidence(Observed::AlarmHistory { transitions })];
            let onset = Onset::new(&sample::alarm_signal("event-1", "x"), &EvidenceIndex::new(&seen));
            assert_eq!(onset.at, minutes_before(expected), "{history:?}");
        }
    }

    #[test]
    fn relative_names_the_onset_and_never_contradicts_it() {
        let began = |minutes| Onset {
            at: sample::at() - SignedDuration::from_mins(minutes),
            measured: None,
            period: RESOLUTION,
            noticed_at: sample::at(),
        };
        let change = |seconds| sample::at() - SignedDuration::from_secs(seconds);
        for (began, change, expected) in [
            (began(0), change(180), "3 min before the symptom began"),
            (began(0), change(90), "90 s before the symptom began"),
            (began(0), change(0), "in the minute in which the symptom began"),
            (began(0), change(-5), "in the minute in which the symptom began"),
            (began(4), change(240), "in the minute in which the symptom began"),
            (began(4), change(300), "60 s before the symptom began"),
            (began(4), change(120), "2 min after the symptom began, 2 min before it was noticed"),
            (began(4), change(0), "4 min after the symptom began, when it was noticed"),
        ] {
            assert_eq!(began.relative(change), expected);
        }
    }
}
