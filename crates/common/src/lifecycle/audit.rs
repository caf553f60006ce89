//! Defines the ledger: every verdict, action, approval and notification, each record carrying the hash of
//! the one before it, written before the effect that it announces.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    ActionId, ApprovalDecision, Arn, Conclusion, IncidentId, Outcome, PlanHash, PortError, Verdict,
    notification::Occasion, ports::PortErrorKind, sha256_hex, verification::VerificationResult,
};

/// The hash that the first record carries.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditRecord {
    /// 1, 2, 3, …, without a gap.
    pub sequence: u64,
    /// The record's content as JSON text, kept to the letter so that its hash can be taken again.
    pub body: String,
    /// Hash of the record before.
    pub previous: String,
    /// SHA-256 of `<sequence>\n<previous>\n<body>`.
    pub hash: String,
}

/// The content of a record's body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditBody {
    pub at: Timestamp,
    pub incident_id: IncidentId,
    pub entry: AuditEntry,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum AuditEntry {
    Diagnosed {
        attempt: u32,
        conclusion: Conclusion,
        summary: String,
    },
    Judged {
        plan_hash: PlanHash,
        action: ActionId,
        target: Arn,
        verdict: Verdict,
    },
    /// A proposal that never became a plan.
    ProposalRefused {
        action: ActionId,
        target: Arn,
        reason: String,
    },
    ApprovalRequested {
        plan_hash: PlanHash,
        expires_at: Timestamp,
    },
    ApprovalGiven {
        plan_hash: PlanHash,
        by: String,
    },
    ApprovalRefused {
        plan_hash: PlanHash,
        by: String,
    },
    ApprovalExpired {
        plan_hash: PlanHash,
    },
    /// The record right before announced a decision that came second: this one stands.
    ApprovalStands {
        plan_hash: PlanHash,
        decision: ApprovalDecision,
    },
    /// Written before the automation is started.
    ActionIntended {
        plan_hash: PlanHash,
        action: ActionId,
        target: Arn,
        client_token: String,
    },
    ActionStarted {
        plan_hash: PlanHash,
        execution_id: String,
    },
    ActionEnded {
        plan_hash: PlanHash,
        execution_id: String,
        status: String,
        reason: Option<String>,
    },
    /// An incident waits, because another one acts on the target of its plan.
    WaitingForTarget {
        plan_hash: PlanHash,
        target: Arn,
        holder: IncidentId,
    },
    /// A plan's change is not undone.
    UndoDeclined {
        plan_hash: PlanHash,
        reason: String,
    },
    Verified {
        attempt: u32,
        result: VerificationResult,
        summary: String,
    },
    Ended {
        outcome: Outcome,
    },
    /// Written before the execution of an incident that was opened and never started is started.
    StartIntended {
        reason: String,
    },
    /// A person closes the incident. `by` is the ARN that STS gave for the caller's credentials.
    CloseIntended {
        by: String,
        reason: String,
    },
    /// A person takes the incident over. `by` is as in `CloseIntended`.
    TakeoverIntended {
        by: String,
        reason: String,
    },
    /// A person closes the breaker of an action for an application (`None`: for what belongs to none). `by` is as in
    /// `CloseIntended`.
    BreakerCloseIntended {
        action: ActionId,
        application: Option<String>,
        by: String,
        reason: String,
    },
    /// Written before the message is sent.
    NotificationIntended {
        occasion: Occasion,
        channel: String,
        subject: String,
    },
    NotificationDelivered {
        occasion: Occasion,
        channel: String,
        message_id: String,
    },
    NotificationFailed {
        occasion: Occasion,
        channel: String,
        reason: String,
    },
}

impl AuditEntry {
    /// Returns true for a record of a step of its incident. One about a message or about a breaker moves nothing.
    pub const fn is_step(&self) -> bool {
        !matches!(
            self,
            Self::NotificationIntended { .. }
                | Self::NotificationDelivered { .. }
                | Self::NotificationFailed { .. }
                | Self::BreakerCloseIntended { .. }
        )
    }
}

impl AuditRecord {
    /// The record that follows `previous` (`None` for the first one).
    pub fn following(previous: Option<&Self>, body: &AuditBody) -> Self {
        let sequence = previous.map_or(0, |record| record.sequence).saturating_add(1);
        let previous = previous.map_or(GENESIS, |record| record.hash.as_str()).to_owned();
        // Plain data always has a JSON form.
        let body = serde_json::to_string(body).unwrap_or_default();
        let hash = link(sequence, &previous, &body);
        Self { sequence, body, previous, hash }
    }

    pub fn parse_body(&self) -> Result<AuditBody, serde_json::Error> {
        serde_json::from_str(&self.body)
    }
}

/// Returns the entries of `records`, in their order.
///
/// # Errors
/// As [`bodies`].
pub fn entries(records: &[AuditRecord]) -> Result<Vec<AuditEntry>, PortError> {
    Ok(bodies(records)?.into_iter().map(|body| body.entry).collect())
}

