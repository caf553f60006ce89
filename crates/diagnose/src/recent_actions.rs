//! Decides whether what another incident mended may have ended this one too: an alarm recovers some minutes after its
//! cause is gone, as it was slow to notice it. Two alarms about one fault are two incidents, and only one of them acts.
//!
//! What was done is read from the leases, which are taken before anything is done: CloudTrail lists it minutes later.

use std::collections::BTreeSet;

use common::{Arn, Conclusion, Evidence, Observed, PortError, Signal, ports::Leases};
use jiff::{SignedDuration, Timestamp};
use reasoning::judgement::conclude::Assessment;

use crate::recheck::Recheck;

/// A symptom that an action may have ended gets this time to go away. A slower one is handed over.
const RECOVERS_WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// And no incident waits longer than this in all, however many actions follow each other.
const WAITS_AT_MOST: SignedDuration = SignedDuration::from_mins(30);
/// Between two looks at whether it has.
const BETWEEN_LOOKS: SignedDuration = SignedDuration::from_secs(15);

/// Returns how long an incident waits that `signal` opened.
pub(crate) fn wait(signal: &Signal, now: Timestamp) -> Recheck {
    Recheck {
        next_in: BETWEEN_LOOKS,
        limit: WAITS_AT_MOST.saturating_sub(now.duration_since(signal.occurred_at)).max(BETWEEN_LOOKS),
        reason: "no cause was found, and Nightshift has just acted for another incident, which may have ended this \
                 one too",
    }
}

/// Returns true where there is nothing to do, and Nightshift has acted on something that was looked at: since the
/// symptom was reported, or on its own component shortly before.
pub(crate) async fn may_have_ended_it(
    leases: &impl Leases,
    findings: &Assessment,
    evidence: &[Evidence],
    signal: &Signal,
    now: Timestamp,
) -> Result<bool, PortError> {
    let is_late = now.duration_since(signal.occurred_at) > WAITS_AT_MOST;
    if is_late || findings.conclusion == Conclusion::AlreadyRecovered || proposes_an_action(findings) {
        return Ok(false);
    }
    for target in targets(evidence) {
        if leases.taken_on(target, acted_since(target, signal, now)).await? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

fn proposes_an_action(findings: &Assessment) -> bool {
    findings.conclusion == Conclusion::Explained
        && findings.hypotheses.first().is_some_and(|first| first.proposal.is_some())
}

/// Returns the earliest time of an action on `target` that may have ended the symptom.
fn acted_since(target: &Arn, signal: &Signal, now: Timestamp) -> Timestamp {
    let earliest = now.checked_sub(RECOVERS_WITHIN).unwrap_or(Timestamp::MIN);
    let is_its_own = signal.resources.iter().any(|named| named.component() == target.component());
    if is_its_own { earliest } else { earliest.max(signal.occurred_at) }
}

/// Returns what an action can have changed: whatever has a state that was read.
fn targets(evidence: &[Evidence]) -> BTreeSet<&Arn> {
    evidence
        .iter()
        .filter_map(|one| match &one.observed {
            Observed::Alias { state } => Some(&state.arn),
            Observed::Instance { state } => Some(&state.arn),
            Observed::Parameter { state } => Some(&state.arn),
            Observed::Service { state } => Some(&state.arn),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use common::{Hypothesis, diagnosis::Proposal, ports::Lease};
    use fakes::{Faults, MemoryStore, sample, sample_evidence};

    use super::*;

    fn abstained() -> Assessment {
        Assessment {
            conclusion: Conclusion::Abstained { reason: String::new() },
            hypotheses: Vec::new(),
            ruled_out: Vec::new(),
            rests_on_engine: false,
            symptom_is_there: true,
        }
    }

    fn hypothesis(proposes: bool) -> Hypothesis {
        let target = sample_evidence::alias();
        let proposal = Proposal {
            action: "rollback-lambda-alias".parse().unwrap(),
            target: target.clone(),
            parameters: std::collections::BTreeMap::new(),
        };
        Hypothesis { proposal: proposes.then_some(proposal), ..sample_evidence::hypothesis(&target) }
    }

    /// Asks five seconds after the alarm, as [`waits_at`] does.
    async fn waits(findings: &Assessment, function: &str, seconds: i64) -> bool {
        waits_at(5, findings, function, seconds).await
    }

    /// Asks, `now` seconds after the alarm about `checkout`, where another incident took the alias of `function` at
    /// `seconds` from the alarm, and both functions' aliases were looked at.
    async fn waits_at(now: i64, findings: &Assessment, function: &str, seconds: i64) -> bool {
        let signal = sample::alarm_signal("event-1", "checkout-errors");
        let at = |seconds| signal.occurred_at + SignedDuration::from_secs(seconds);
        let store = MemoryStore::new(&Faults::default());
        let lease = Lease {
            incident_id: sample::incident().id,
            plan_hash: common::sha256_hex("plan").parse().unwrap(),
            target: sample::arn("lambda", &format!("function:{function}:live")),
            acquired_at: at(seconds),
            execution_id: None,
            end: None,
        };
        store.acquire(&lease).await.unwrap();
        let seen =
            ["checkout", "stock"].map(|function| sample_evidence::alias_state_of(function, "2", Some("1")));
        let evidence = seen.map(sample_evidence::evidence);
        may_have_ended_it(&store, findings, &evidence, &signal, at(now)).await.unwrap()
    }

    #[tokio::test]
    async fn may_have_ended_it_table() {
        for (case, function, seconds, expected) in [
            ("another part, since it was reported", "stock", 2, true),
            ("another part, before it was reported", "stock", -2, false),
            ("its own, and the alarm was slow to notice", "checkout", -2, true),
            ("its own, which had its time", "checkout", -596, false),
            ("nothing that was looked at", "prices", 2, false),
        ] {
            assert_eq!(waits(&abstained(), function, seconds).await, expected, "{case}");
        }
    }

    #[tokio::test]
    async fn may_have_ended_it_no_longer_than_half_an_hour_however_many_actions_follow() {
        let minutes = |minutes: i64| minutes * 60;
        assert!(waits_at(minutes(30), &abstained(), "stock", minutes(29)).await);
        assert!(!waits_at(minutes(30) + 1, &abstained(), "stock", minutes(29)).await);
    }

    #[tokio::test]
    async fn may_have_ended_it_where_a_cause_is_told_and_nothing_can_be_done_about_it() {
        let told = Assessment {
            conclusion: Conclusion::Explained,
            hypotheses: vec![hypothesis(false)],
            ..abstained()
        };
        assert!(waits(&told, "checkout", 2).await);
        assert!(!waits(&told, "prices", 2).await);
    }

    #[tokio::test]
    async fn may_have_ended_it_never_where_there_is_something_to_do_or_it_has_recovered() {
        let proposing = hypothesis(true);
        for (conclusion, hypotheses) in
            [(Conclusion::Explained, vec![proposing]), (Conclusion::AlreadyRecovered, vec![])]
        {
            let findings = Assessment { conclusion, hypotheses, ..abstained() };
            assert!(!waits(&findings, "checkout", 2).await);
        }
    }
}
