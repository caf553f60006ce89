//! Decides whether people are told what is known before the account is looked at again, and keeps that for the message.

use std::collections::BTreeSet;

use common::{Diagnosis, Evidence, EvidenceId, preliminary::PreliminaryFindings};
use jiff::SignedDuration;

/// Somebody hears of an event within this time, wherever the incident is waited for longer.
const TOLD_WITHIN: SignedDuration = SignedDuration::from_secs(90);

/// The time that the next look gets. It takes seconds, unless several services are slow.
const NEXT_LOOK: SignedDuration = SignedDuration::from_secs(30);

/// The most bytes of evidence that are kept: an item of the table holds 400 KB, the diagnosis among them.
const MAX_EVIDENCE_BYTES: usize = 100_000;

/// Returns true where the next look might end more than [`TOLD_WITHIN`] after the event. `since_event` is the time that
/// has passed, `wait` the time until the next look begins.
pub(crate) fn is_due(since_event: SignedDuration, wait: SignedDuration) -> bool {
    since_event.saturating_add(wait).saturating_add(NEXT_LOOK) > TOLD_WITHIN
}

/// Returns what a message needs: the diagnosis, and of the evidence first what it cites, then the rest, as much as fits.
pub(crate) fn findings(diagnosis: Diagnosis, evidence: &[Evidence]) -> PreliminaryFindings {
    let cited: BTreeSet<&EvidenceId> = diagnosis
        .hypotheses
        .iter()
        .flat_map(|one| one.supports.iter().chain(&one.contradicts))
        .chain(&diagnosis.report.trigger)
        .collect();
    let (first, rest): (Vec<_>, Vec<_>) = evidence.iter().partition(|one| cited.contains(&one.id));
    let mut room = MAX_EVIDENCE_BYTES;
    let mut kept = Vec::new();
    for one in first.into_iter().chain(rest) {
        // Plain data always has a JSON form.
        let bytes = serde_json::to_string(one).map_or(usize::MAX, |text| text.len());
        if let Some(left) = room.checked_sub(bytes) {
            room = left;
            kept.push(one.clone());
        }
    }
    PreliminaryFindings { diagnosis, evidence: kept }
}

#[cfg(test)]
mod tests {
    use common::{Conclusion, Observed, diagnosis::IncidentReport};
    use fakes::{sample, sample_evidence};
    use proptest::prelude::*;

    use super::*;

    fn seconds(seconds: i64) -> SignedDuration {
        SignedDuration::from_secs(seconds)
    }

    #[test]
    fn is_due_table() {
        for (case, since_event, wait, expected) in [
            ("CloudTrail is waited for, after a first look of seconds", 8, 60, true),
            ("the end of that wait comes soon", 5, 20, false),
            ("another incident may have mended it", 10, 15, false),
            ("the same, three looks later", 46, 15, true),
            ("the next look just ends in time", 45, 15, false),
            ("the event is an old one", 4_000, 1, true),
            ("the event's clock is ahead of ours", -120, 60, false),
        ] {
            assert_eq!(is_due(seconds(since_event), seconds(wait)), expected, "{case}");
        }
    }

    proptest! {
        /// However long looks and waits are: whoever was not told after a look gets the next one's answer in time.
        #[test]
        fn is_due_nobody_hears_of_the_event_after_90_seconds_where_a_look_ends_within_30(
            first_look in 0_i64..=90,
            rounds in prop::collection::vec((1_i64..=60, 0_i64..=30), 1..12),
        ) {
            let mut now = first_look;
            for (wait, look) in rounds {
                prop_assert!(now <= 90);
                if is_due(seconds(now), seconds(wait)) {
                    break;
                }
                now += wait + look;
            }
        }
    }

    fn diagnosis(evidence: &[Evidence], cited: &Evidence) -> Diagnosis {
        let first = sample_evidence::hypothesis(&sample::arn("lambda", "function:stock"));
        Diagnosis {
            incident_id: sample::incident().id,
            attempt: 1,
            made_at: sample::at(),
            producer: "playbooks@1".into(),
            conclusion: Conclusion::Explained,
            hypotheses: vec![common::Hypothesis { supports: vec![cited.id.clone()], ..first }],
            ruled_out: vec![],
            gaps: vec![],
            evidence: evidence.iter().map(|one| one.id.clone()).collect(),
            gathered_in_ms: 0,
            model: None,
            report: IncidentReport::default(),
        }
    }

    #[test]
    fn findings_keep_what_is_cited_first_and_no_more_than_fits() {
        let log = |number: usize| {
            let template = common::findings::LogTemplate {
                template: format!("line {number} {}", "x".repeat(30_000)),
                baseline: 0,
                incident: 1,
            };
            sample_evidence::evidence(Observed::Logs {
                function: sample::arn("lambda", "function:stock"),
                baseline_lines: 0,
                incident_lines: 1,
                truncated: false,
                templates: vec![template],
            })
        };
        let evidence: Vec<_> = (0..10).map(log).collect();
        let kept = findings(diagnosis(&evidence, &evidence[9]), &evidence).evidence;
        let expected = [&evidence[9], &evidence[0], &evidence[1]];
        assert_eq!(kept.iter().collect::<Vec<_>>(), expected);
    }
}
