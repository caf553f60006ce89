//! Defines how the log is stored: in batches, each with the signed head after it.

use common::IncidentId;
use serde::{Deserialize, Serialize};

use crate::{Checkpoint, Frontier, InvalidCheckpoint, KeyName, Leaf, Note, NoteError, VerifierKey};

/// Leaves that were added to the log at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// The index of its first leaf: the size of the log before it.
    pub first: u64,
    pub leaves: Vec<Leaf>,
    /// All that is needed to add the next leaves.
    pub frontier: Frontier,
    /// The signed checkpoint after these leaves: a note.
    pub checkpoint: String,
}

/// The mark that the chain of an incident has grown since the log took it in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrownChain {
    pub incident_id: IncidentId,
    /// The number of its last record.
    pub sequence: u64,
}

/// The next leaves of the log, whose head is not signed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsignedBatch {
    first: u64,
    leaves: Vec<Leaf>,
    frontier: Frontier,
    text: String,
}

/// A stored log that is not as it was signed, with the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenLog {
    #[error("leaf {expected} of the log is missing: a batch follows that begins at leaf {found}")]
    Gap { expected: u64, found: u64 },
    #[error(
        "the batch at leaf {first} was edited: its leaves do not lead to what it stores for the next batch"
    )]
    Edited { first: u64 },
    #[error("the head of the batch at leaf {first} is none of this log's")]
    Signature {
        first: u64,
        #[source]
        source: NoteError,
    },
    #[error("the head of the batch at leaf {first} is no checkpoint")]
    Checkpoint {
        first: u64,
        #[source]
        source: InvalidCheckpoint,
    },
    #[error("the head of the batch at leaf {first} is one of the log {found}: expected {expected}")]
    OtherLog { first: u64, expected: KeyName, found: KeyName },
    #[error("the batch at leaf {first} was edited: its leaves do not lead to the head that was signed")]
    OtherHead { first: u64 },
}

impl Batch {
    /// Returns the signed head after this batch, provided that it is one of the log whose key this is, and that the
    /// batch's own frontier leads to it. Its leaves are not looked at.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn head(&self, key: &VerifierKey) -> Result<Checkpoint, BrokenLog> {
        let first = self.first;
        let signature = |source| BrokenLog::Signature { first, source };
        let note: Note = self.checkpoint.parse().map_err(signature)?;
        let text = note.verified_text(key).map_err(signature)?;
        let head: Checkpoint = text.parse().map_err(|source| BrokenLog::Checkpoint { first, source })?;
        if head.origin != *key.name() {
            return Err(BrokenLog::OtherLog { first, expected: key.name().clone(), found: head.origin });
        }
        if (head.size, head.root) == (self.frontier.size(), self.frontier.root()) {
            Ok(head)
        } else {
            Err(BrokenLog::OtherHead { first })
        }
    }
}

impl UnsignedBatch {
    /// Returns the batch with `leaves` that follows `last` (`None` for the first one) in the log of `key`.
    ///
    /// # Errors
    /// A last batch whose head was not signed with this key, or that was edited: nothing is signed on top of it.
    pub fn following(last: Option<&Batch>, key: &VerifierKey, leaves: Vec<Leaf>) -> Result<Self, BrokenLog> {
        if let Some(last) = last {
            last.head(key)?;
        }
        let mut frontier = last.map(|last| last.frontier.clone()).unwrap_or_default();
        let first = frontier.size();
        for leaf in &leaves {
            frontier.append(leaf.tree_hash());
        }
        let head = Checkpoint { origin: key.name().clone(), size: frontier.size(), root: frontier.root() };
        Ok(Self { first, leaves, frontier, text: head.to_string() })
    }

    /// The text to sign.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the batch with the signature of its text by `key`.
    ///
    /// # Errors
    /// A signature that does not hold.
    pub fn signed(self, key: &VerifierKey, signature: &[u8]) -> Result<Batch, NoteError> {
        let Self { first, leaves, frontier, text } = self;
        Ok(Batch { first, leaves, frontier, checkpoint: Note::signed(&text, key, signature)?.to_string() })
    }
}
