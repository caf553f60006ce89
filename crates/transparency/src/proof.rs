//! Proves the ledger of one incident offline: its records, and the log that took them in.

use common::{
    AuditRecord, IncidentId,
    chain::{self, BrokenChain},
};
use serde::{Deserialize, Serialize};

use crate::{
    Checkpoint, InvalidCheckpoint, KeyName, Leaf, Log, Note, NoteError, ProofMismatch, TreeHash, VerifierKey,
    verify_inclusion,
};

/// A document that proves what was recorded of an incident, to anybody who has the log's public key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    pub incident_id: IncidentId,
    /// The incident's chain, from its first record. Records after the leaf's may follow, or be missing.
    pub records: Vec<AuditRecord>,
    /// The newest leaf of this incident in the log.
    pub leaf: Leaf,
    /// The leaf's place in the log, from 0.
    pub index: u64,
    /// The hashes from the leaf to the root, its sibling first (RFC 9162, section 2.1.3).
    pub inclusion: Vec<TreeHash>,
    /// The signed checkpoint whose tree the leaf is in: a note, with its newlines.
    pub checkpoint: String,
}

/// What a [`Proof`] proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// Every record up to this one is as it was when the log took it in, and none is missing.
    pub through: u64,
    /// Records after that one. They continue the chain, and that is all: their writer could still replace them.
    pub not_yet_logged: u64,
    /// The head of the log, as it was signed.
    pub checkpoint: Checkpoint,
}

/// A proof that proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    #[error("the proof has no record: expected the incident's chain from its first record")]
    NoRecords,
    #[error("the chain of incident {incident_id} is broken")]
    Chain {
        incident_id: IncidentId,
        #[source]
        source: BrokenChain,
    },
    #[error("record {sequence} does not say which incident it belongs to")]
    UnreadableBody {
        sequence: u64,
        #[source]
        source: serde_json::Error,
    },
    #[error("record {sequence} belongs to incident {found}: expected {expected}")]
    RecordOfOther { sequence: u64, expected: IncidentId, found: IncidentId },
    #[error("the leaf belongs to incident {found}: expected {expected}")]
    LeafOfOther { expected: IncidentId, found: IncidentId },
    #[error("the log has taken in record {sequence}, and the proof ends at {last}: records are missing")]
    MissingRecords { sequence: u64, last: u64 },
    #[error(
        "record {sequence} has the hash {found}, and the log took it in with {expected}: it was replaced"
    )]
    Replaced { sequence: u64, expected: String, found: String },
    #[error("the checkpoint is not one of the log with this key")]
    Signature(#[source] NoteError),
    #[error("what was signed is no checkpoint")]
    Checkpoint(#[source] InvalidCheckpoint),
    #[error("the checkpoint is one of the log {found}: expected {expected}, as the key is called")]
    OtherLog { expected: KeyName, found: KeyName },
    #[error("the leaf is not in the log at {index}")]
    NotIncluded {
        index: u64,
        #[source]
        source: ProofMismatch,
    },
}

/// What every version of a record's body has.
#[derive(Deserialize)]
struct BodyIncident {
    incident_id: IncidentId,
}

impl Proof {
    /// Returns the proof of an incident with these records; `None` where the log has no leaf of it.
    pub fn of(incident_id: IncidentId, records: Vec<AuditRecord>, log: &Log) -> Option<Self> {
        let (index, leaf) = log.newest(incident_id)?;
        Some(Self {
            incident_id,
            records,
            leaf: leaf.clone(),
            index,
            inclusion: log.inclusion(index).ok()?,
            checkpoint: log.note()?.to_owned(),
        })
    }

    /// Checks the whole document against the log's key. Records of a later version, whose entries this one cannot read,
    /// are proven as well.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn check(&self, key: &VerifierKey) -> Result<Proven, ProofError> {
        let last = self.check_records()?;
        self.check_leaf(last)?;
        let checkpoint = self.check_log(key)?;
        let through = self.leaf.sequence;
        Ok(Proven { through, not_yet_logged: last.saturating_sub(through), checkpoint })
    }

    /// Returns the sequence number of the last record.
    fn check_records(&self) -> Result<u64, ProofError> {
        let (incident_id, last) = (self.incident_id, self.records.last().ok_or(ProofError::NoRecords)?);
        chain::verify_links(&self.records).map_err(|source| ProofError::Chain { incident_id, source })?;
        for AuditRecord { sequence, body, .. } in &self.records {
            let sequence = *sequence;
            let body: BodyIncident = serde_json::from_str(body)
                .map_err(|source| ProofError::UnreadableBody { sequence, source })?;
            if body.incident_id != incident_id {
                return Err(ProofError::RecordOfOther {
                    sequence,
                    expected: incident_id,
                    found: body.incident_id,
                });
            }
        }
        Ok(last.sequence)
    }

    fn check_leaf(&self, last: u64) -> Result<(), ProofError> {
        let Leaf { incident_id, sequence, hash, .. } = &self.leaf;
        let sequence = *sequence;
        if *incident_id != self.incident_id {
            return Err(ProofError::LeafOfOther { expected: self.incident_id, found: *incident_id });
        }
        let logged = self.records.iter().find(|record| record.sequence == sequence);
        let logged = logged.ok_or(ProofError::MissingRecords { sequence, last })?;
        if logged.hash == *hash {
            Ok(())
        } else {
            Err(ProofError::Replaced { sequence, expected: hash.clone(), found: logged.hash.clone() })
        }
    }

    fn check_log(&self, key: &VerifierKey) -> Result<Checkpoint, ProofError> {
        let note: Note = self.checkpoint.parse().map_err(ProofError::Signature)?;
        let text = note.verified_text(key).map_err(ProofError::Signature)?;
        let checkpoint: Checkpoint = text.parse().map_err(ProofError::Checkpoint)?;
        if checkpoint.origin != *key.name() {
            return Err(ProofError::OtherLog { expected: key.name().clone(), found: checkpoint.origin });
        }
        let (leaf, index) = (self.leaf.tree_hash(), self.index);
        verify_inclusion(leaf, index, &self.inclusion, checkpoint.size, checkpoint.root)
            .map_err(|source| ProofError::NotIncluded { index, source })?;
        Ok(checkpoint)
    }
}
