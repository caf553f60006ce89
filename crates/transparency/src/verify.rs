//! Verifies proofs from hashes and indices alone, by the algorithms of RFC 9162, sections 2.1.3.2 and 2.1.4.2.

use crate::TreeHash;

/// A proof that does not prove what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofMismatch {
    #[error("leaf {index} is not in a log of {size} leaves: expected an index below its size")]
    NoSuchLeaf { index: u64, size: u64 },
    #[error(
        "the earlier log has {earlier} leaves and the later one {later}: expected that it is not smaller"
    )]
    Shrunk { earlier: u64, later: u64 },
    #[error("the proof has {found} hashes, which are too few for a log of {size} leaves")]
    TooShort { found: usize, size: u64 },
    #[error("the proof has {found} hashes, which are too many for a log of {size} leaves")]
    TooLong { found: usize, size: u64 },
    #[error("the proof leads to the root {found}, and the log of {size} leaves has the root {expected}")]
    OtherRoot { size: u64, expected: TreeHash, found: TreeHash },
}

/// Verifies that the log with `size` leaves and the root `root` has a leaf with the hash `leaf` at `index`.
///
/// `size` and `root` have to come from one checkpoint: a proof alone does not tell sizes apart for which it has as many
/// hashes.
///
/// # Errors
/// The proof does not lead from this leaf at this index to this root.
pub fn verify_inclusion(
    leaf: TreeHash,
    index: u64,
    proof: &[TreeHash],
    size: u64,
    root: TreeHash,
) -> Result<(), ProofMismatch> {
    let Some(last) = size.checked_sub(1).filter(|last| index <= *last) else {
        return Err(ProofMismatch::NoSuchLeaf { index, size });
    };
    let mut climb = Climb { position: index, last };
    let mut hash = leaf;
    for sibling in proof {
        hash = match climb.step().ok_or(ProofMismatch::TooLong { found: proof.len(), size })? {
            Side::Left => TreeHash::of_node(*sibling, hash),
            Side::Right => TreeHash::of_node(hash, *sibling),
        };
    }
    climb.ends_at_root(proof, size)?;
    same_root(size, root, hash)
}

/// Verifies that the log with `later` leaves and the root `later_root` begins with the leaves of the one with `earlier`
/// leaves and the root `earlier_root`. As with [`verify_inclusion`], each size and root come from one checkpoint.
///
/// # Errors
/// The proof does not lead to both roots, or the later log is the smaller one.
pub fn verify_consistency(
    earlier: u64,
    earlier_root: TreeHash,
    later: u64,
    later_root: TreeHash,
    proof: &[TreeHash],
) -> Result<(), ProofMismatch> {
    if earlier > later {
        return Err(ProofMismatch::Shrunk { earlier, later });
    }
    if earlier == 0 || earlier == later {
        if !proof.is_empty() {
            return Err(ProofMismatch::TooLong { found: proof.len(), size: later });
        }
        let first = if earlier == 0 { TreeHash::of_empty_tree() } else { later_root };
        return same_root(earlier, earlier_root, first);
    }
    let mut hashes = proof.iter().copied();
    // The earlier log is one full subtree of the later: the verifier has its root, and the proof leaves it out.
    let start = if earlier.is_power_of_two() { Some(earlier_root) } else { hashes.next() };
    let start = start.ok_or(ProofMismatch::TooShort { found: proof.len(), size: later })?;
    // Both sizes are at least 1 here.
    let mut climb = Climb { position: earlier.saturating_sub(1), last: later.saturating_sub(1) };
    climb.rise(climb.position.trailing_ones());
    let (mut first, mut second) = (start, start);
    for hash in hashes {
        match climb.step().ok_or(ProofMismatch::TooLong { found: proof.len(), size: later })? {
            Side::Left => {
                first = TreeHash::of_node(hash, first);
                second = TreeHash::of_node(hash, second);
            }
            Side::Right => second = TreeHash::of_node(second, hash),
        }
    }
    climb.ends_at_root(proof, later)?;
    same_root(earlier, earlier_root, first)?;
    same_root(later, later_root, second)
}

/// On which side of the way a proof's next hash is.
enum Side {
    Left,
    Right,
}

/// The way from a node to the root: the node's index on its level, and the one of the level's last node. In RFC 9162
/// they are `fn` and `sn`.
#[derive(Clone, Copy)]
struct Climb {
    position: u64,
    last: u64,
}

impl Climb {
    /// Goes one level up at least; `None` when it was at the root.
    fn step(&mut self) -> Option<Side> {
        if self.last == 0 {
            return None;
        }
        let is_right_child = self.position & 1 == 1;
        if is_right_child || self.position == self.last {
            // The last node of a level without a sibling is its own parent, until it is a right child.
            self.rise(self.position.trailing_zeros());
            self.rise(1);
            Some(Side::Left)
        } else {
            self.rise(1);
            Some(Side::Right)
        }
    }

    fn rise(&mut self, levels: u32) {
        self.position = self.position.checked_shr(levels).unwrap_or(0);
        self.last = self.last.checked_shr(levels).unwrap_or(0);
    }

    fn ends_at_root(self, proof: &[TreeHash], size: u64) -> Result<(), ProofMismatch> {
        if self.last == 0 { Ok(()) } else { Err(ProofMismatch::TooShort { found: proof.len(), size }) }
    }
}

fn same_root(size: u64, expected: TreeHash, found: TreeHash) -> Result<(), ProofMismatch> {
    if found == expected { Ok(()) } else { Err(ProofMismatch::OtherRoot { size, expected, found }) }
}
