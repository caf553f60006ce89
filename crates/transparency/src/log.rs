//! Verifies a whole stored log, and answers from it.

use std::collections::BTreeMap;

use common::IncidentId;

use crate::{
    Batch, BrokenLog, Checkpoint, Frontier, Leaf, NotInLog, TreeHash, VerifierKey, inclusion_proof, root,
};

/// A log that was verified from its first leaf to its head.
#[derive(Debug, Clone)]
pub struct Log {
    leaves: Vec<Leaf>,
    hashes: Vec<TreeHash>,
    /// The head and the note that it was signed in.
    head: Option<(Checkpoint, String)>,
}

impl Log {
    /// Verifies the batches of a log, in their stored order: no leaf is missing between them, each head was signed with
    /// `key`, and the leaves lead to each head.
    ///
    /// A log without its last batches is a log. Compare its head with one that was kept elsewhere: [`Log::contains`].
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn verified(batches: Vec<Batch>, key: &VerifierKey) -> Result<Self, BrokenLog> {
        let mut frontier = Frontier::default();
        let mut log = Self { leaves: Vec::new(), hashes: Vec::new(), head: None };
        for batch in batches {
            let first = batch.first;
            if first != frontier.size() {
                return Err(BrokenLog::Gap { expected: frontier.size(), found: first });
            }
            for leaf in &batch.leaves {
                frontier.append(leaf.tree_hash());
                log.hashes.push(leaf.tree_hash());
            }
            if frontier != batch.frontier {
                return Err(BrokenLog::Edited { first });
            }
            log.head = Some((batch.head(key)?, batch.checkpoint));
            log.leaves.extend(batch.leaves);
        }
        Ok(log)
    }

    /// The head of the log; `None` where it is empty.
    pub fn head(&self) -> Option<&Checkpoint> {
        self.head.as_ref().map(|(head, _)| head)
    }

    /// The head as it was signed: a note.
    pub fn note(&self) -> Option<&str> {
        self.head.as_ref().map(|(_, note)| note.as_str())
    }

    /// Returns true if the log once had this head: `size` leaves with this root.
    pub fn contains(&self, size: u64, of_root: TreeHash) -> bool {
        let size = usize::try_from(size).ok();
        size.and_then(|size| self.hashes.get(..size)).is_some_and(|hashes| root(hashes) == of_root)
    }

    /// Returns the leaves of each incident with their indices, oldest first.
    pub fn by_incident(&self) -> BTreeMap<IncidentId, Vec<(u64, &Leaf)>> {
        let mut leaves: BTreeMap<IncidentId, Vec<(u64, &Leaf)>> = BTreeMap::new();
        for (index, leaf) in (0..).zip(&self.leaves) {
            leaves.entry(leaf.incident_id).or_default().push((index, leaf));
        }
        leaves
    }

    /// Returns the newest leaf of an incident with its index.
    pub fn newest(&self, incident: IncidentId) -> Option<(u64, &Leaf)> {
        (0u64..).zip(&self.leaves).filter(|(_, leaf)| leaf.incident_id == incident).last()
    }

    /// Proves that the leaf with this index is in the log.
    ///
    /// # Errors
    /// There is no such leaf.
    pub fn inclusion(&self, index: u64) -> Result<Vec<TreeHash>, NotInLog> {
        inclusion_proof(index, &self.hashes)
    }
}
