//! Finds what is wrong with a stored ledger. Pure.
//!
//! | what was done | what shows it |
//! | --- | --- |
//! | a record was edited, removed, inserted or swapped | the chain of its incident |
//! | a chain was cut, or replaced by another one | the log's leaves |
//! | the same to records that the log has not taken in yet | a mark that the chain had grown further, while there is one |
//! | leaves were edited, removed, inserted or swapped | the log's signed heads |
//! | the log was cut or replaced, with all chains | a head that was kept elsewhere |

use std::collections::BTreeMap;

use common::{AuditRecord, IncidentId, chain};
use serde::Serialize;
use transparency::{Leaf, Log, VerifierKey};

use super::stored::StoredLedger;
use crate::{
    arguments::{HashPrefix, KeptHead},
    failure::chain as with_causes,
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Findings {
    pub(super) intact: bool,
    pub(super) incidents: usize,
    pub(super) records: usize,
    /// The head of the log; `None` where it is empty or broken.
    pub(super) head: Option<Head>,
    /// Records that are not in the log yet.
    pub(super) not_yet_logged: usize,
    /// The size of the log that a head kept elsewhere proved to be the beginning of this one; `None` where none was given.
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
    kept: Option<&KeptHead>,
    record: Option<&HashPrefix>,
) -> Findings {
    let mut problems = Vec::new();
    let log = Log::verified(stored.batches, key).map_err(|broken| problems.push(with_causes(&broken))).ok();
    let logged = log.as_ref().map(Log::by_incident).unwrap_or_default();
    let marked: BTreeMap<IncidentId, u64> =
        stored.grown.iter().map(|grown| (grown.incident_id, grown.sequence)).collect();
    let mut not_yet_logged = 0usize;
    for (incident, records) in &stored.chains {
        let leaves = logged.get(incident).map(Vec::as_slice).unwrap_or_default();
        let problem = of_chain(*incident, records, leaves, marked.get(incident).copied());
        // Without the log, every chain would seem unmarked.
        problems.extend(problem.filter(|_| log.is_some()).or_else(|| of_links(*incident, records)));
        let through = leaves.iter().map(|leaf| leaf.sequence).max().unwrap_or(0);
        not_yet_logged += records.iter().filter(|record| record.sequence > through).count();
    }
    let proven_through = match (kept, &log) {
        (Some(kept), Some(log)) if log.contains(kept.size, kept.root) => Some(kept.size),
        (Some(kept), Some(log)) => {
            problems.push(not_contained(kept, log));
            None
        }
        _ => None,
    };
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
        not_yet_logged,
        proven_through,
        asked_for,
        problems,
    }
}

fn of_links(incident: IncidentId, records: &[AuditRecord]) -> Option<String> {
    chain::verify(incident, records).err().map(|broken| format!("incident {incident}: {broken}"))
}

/// Returns the first thing that is wrong with the chain of an incident.
fn of_chain(
    incident: IncidentId,
    records: &[AuditRecord],
    leaves: &[&Leaf],
    marked: Option<u64>,
) -> Option<String> {
    if let Some(broken) = of_links(incident, records) {
        return Some(broken);
    }
    let last = records.last().map_or(0, |record| record.sequence);
    for leaf in leaves {
        let Some(record) = records.iter().find(|record| record.sequence == leaf.sequence) else {
            return Some(format!(
                "incident {incident}: records were removed: the log has taken in record {}, and the last one is {last}",
                leaf.sequence
            ));
        };
        if record.hash != leaf.hash {
            return Some(format!(
                "incident {incident}: record {} or one before it was replaced: it is not the one that the log has taken in",
                leaf.sequence
            ));
        }
    }
    let through = leaves.iter().map(|leaf| leaf.sequence).max().unwrap_or(0);
    match marked {
        Some(marked) if marked > last => Some(format!(
            "incident {incident}: records were removed: record {marked} had been written, and the last one is {last}"
        )),
        None if last > through => Some(format!(
            "incident {incident}: record {last} is not in the log, and nothing says that it has to be: \
             `nightshift audit repair` has it taken in"
        )),
        _ => None,
    }
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
