//! Finds what is wrong with a stored ledger. Pure.
//!
//! | what was done | what shows it |
//! | --- | --- |
//! | a record was edited, removed, inserted or swapped | the chain of its incident |
//! | a chain was cut, or replaced by another one | the log's leaves |
//! | the same to records that the log has not taken in yet | a mark that the chain had grown further, while there is one |
//! | leaves were edited, removed, inserted or swapped | the log's signed heads |
//! | the log was cut or replaced, with all chains | a head that was kept elsewhere |
//!
//! Records that are gone are no fault where the log says that they had to be kept until a time that has passed.

use std::collections::BTreeMap;

use common::{AuditRecord, IncidentId, chain};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use transparency::{GrownChain, Leaf, Log, VerifierKey};

use super::stored::StoredLedger;
use crate::{
    arguments::{HashPrefix, KeptHead},
    failure::chain as with_causes,
    output::plain::date_time,
};

/// The log takes in what has grown every five minutes.
const JOINED_WITHIN: SignedDuration = SignedDuration::from_mins(30);

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Findings {
    pub(super) intact: bool,
    pub(super) incidents: usize,
    pub(super) records: usize,
    /// The head of the log; `None` where it is empty or broken.
    pub(super) head: Option<Head>,
    /// Records that are gone, and may be: the log says until when they had to be kept.
    pub(super) expired: usize,
    /// Records that are not in the log yet.
    pub(super) not_yet_logged: usize,
    /// The size of the largest log that a head kept elsewhere proved to be the beginning of this one; `None` where none was given.
    pub(super) proven_through: Option<u64>,
    /// The record with the hash that was asked for.
    pub(super) asked_for: Option<AskedFor>,
    pub(super) problems: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Head {
    pub(super) size: u64,
    pub(super) root: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct AskedFor {
    pub(super) incident: IncidentId,
    pub(super) sequence: u64,
}

pub(super) fn find(
    stored: StoredLedger,
    key: &VerifierKey,
    kept: &[KeptHead],
    record: Option<&HashPrefix>,
    now: Timestamp,
) -> Findings {
    let mut problems = Vec::new();
    let log = Log::verified(stored.batches, key).map_err(|broken| problems.push(with_causes(&broken))).ok();
    let logged = log.as_ref().map(Log::by_incident).unwrap_or_default();
    let marks = |grown: &[GrownChain]| -> BTreeMap<IncidentId, u64> {
        grown.iter().map(|grown| (grown.incident_id, grown.sequence)).collect()
    };
    let (marked_before, marked) = (marks(&stored.grown_before), marks(&stored.grown));
    let (mut not_yet_logged, mut expired) = (0usize, 0usize);
    for (incident, records) in &stored.chains {
        let leaves = logged.get(incident).map(Vec::as_slice).unwrap_or_default();
        let expected = Expected {
            leaves,
            leaves_before: stored.leaves_before,
            marked_before: marked_before.get(incident).copied(),
            is_marked: marked.contains_key(incident),
            has_to_be_joined_since: now.saturating_sub(JOINED_WITHIN).unwrap_or(now),
        };
        let gone = Expired::at(now, leaves);
        expired = expired.saturating_add(gone.missing(records));
        // Without the log, every chain would seem unmarked.
        let problem = of_links(*incident, records, &gone)
            .or_else(|| log.as_ref().and_then(|_| of_chain(*incident, records, &expected, &gone)));
        problems.extend(problem);
        let through = leaves.iter().map(|(_, leaf)| leaf.sequence).max().unwrap_or(0);
        not_yet_logged += records.iter().filter(|record| record.sequence > through).count();
    }
    let mut proven_through = None;
    for (head, log) in kept.iter().filter_map(|head| Some((head, log.as_ref()?))) {
        if log.contains(head.size, head.root) {
            proven_through = proven_through.max(Some(head.size));
        } else {
            problems.push(not_contained(head, log));
        }
    }
    let asked_for = record.and_then(|hash| holder(&stored.chains, hash));
    if let Some(hash) = record.filter(|_| asked_for.is_none()) {
        problems.push(format!(
            "no record has the hash {}: it is mistyped, or its record was removed or replaced",
            hash.as_str()
        ));
    }
    let head = log.as_ref().and_then(Log::head);
    Findings {
        intact: problems.is_empty(),
        incidents: stored.chains.values().filter(|records| !records.is_empty()).count(),
        records: stored.chains.values().map(Vec::len).sum(),
        head: head.map(|head| Head { size: head.size, root: head.root.to_string() }),
        expired,
        not_yet_logged,
        proven_through,
        asked_for,
        problems,
    }
}

/// The first records of a chain, which may be gone: the time has passed for which the log says that they are kept.
struct Expired<'a> {
    /// Record 1 to this one; 0 where none may be.
    through: u64,
    /// The hash of the last one of them.
    hash: &'a str,
}

impl<'a> Expired<'a> {
    fn at(now: Timestamp, leaves: &[(u64, &'a Leaf)]) -> Self {
        let leaves = leaves.iter().map(|(_, leaf)| *leaf).filter(|leaf| leaf.has_expired(now));
        let last = leaves.max_by_key(|leaf| leaf.sequence);
        last.map_or(Self { through: 0, hash: chain::GENESIS }, |leaf| Self {
            through: leaf.sequence,
            hash: &leaf.hash,
        })
    }

    /// Returns how many of them are gone.
    fn missing(&self, records: &[AuditRecord]) -> usize {
        let there = records.iter().filter(|record| record.sequence <= self.through).count();
        usize::try_from(self.through).unwrap_or(usize::MAX).saturating_sub(there)
    }
}

fn of_links(incident: IncidentId, records: &[AuditRecord], expired: &Expired<'_>) -> Option<String> {
    let verified = chain::verify_expiring(incident, records, expired.through, expired.hash);
    verified.err().map(|broken| format!("incident {incident}: {broken}"))
}

/// The state of an incident's chain by the log and the marks, against which its records are held.
struct Expected<'a> {
    /// Its leaves with their indices.
    leaves: &'a [(u64, &'a Leaf)],
    /// Leaves from here on came while the ledger was read, and may be about records that were not there yet.
    leaves_before: u64,
    /// The number of its last record, by the mark that it had before it was read.
    marked_before: Option<u64>,
    is_marked: bool,
    /// A record from before is in the log, if anything joins the chains at all.
    has_to_be_joined_since: Timestamp,
}

