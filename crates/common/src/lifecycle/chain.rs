//! Defines the chain of an incident's records: each carries the hash of the one before it, so that whoever edits, removes,
//! inserts or swaps one shows.
//!
//! A chain that lost its last records is a chain. That shows by the log over all chains, which holds where each ended.

use serde::{Deserialize, Serialize};

use super::audit::AuditBody;
use crate::{IncidentId, sha256_hex};

/// The hash that the first record carries.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

impl AuditRecord {
    /// The record that follows `previous` (`None` for the first one).
    pub fn following(previous: Option<&Self>, body: &AuditBody) -> Self {
        // Plain data always has a JSON form.
        Self::following_as(previous, serde_json::to_string(body).unwrap_or_default())
    }

    /// The record with this text as its body that follows `previous`.
    pub fn following_as(previous: Option<&Self>, body: String) -> Self {
        let sequence = previous.map_or(0, |record| record.sequence).saturating_add(1);
        let previous = previous.map_or(GENESIS, |record| record.hash.as_str()).to_owned();
        let hash = link(sequence, &previous, &body);
        Self { sequence, body, previous, hash }
    }

    /// Parses the body.
    ///
    /// # Errors
    /// A body that this version cannot read.
    pub fn parse_body(&self) -> Result<AuditBody, serde_json::Error> {
        serde_json::from_str(&self.body)
    }
}

fn link(sequence: u64, previous: &str, body: &str) -> String {
    sha256_hex(format!("{sequence}\n{previous}\n{body}"))
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
    #[error("record {sequence} is about another incident")]
    Foreign { sequence: u64 },
}

/// Checks that `records`, in their stored order, are a chain from its first record on, all of it about `incident`.
///
/// # Errors
/// The first break.
pub fn verify(incident: IncidentId, records: &[AuditRecord]) -> Result<(), BrokenChain> {
    verify_links(records)?;
    for record in records {
        if incident_of(record).is_some_and(|of| of != incident) {
            return Err(BrokenChain::Foreign { sequence: record.sequence });
        }
    }
    Ok(())
}

/// Checks that `records`, in their stored order, are a chain from its first record on, whatever they are about.
///
/// # Errors
/// The first break.
pub fn verify_links(records: &[AuditRecord]) -> Result<(), BrokenChain> {
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
    Ok(())
}

/// Returns the incident that a record is about, which also a record of a later version says.
pub fn incident_of(record: &AuditRecord) -> Option<IncidentId> {
    #[derive(Deserialize)]
    struct Subject {
        incident_id: IncidentId,
    }
    serde_json::from_str(&record.body).ok().map(|Subject { incident_id }| incident_id)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{audit::AuditEntry, notification::Occasion};

    const INCIDENT: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    const OTHER: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAW";

    fn id() -> IncidentId {
        INCIDENT.parse().unwrap()
    }

    fn chain_of(incident: &str, reasons: &[String]) -> Vec<AuditRecord> {
        let mut records: Vec<AuditRecord> = Vec::new();
        for reason in reasons {
            let body = AuditBody {
                at: "2026-11-20T03:00:00Z".parse().unwrap(),
                incident_id: incident.parse().unwrap(),
                entry: AuditEntry::NotificationFailed {
                    occasion: Occasion::Escalated,
                    channel: "sns".into(),
                    reason: reason.clone(),
                },
            };
            records.push(AuditRecord::following(records.last(), &body));
        }
        records
    }

    fn reasons(least: usize) -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec("[a-z]{1,8}", least..12)
    }

    proptest! {
        #[test]
        fn verify_untouched_chain_holds(reasons in prop::collection::vec(any::<String>(), 0..12)) {
            prop_assert_eq!(verify(id(), &chain_of(INCIDENT, &reasons)), Ok(()));
        }

        #[test]
        fn verify_any_edit_shows(reasons in reasons(1), at in any::<prop::sample::Index>(), field in 0..4) {
            let mut records = chain_of(INCIDENT, &reasons);
            let record = &mut records[at.index(reasons.len())];
            match field {
                0 => record.body.push(' '),
                1 => record.hash = sha256_hex("other"),
                2 => record.previous = sha256_hex("other"),
                _ => record.sequence += 1,
            }
            prop_assert!(verify(id(), &records).is_err());
        }

        /// Nothing in a chain tells that its end is missing; the log over all chains does.
        #[test]
        fn verify_any_gap_shows_and_a_cut_does_not(reasons in reasons(1), at in any::<prop::sample::Index>()) {
            let mut records = chain_of(INCIDENT, &reasons);
            let at = at.index(reasons.len());
            records.remove(at);
            prop_assert_eq!(verify(id(), &records).is_err(), at + 1 < reasons.len());
        }

        #[test]
        fn verify_any_insertion_shows(
            reasons in reasons(2),
            at in any::<prop::sample::Index>(),
            copied in any::<prop::sample::Index>(),
        ) {
            let mut records = chain_of(INCIDENT, &reasons);
            let copy = records[copied.index(reasons.len())].clone();
            records.insert(at.index(reasons.len()), copy);
            prop_assert!(verify(id(), &records).is_err());
        }

        #[test]
        fn verify_any_reorder_shows(
            reasons in reasons(2),
            a in any::<prop::sample::Index>(),
            b in any::<prop::sample::Index>(),
        ) {
            let mut records = chain_of(INCIDENT, &reasons);
            let (a, b) = (a.index(reasons.len()), b.index(reasons.len()));
            prop_assume!(a != b);
            records.swap(a, b);
            prop_assert!(verify(id(), &records).is_err());
        }

        #[test]
        fn verify_chain_of_another_incident_shows(reasons in reasons(1)) {
            let records = chain_of(OTHER, &reasons);
            prop_assert_eq!(verify(id(), &records), Err(BrokenChain::Foreign { sequence: 1 }));
            prop_assert_eq!(verify_links(&records), Ok(()));
        }
    }
}
