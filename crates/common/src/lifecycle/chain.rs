//! Defines the chain of an incident's records: each carries the hash of the one before it, so that whoever edits, removes,
//! inserts or swaps one shows.
//!
//! A chain that lost its last records is a chain. That shows by the log over all chains, which holds where each ended.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::audit::entry::AuditBody;
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

    /// Returns the time from which on the record may be gone; `None` where it stays for ever, or does not say.
    pub fn kept_until(&self) -> Option<Timestamp> {
        #[derive(Deserialize)]
        struct Kept {
            kept_until: Timestamp,
        }
        serde_json::from_str(&self.body).ok().map(|Kept { kept_until }| kept_until)
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
    all_about(incident, records)
}

/// Checks the same of a chain of which records up to `through` may be gone, since they have expired. `hash` is that of record
/// `through`, from the log.
///
/// # Errors
/// The first break.
pub fn verify_expiring(
    incident: IncidentId,
    records: &[AuditRecord],
    through: u64,
    hash: &str,
) -> Result<(), BrokenChain> {
    let first_kept = through.saturating_add(1);
    let mut last: Option<&AuditRecord> = None;
    for record in records {
        let sequence = record.sequence;
        let next = last.map_or(1, |last| last.sequence.saturating_add(1));
        if sequence < next || sequence > next.max(first_kept) {
            return Err(BrokenChain::Gap { expected: next.max(first_kept), found: sequence });
        }
        let previous = match last {
            Some(last) if sequence == next => Some(last.hash.as_str()),
            _ if sequence == 1 => Some(GENESIS),
            _ if sequence == first_kept => Some(hash),
            // The record before it has expired, and only its hash is known: this one carries it.
            _ => None,
        };
        if previous.is_some_and(|previous| record.previous != previous) {
            return Err(BrokenChain::Unlinked { sequence });
        }
        if link(sequence, &record.previous, &record.body) != record.hash {
            return Err(BrokenChain::Edited { sequence });
        }
        last = Some(record);
    }
    all_about(incident, records)
}

/// Returns the time from which on all `records`, of an intact chain, may be gone; `None` where one of them stays for ever.
pub fn kept_until(records: &[AuditRecord]) -> Option<Timestamp> {
    let ends: Option<Vec<Timestamp>> = records.iter().map(AuditRecord::kept_until).collect();
    ends?.into_iter().max()
}

fn all_about(incident: IncidentId, records: &[AuditRecord]) -> Result<(), BrokenChain> {
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
                kept_until: None,
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

        /// What has expired may be gone, in any order, and nothing else; with nothing expired it is the plain law.
        #[test]
        fn verify_expiring_excuses_what_has_expired_and_no_more(
            reasons in reasons(1),
            through in 0_u64..14,
            gone in prop::collection::btree_set(1_u64..14, 0..6),
        ) {
            let whole = chain_of(INCIDENT, &reasons);
            let last = u64::try_from(whole.len()).unwrap();
            prop_assume!(through <= last);
            let hash = whole.iter().find(|one| one.sequence == through).map_or(GENESIS, |one| one.hash.as_str());
            let records: Vec<_> = whole.iter().filter(|one| !gone.contains(&one.sequence)).cloned().collect();
            let verified = verify_expiring(id(), &records, through, hash);
            // A chain that lost its last records is a chain.
            let end = records.last().map_or(0, |one| one.sequence).max(through);
            let is_excused = gone.iter().all(|sequence| *sequence <= through || *sequence > end);
            prop_assert_eq!(verified.is_ok(), is_excused, "{:?} {:?}", gone, verified);
            if through == 0 {
                prop_assert_eq!(verified, verify(id(), &records));
            }
        }

        #[test]
        fn verify_expiring_any_edit_of_what_is_left_shows(
            reasons in reasons(1),
            through in 0_u64..14,
            at in any::<prop::sample::Index>(),
            field in 0..4,
        ) {
            let whole = chain_of(INCIDENT, &reasons);
            prop_assume!(through < u64::try_from(whole.len()).unwrap());
            let hash = whole.iter().find(|one| one.sequence == through).map_or(GENESIS, |one| one.hash.as_str());
            let mut left: Vec<_> = whole.iter().filter(|one| one.sequence > through).cloned().collect();
            let record = { let length = left.len(); &mut left[at.index(length)] };
            match field {
                0 => record.body.push(' '),
                1 => record.hash = sha256_hex("other"),
                2 => record.previous = sha256_hex("other"),
                _ => record.sequence += 1,
            }
            prop_assert!(verify_expiring(id(), &left, through, hash).is_err());
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
