//! Decides if a recheck is needed: CloudTrail lists an event some minutes after it happened, and an alarm recovers some
//! minutes after what another incident mended.

use common::{Arn, Conclusion, Observed, Signal};
use jiff::{SignedDuration, Timestamp};

use crate::collect::collected_evidence::CollectedEvidence;
use reasoning::judgement::conclude::Assessment;

/// Between two rounds of collecting: one costs some calls of which an account has two a second.
const BETWEEN: SignedDuration = SignedDuration::from_secs(60);

/// A symptom that a change of ours may have ended gets this time to go away. A slower one is handed over.
const RECOVERS_WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// Between two looks at whether it has.
const BETWEEN_LOOKS: SignedDuration = SignedDuration::from_secs(15);

/// Returns how long to wait before the symptom is looked at again, where nothing explains it and Nightshift has changed
/// something for another incident that may be what this one is about: anything since this one was reported, or shortly
/// before a part of its own component, because an alarm is as slow to notice as to recover. `None` where the findings
/// stand.
pub(crate) fn wait_for_another_s_mend(
    findings: &Assessment,
    collected: &CollectedEvidence,
    signal: &Signal,
    now: Timestamp,
) -> Option<SignedDuration> {
    if !matches!(findings.conclusion, Conclusion::Abstained { .. }) {
        return None;
    }
    let is_its_own =
        |changed: &Arn| signal.resources.iter().any(|named| named.component() == changed.component());
    let ours = collected.evidence.iter().filter_map(|look| match &look.observed {
        Observed::Change { change } if change.by_nightshift => {
            (change.at >= signal.occurred_at || is_its_own(&change.resource)).then_some(change.at)
        }
        _ => None,
    });
    let left = RECOVERS_WITHIN.saturating_sub(now.duration_since(ours.max()?));
    (left > SignedDuration::ZERO).then(|| left.min(BETWEEN_LOOKS).max(SignedDuration::from_secs(1)))
}

/// Returns how long to wait before evidence is collected again; `None` where the findings stand.
pub(crate) fn wait(
    findings: &Assessment,
    collected: &CollectedEvidence,
    opened_at: Timestamp,
    now: Timestamp,
    recheck_for: SignedDuration,
) -> Option<SignedDuration> {
    let looked = !collected.evidence.is_empty() || !collected.gaps.is_empty();
    let stands = match findings.conclusion {
        Conclusion::AlreadyRecovered => true,
        // A later change that is not listed yet may be the one that the engine's suspect is blamed for.
        Conclusion::Explained => {
            findings.hypotheses.first().is_some_and(|first| first.proposal.is_some())
                && !findings.rests_on_engine
        }
        // A fault may show only later.
        Conclusion::Abstained { .. } | Conclusion::NoFault { .. } => false,
    };
    let left = recheck_for.saturating_sub(now.duration_since(opened_at));
    (looked && !stands && left > SignedDuration::ZERO)
        .then(|| left.min(BETWEEN).max(SignedDuration::from_secs(1)))
}

#[cfg(test)]
mod tests {
    use common::{
        Gap,
        evidence::{Change, ReadSource},
    };
    use fakes::{sample, sample_evidence};
    use proptest::prelude::*;

    use super::*;

    fn findings(conclusion: Conclusion) -> Assessment {
        Assessment {
            conclusion,
            hypotheses: Vec::new(),
            ruled_out: Vec::new(),
            rests_on_engine: false,
            symptom_is_there: true,
        }
    }

    fn looked() -> CollectedEvidence {
        let gap = Gap::new(ReadSource::Metrics, "q", "r");
        CollectedEvidence { gaps: vec![gap], ..CollectedEvidence::default() }
    }

    fn after(seconds: i64, findings: &Assessment, collected: &CollectedEvidence) -> Option<i64> {
        let now = sample::at() + SignedDuration::from_secs(seconds);
        let recheck_for = SignedDuration::from_mins(5);
        wait(findings, collected, sample::at(), now, recheck_for).map(|wait| wait.as_secs())
    }

    #[test]
    fn wait_while_nothing_explains_it_and_evidence_may_be_coming() {
        let abstained = findings(Conclusion::Abstained { reason: String::new() });
        let unproposed = findings(Conclusion::Explained);
        for open in [&abstained, &unproposed] {
            assert_eq!(after(5, open, &looked()), Some(60));
            assert_eq!(after(290, open, &looked()), Some(10));
            assert_eq!(after(300, open, &looked()), None);
        }
        assert_eq!(after(5, &findings(Conclusion::AlreadyRecovered), &looked()), None);
    }

    #[test]
    fn wait_never_where_the_mode_lets_nothing_be_read() {
        let off = findings(Conclusion::Abstained { reason: "the mode is off".to_owned() });
        assert_eq!(after(5, &off, &CollectedEvidence::default()), None);
    }

    #[test]
    fn wait_for_another_s_mend_table() {
        let abstained = findings(Conclusion::Abstained { reason: String::new() });
        let of = |function: &str, by_nightshift, seconds| {
            let at = sample::at() + SignedDuration::from_secs(seconds);
            let alias = sample::arn("lambda", &format!("function:{function}:live"));
            let change = Change { by_nightshift, ..sample_evidence::change(&alias, "UpdateAlias", at) };
            let mut collected = CollectedEvidence::default();
            collected.add_part(at, "lookup-events", None, "a change", Observed::Change { change });
            collected
        };
        let mended = |by_nightshift, seconds| of("stock", by_nightshift, seconds);
        let signal = sample::alarm_signal("event-1", "checkout-errors");
        let after = |seconds, findings: &Assessment, collected: &CollectedEvidence| {
            let now = signal.occurred_at + SignedDuration::from_secs(seconds);
            wait_for_another_s_mend(findings, collected, &signal, now).map(|wait| wait.as_secs())
        };
        assert_eq!(after(5, &abstained, &mended(true, 2)), Some(15));
        assert_eq!(after(595, &abstained, &mended(true, 2)), Some(7));
        assert_eq!(after(602, &abstained, &mended(true, 2)), None, "it had its time");
        assert_eq!(after(5, &abstained, &mended(true, -2)), None, "another part, before it was reported");
        assert_eq!(after(5, &abstained, &of("checkout", true, -2)), Some(15), "the alarm was slow to notice");
        assert_eq!(after(5, &abstained, &of("checkout", true, -601)), None, "it had its time");
        assert_eq!(after(5, &abstained, &mended(false, 2)), None, "somebody else's");
        assert_eq!(after(5, &abstained, &looked()), None, "nothing was changed");
        for other in [Conclusion::Explained, Conclusion::AlreadyRecovered] {
            assert_eq!(after(5, &findings(other), &mended(true, 2)), None);
        }
    }

    proptest! {
        #[test]
        fn wait_is_positive_and_ends_in_time(seconds in -600i64..2_000) {
            let open = findings(Conclusion::Abstained { reason: String::new() });
            match after(seconds, &open, &looked()) {
                Some(wait) => prop_assert!((1..=60).contains(&wait) && seconds < 300),
                None => prop_assert!(seconds >= 300),
            }
        }
    }
}
