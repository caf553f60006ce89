//! Decides if a recheck is needed: CloudTrail lists an event some minutes after it happened.

use common::Conclusion;
use jiff::{SignedDuration, Timestamp};

use crate::collect::collected_evidence::CollectedEvidence;
use reasoning::judgement::conclude::Assessment;

/// Between two rounds of collecting: one costs some calls of which an account has two a second.
const BETWEEN: SignedDuration = SignedDuration::from_secs(60);

/// A recheck: the account is looked at once more, and again after that until nothing is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Recheck {
    pub(crate) next_in: SignedDuration,
    /// The time after which nothing is waited for any more.
    pub(crate) limit: SignedDuration,
    /// The reason for waiting, as people read it.
    pub(crate) reason: &'static str,
}

/// Returns when evidence is collected again; `None` where the findings stand.
pub(crate) fn wait(
    findings: &Assessment,
    collected: &CollectedEvidence,
    opened_at: Timestamp,
    now: Timestamp,
    recheck_for: SignedDuration,
) -> Option<Recheck> {
    let looked = !collected.evidence.is_empty() || !collected.gaps.is_empty();
    let stands = match findings.conclusion {
        Conclusion::AlreadyRecovered => true,
        // A change that is not listed yet may be the one that the engine's suspect is blamed for, or that made a state; and
        // a release that is under way may fail.
        Conclusion::Explained => {
            findings.hypotheses.first().is_some_and(|first| first.proposal.is_some())
                && !findings.rests_on_engine
        }
        // A fault may show only later.
        Conclusion::Abstained { .. } | Conclusion::NoFault { .. } => false,
    };
    let reason = match findings.conclusion {
        Conclusion::Explained => {
            "a likely cause was found, but the change behind it may not be in CloudTrail yet, which lists changes some \
             minutes late"
        }
        Conclusion::AlreadyRecovered | Conclusion::Abstained { .. } | Conclusion::NoFault { .. } => {
            "no cause was found yet, and recent changes may not be in CloudTrail yet, which lists them some minutes late"
        }
    };
    let limit = recheck_for.saturating_sub(now.duration_since(opened_at));
    (looked && !stands && limit > SignedDuration::ZERO).then(|| Recheck {
        next_in: limit.min(BETWEEN).max(SignedDuration::from_secs(1)),
        limit,
        reason,
    })
}

#[cfg(test)]
mod tests {
    use common::{Gap, evidence::ReadSource};
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
        let recheck = wait(findings, collected, sample::at(), now, recheck_for)?;
        assert_eq!(recheck.limit.as_secs(), 300 - seconds);
        Some(recheck.next_in.as_secs())
    }

    #[test]
    fn wait_while_nothing_explains_it_and_evidence_may_be_coming() {
        let abstained = findings(Conclusion::Abstained { reason: String::new() });
        let unproposed = findings(Conclusion::Explained);
        let told = Assessment {
            hypotheses: vec![sample_evidence::hypothesis(&sample::arn("s3", "bucket"))],
            ..findings(Conclusion::Explained)
        };
        for open in [&abstained, &unproposed, &told] {
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
