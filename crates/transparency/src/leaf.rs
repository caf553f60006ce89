//! Defines the log's leaf: how far the chain of one incident had grown.

use common::{AuditRecord, IncidentId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::TreeHash;

/// The head of an incident's chain when the log took it in. It stands for the whole chain up to there, since every
/// record carries the hash of the one before it.
///
/// A leaf's bytes are one line of text, `<incident id> <sequence> <hash of the record>` and a newline, so its hash
/// needs no tool of ours. Where the ledger is not kept for ever, a space and the time come before the newline from which on
/// the records may be gone, so that nobody but the signer can make a cut look like an expiry:
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
    /// The time from which on the records up to this one may be gone, in seconds of Unix time; `None` where they stay for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_until_seconds: Option<i64>,
}

impl Leaf {
    /// The leaf for a chain of `incident_id` that ends in `record`.
    pub fn new(incident_id: IncidentId, record: &AuditRecord) -> Self {
        Self { incident_id, sequence: record.sequence, hash: record.hash.clone(), kept_until_seconds: None }
    }

    /// The same leaf of a chain whose records are kept until that time.
    #[must_use]
    pub fn kept_until(self, time: Option<Timestamp>) -> Self {
        // Rounded up: a record is not gone within its last second.
        let seconds = |time: Timestamp| {
            let rest = i64::from(time.subsec_nanosecond() > 0);
            time.as_second().saturating_add(rest)
        };
        Self { kept_until_seconds: time.map(seconds), ..self }
    }

    /// Returns true if the records up to this one may be gone at `now`.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.kept_until_seconds.is_some_and(|end| end <= now.as_second())
    }

    /// Returns the bytes that are hashed.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Self { incident_id, sequence, hash, kept_until_seconds } = self;
        let end = kept_until_seconds.map(|end| format!(" {end}")).unwrap_or_default();
        format!("{incident_id} {sequence} {hash}{end}\n").into_bytes()
    }

    pub fn tree_hash(&self) -> TreeHash {
        TreeHash::of_leaf(&self.to_bytes())
    }
}