/// Returns the first thing that is wrong with an intact chain by what the log and the marks say of it.
fn of_chain(
    incident: IncidentId,
    records: &[AuditRecord],
    expected: &Expected<'_>,
    expired: &Expired<'_>,
) -> Option<String> {
    let last = records.last().map_or(0, |record| record.sequence).max(expired.through);
    for (index, leaf) in expected.leaves {
        match records.iter().find(|record| record.sequence == leaf.sequence) {
            None if *index < expected.leaves_before && leaf.sequence > expired.through => {
                return Some(format!(
                    "incident {incident}: records were removed: the log has taken in record {}, and the last one is {last}",
                    leaf.sequence
                ));
            }
            Some(record) if record.hash != leaf.hash => {
                return Some(format!(
                    "incident {incident}: record {} or one before it was replaced: it is not the one that the log has taken in",
                    leaf.sequence
                ));
            }
            _ => {}
        }
    }
    let through = expected.leaves.iter().map(|(_, leaf)| leaf.sequence).max().unwrap_or(0);
    if let Some(marked) = expected.marked_before.filter(|marked| *marked > last) {
        return Some(format!(
            "incident {incident}: records were removed: record {marked} had been written, and the last one is {last}"
        ));
    }
    if !expected.is_marked && last > through {
        return Some(format!(
            "incident {incident}: record {last} is not in the log, and nothing says that it has to be: \
             `nightshift audit repair` has it taken in"
        ));
    }
    let oldest = records.iter().find(|record| record.sequence > through)?;
    let at = oldest.parse_body().ok()?.at;
    (at < expected.has_to_be_joined_since).then(|| {
        format!(
            "incident {incident}: record {} of {} is not in the log yet: the function `sequence` does not run, look into its log",
            oldest.sequence,
            date_time(at)
        )
    })
}

fn not_contained(kept: &KeptHead, log: &Log) -> String {
    let size = log.head().map_or(0, |head| head.size);
    if kept.size > size {
        format!("the log was cut: it has {size} leaves, and the checkpoint that you gave {}", kept.size)
    } else {
        format!("the log was replaced: its first {} leaves do not have the root {}", kept.size, kept.root)
    }
}

fn holder(chains: &BTreeMap<IncidentId, Vec<AuditRecord>>, hash: &HashPrefix) -> Option<AskedFor> {
    chains.iter().find_map(|(incident, records)| {
        let record = records.iter().find(|record| hash.matches(&record.hash))?;
        Some(AskedFor { incident: *incident, sequence: record.sequence })
    })
}

#[cfg(test)]
mod tests;
