//! Tells a load that comes at its time of the day from one that is a fault.
//!
//! A load is usual at this time of the day where the same alarm fired at that time, and at no other, on the day that its
//! history reaches back, and recovered; where the metrics show load now, all could be read and failures did not rise; and
//! where no change explains it. Errors that come back every day are a fault all the same, and told.

use common::{
    FailureMode, Hypothesis, Observed, SymptomState, diagnosis::HypothesisOrigin, evidence::AlarmTransition,
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    engine::symptom_context::SymptomContext,
    evidence::call_graph::symptom_component,
    evidence::evidence_index::EvidenceIndex,
    evidence::text::{VALUE_CHARS, one_line},
    judgement::confidence::EXPLANATION_THRESHOLD,
    judgement::incident_evidence::IncidentEvidence,
};

/// The times of two days count as the same within this, as for the habit of an actor.
const SAME_TIME_OF_DAY: SignedDuration = SignedDuration::from_mins(30);
const DAY_SECONDS: i64 = 86_400;

/// Returns why the first of `hypotheses`, the engine's own, is no fault but the usual load of this time of the day.
pub fn usual_load(
    case: &IncidentEvidence<'_>,
    index: &EvidenceIndex<'_>,
    hypotheses: &[Hypothesis],
) -> Option<String> {
    let first = hypotheses.first()?;
    let is_engine = |one: &Hypothesis| matches!(one.origin, HypothesisOrigin::Engine { .. });
    let is_load = is_engine(first) && first.failure_mode == FailureMode::Overload;
    let at_the_symptom = symptom_component(case.signal).as_ref() == Some(&first.component);
    let set_off = index.changes.iter().any(|change| first.supports.contains(change.id));
    let has_rival = hypotheses.iter().any(|one| !is_engine(one) && one.confidence >= EXPLANATION_THRESHOLD);
    let is_harmless = case.gaps.is_empty() && failures_did_not_rise(case);
    if !is_load || !at_the_symptom || set_off || has_rival || !is_harmless {
        return None;
    }
    let (suspect, _) = SymptomContext::new(case.signal, index).first_suspect()?;
    let recovered_after = usual_at(index.history?.fact, case.signal.occurred_at)?;
    let metric =
        suspect.strongest_metric.as_ref().map(|metric| format!(" ({})", one_line(metric, VALUE_CHARS)));
    Some(format!(
        "{} is under the load of this time of the day{}, and failures did not rise with it: the same alarm fired at \
         about the same time the day before, at no other time since, and recovered after {} min. If that is too slow, it \
         needs more capacity; if not, the alarm a higher threshold at this time",
        one_line(&suspect.name, VALUE_CHARS),
        metric.unwrap_or_default(),
        recovered_after.as_mins().max(1)
    ))
}

/// Returns how long the alarm fired when it did so before, if each time was at the time of the day of `now` on another day,
/// and over by itself.
fn usual_at(transitions: &[AlarmTransition], now: Timestamp) -> Option<SignedDuration> {
    let earlier = |one: &&AlarmTransition| now.duration_since(one.at) > SAME_TIME_OF_DAY;
    let mut fired: Vec<Timestamp> = transitions
        .iter()
        .filter(earlier)
        .filter(|one| one.to == SymptomState::Firing)
        .map(|one| one.at)
        .collect();
    fired.sort();
    if !fired.iter().all(|at| is_same_time_of_day(now, *at)) {
        return None;
    }
    let last = *fired.last()?;
    let recovered = transitions.iter().filter(|one| one.to == SymptomState::Recovered && one.at > last);
    let recovered = recovered.map(|one| one.at).min().filter(|at| *at < now)?;
    Some(recovered.duration_since(last))
}

fn is_same_time_of_day(one: Timestamp, other: Timestamp) -> bool {
    let apart = one.duration_since(other).as_secs().rem_euclid(DAY_SECONDS);
    apart.min(DAY_SECONDS - apart) <= SAME_TIME_OF_DAY.as_secs()
}

/// Returns true if a metric that counts failures has datapoints now, and none is higher than before. One that had
/// datapoints before and has none now tells nothing; one that never had any is published only where something fails.
fn failures_did_not_rise(case: &IncidentEvidence<'_>) -> bool {
    let series = case.evidence.iter().filter_map(|one| match &one.observed {
        Observed::Metrics { series, .. } => Some(series),
        _ => None,
    });
    let failures: Vec<_> = series.flatten().filter(|digest| rca::counts_failures(&digest.metric)).collect();
    failures.iter().any(|digest| digest.incident.is_some())
        && failures.iter().all(|digest| match (digest.baseline, digest.incident) {
            (before, Some(now)) => now <= before.unwrap_or(0.0),
            (before, None) => before.is_none(),
        })
}

#[cfg(test)]
mod tests {
    use fakes::sample;
    use proptest::prelude::*;

    use super::*;

    fn history(transitions: &[(i64, SymptomState)]) -> Vec<AlarmTransition> {
        let at = |minutes: i64| sample::at() - SignedDuration::from_mins(minutes);
        let one = |(minutes, to): &(i64, SymptomState)| AlarmTransition {
            at: at(*minutes),
            to: *to,
            summary: String::new(),
        };
        transitions.iter().map(one).collect()
    }

    #[test]
    fn usual_at_table() {
        use SymptomState::{Firing, Recovered};
        let day = 24 * 60;
        for (transitions, expected) in [
            (vec![], None),
            (vec![(day, Firing), (day - 5, Recovered)], Some(5)),
            (vec![(day + 29, Firing), (day + 9, Recovered), (0, Firing)], Some(20)),
            // At another time, or at others too.
            (vec![(day - 60, Firing), (day - 65, Recovered)], None),
            (vec![(day, Firing), (day - 5, Recovered), (300, Firing), (290, Recovered)], None),
            // It fires since.
            (vec![(day, Firing)], None),
            // Today's alone.
            (vec![(10, Firing), (5, Recovered)], None),
        ] {
            let found = usual_at(&history(&transitions), sample::at());
            assert_eq!(found.map(|time| time.as_mins()), expected, "{transitions:?}");
        }
    }

    proptest! {
        #[test]
        fn usual_at_a_firing_at_another_time_is_never_usual(minutes in 31i64..1_409, lasted in 1i64..30) {
            let day = 24 * 60;
            let mut all = vec![(day, SymptomState::Firing), (day - 5, SymptomState::Recovered)];
            all.extend([(minutes, SymptomState::Firing), (minutes - lasted, SymptomState::Recovered)]);
            prop_assert_eq!(usual_at(&history(&all), sample::at()), None);
        }
    }
}
