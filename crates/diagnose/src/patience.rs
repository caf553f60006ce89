//! Whether to look again: CloudTrail lists an event some minutes after it happened.

use common::Conclusion;
use jiff::{SignedDuration, Timestamp};

use crate::gather::Gathered;
use reasoning::judgement::conclude::Assessment;

/// Between two looks: a look costs some calls of which an account has two a second.
const BETWEEN: SignedDuration = SignedDuration::from_secs(60);

/// How long to wait before another look; `None` where the findings stand.
pub(crate) fn wait(
    findings: &Assessment,
    gathered: &Gathered,
    opened_at: Timestamp,
    now: Timestamp,
    patience: SignedDuration,
) -> Option<SignedDuration> {
    let looked = !gathered.evidence.is_empty() || !gathered.gaps.is_empty();
    let stands = match findings.conclusion {
        Conclusion::AlreadyRecovered => true,
        // A later change that is not listed yet may be the one that the engine's suspect is blamed for.
        Conclusion::Explained => {
            findings.hypotheses.first().is_some_and(|first| first.proposal.is_some())
                && !findings.rests_on_engine
        }
        Conclusion::Abstained { .. } => false,
    };
    let left = patience.saturating_sub(now.duration_since(opened_at));
    (looked && !stands && left > SignedDuration::ZERO)
        .then(|| left.min(BETWEEN).max(SignedDuration::from_secs(1)))
}

#[cfg(test)]
mod tests {
    use common::Gap;
    use fakes::sample;
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

    fn looked() -> Gathered {
        let gap = Gap { query: "q".to_owned(), reason: "r".to_owned(), context: false };
        Gathered { gaps: vec![gap], ..Gathered::default() }
    }

    fn after(seconds: i64, findings: &Assessment, gathered: &Gathered) -> Option<i64> {
        let now = sample::at() + SignedDuration::from_secs(seconds);
        let patience = SignedDuration::from_mins(5);
        wait(findings, gathered, sample::at(), now, patience).map(|wait| wait.as_secs())
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
        let off = findings(Conclusion::Abstained { reason: "mode is off".to_owned() });
        assert_eq!(after(5, &off, &Gathered::default()), None);
    }

    proptest! {
        #[test]
        fn wait_is_positive_and_ends_with_the_patience(seconds in -600i64..2_000) {
            let open = findings(Conclusion::Abstained { reason: String::new() });
            match after(seconds, &open, &looked()) {
                Some(wait) => prop_assert!((1..=60).contains(&wait) && seconds < 300),
                None => prop_assert!(seconds >= 300),
            }
        }
    }
}