/// Returns the bodies of `records`, in their order.
///
/// # Errors
/// A record that this version cannot read: what it says may be what a decision rests on.
pub fn bodies(records: &[AuditRecord]) -> Result<Vec<AuditBody>, PortError> {
    let body = |record: &AuditRecord| {
        record.parse_body().map_err(|error| {
            PortError::new(
                format!("reading record {} of the ledger", record.sequence),
                PortErrorKind::Invalid,
                error,
            )
        })
    };
    records.iter().map(body).collect()
}

/// Returns the bodies of those `records` that this version can read, in their order: for what only tells, and decides
/// nothing.
pub fn readable_bodies(records: &[AuditRecord]) -> impl Iterator<Item = AuditBody> + '_ {
    records.iter().filter_map(|record| record.parse_body().ok())
}

fn link(sequence: u64, previous: &str, body: &str) -> String {
    sha256_hex(format!("{sequence}\n{previous}\n{body}"))
}

/// The end of the chain as the store keeps it beside the records, so that a cut tail shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    pub sequence: u64,
    pub hash: String,
}

/// An error in a chain, with its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenChain {
    #[error("record {expected} is missing: {found} follows")]
    Gap { expected: u64, found: u64 },
    #[error("record {sequence} was edited: its content no longer has the hash it carries")]
    Edited { sequence: u64 },
    #[error("record {sequence} does not carry the hash of the record before it")]
    Unlinked { sequence: u64 },
    #[error("the chain ends at record {found}, and {expected} records were written")]
    CutShort { expected: u64, found: u64 },
    #[error("the last record, {sequence}, is not the one that was written last")]
    WrongHead { sequence: u64 },
}

/// Checks records in the order of their sequence numbers against the head.
pub fn verify(records: &[AuditRecord], head: Option<&Head>) -> Result<(), BrokenChain> {
    let mut previous = GENESIS;
    for (expected, record) in (1u64..).zip(records) {
        let sequence = record.sequence;
        if sequence != expected {
            return Err(BrokenChain::Gap { expected, found: sequence });
        }
        if record.previous != previous {
            return Err(BrokenChain::Unlinked { sequence });
        }
        if link(sequence, &record.previous, &record.body) != record.hash {
            return Err(BrokenChain::Edited { sequence });
        }
        previous = &record.hash;
    }
    let found = records.last().map_or(0, |record| record.sequence);
    match head {
        Some(head) if head.sequence != found => Err(BrokenChain::CutShort { expected: head.sequence, found }),
        Some(head) if head.hash != previous => Err(BrokenChain::WrongHead { sequence: found }),
        None if found > 0 => Err(BrokenChain::CutShort { expected: 0, found }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chain(reasons: &[String]) -> (Vec<AuditRecord>, Option<Head>) {
        let mut records: Vec<AuditRecord> = Vec::new();
        for reason in reasons {
            let body = AuditBody {
                at: "2026-11-20T03:00:00Z".parse().unwrap(),
                incident_id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
                entry: AuditEntry::NotificationFailed {
                    occasion: Occasion::Escalated,
                    channel: "sns".into(),
                    reason: reason.clone(),
                },
            };
            records.push(AuditRecord::following(records.last(), &body));
        }
        let head = records.last().map(|last| Head { sequence: last.sequence, hash: last.hash.clone() });
        (records, head)
    }

    proptest! {
        #[test]
        fn verify_untouched_chain_holds(reasons in prop::collection::vec(any::<String>(), 0..12)) {
            let (records, head) = chain(&reasons);
            prop_assert_eq!(verify(&records, head.as_ref()), Ok(()));
        }

        #[test]
        fn verify_any_edit_shows(
            reasons in prop::collection::vec("[a-z]{1,8}", 1..12),
            at in any::<prop::sample::Index>(),
            field in 0..3,
        ) {
            let (mut records, head) = chain(&reasons);
            let record = &mut records[at.index(reasons.len())];
            match field {
                0 => record.body.push(' '),
                1 => record.hash = sha256_hex("other"),
                _ => record.previous = sha256_hex("other"),
            }
            prop_assert!(verify(&records, head.as_ref()).is_err());
        }

        #[test]
        fn verify_any_gap_or_cut_shows(
            reasons in prop::collection::vec("[a-z]{1,8}", 1..12),
            at in any::<prop::sample::Index>(),
        ) {
            let (mut records, head) = chain(&reasons);
            records.remove(at.index(reasons.len()));
            prop_assert!(verify(&records, head.as_ref()).is_err());
        }

        #[test]
        fn verify_any_reorder_shows(
            reasons in prop::collection::vec("[a-z]{1,8}", 2..12),
            a in any::<prop::sample::Index>(),
            b in any::<prop::sample::Index>(),
        ) {
            let (mut records, head) = chain(&reasons);
            let (a, b) = (a.index(reasons.len()), b.index(reasons.len()));
            prop_assume!(a != b);
            records.swap(a, b);
            prop_assert!(verify(&records, head.as_ref()).is_err());
        }
    }

    #[test]
    fn verify_records_without_a_head_show() {
        let (records, _) = chain(&["a".into()]);
        assert!(verify(&records, None).is_err());
    }
}
