//! Defines the log's leaf: how far the chain of one incident had grown.

use common::{AuditRecord, IncidentId};
use serde::{Deserialize, Serialize};

use crate::TreeHash;

/// The head of an incident's chain when the log took it in. It stands for the whole chain up to there, since every
/// record carries the hash of the one before it.
///
/// A leaf's bytes are one line of text, `<incident id> <sequence> <hash of the record>` and a newline, so its hash
/// needs no tool of ours:
///
/// ```sh
/// printf '\0%s %s %s\n' 01ARZ3NDEKTSV4RRFFQ69G5FAV 7 "$HASH_OF_RECORD_7" | sha256sum
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    pub incident_id: IncidentId,
    /// The record's number in the incident's chain, from 1.
    pub sequence: u64,
    /// The record's hash as the record carries it: 64 lower-case hexadecimal digits.
    pub hash: String,
}

impl Leaf {
    /// The leaf for a chain of `incident_id` that ends in `record`.
    pub fn new(incident_id: IncidentId, record: &AuditRecord) -> Self {
        Self { incident_id, sequence: record.sequence, hash: record.hash.clone() }
    }

    /// Returns the bytes that are hashed.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Self { incident_id, sequence, hash } = self;
        format!("{incident_id} {sequence} {hash}\n").into_bytes()
    }

    pub fn tree_hash(&self) -> TreeHash {
        TreeHash::of_leaf(&self.to_bytes())
    }
}
