//! Makes roots and proofs from all leaves of a log, by the definitions of RFC 9162, sections 2.1.1 to 2.1.4.

use crate::TreeHash;

/// A proof was asked for of a leaf or an earlier log that the log does not contain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotInLog {
    #[error("leaf {index} is not in a log of {size} leaves: expected an index below its size")]
    Leaf { index: u64, size: u64 },
    #[error("a log of {size} leaves never had {earlier}: expected a size that is not larger")]
    Size { earlier: u64, size: u64 },
}

/// Returns the Merkle tree hash of the leaves with the hashes `leaves`.
pub fn root(leaves: &[TreeHash]) -> TreeHash {
    match leaves {
        [] => TreeHash::of_empty_tree(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = children(leaves);
            TreeHash::of_node(root(left), root(right))
        }
    }
}

/// Returns the hashes beside the way from the leaf at `index` to the root, the leaf's sibling first. Costs a hash for
/// every other leaf.
///
/// # Errors
/// No leaf has that index.
pub fn inclusion_proof(index: u64, leaves: &[TreeHash]) -> Result<Vec<TreeHash>, NotInLog> {
    let mut position = usize::try_from(index).unwrap_or(usize::MAX);
    if position >= leaves.len() {
        return Err(NotInLog::Leaf { index, size: size(leaves) });
    }
    let (mut subtree, mut proof) = (leaves, Vec::new());
    while subtree.len() > 1 {
        let (left, right) = children(subtree);
        if let Some(in_right) = position.checked_sub(left.len()) {
            proof.push(root(left));
            (subtree, position) = (right, in_right);
        } else {
            proof.push(root(right));
            subtree = left;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// Returns the hashes that prove that the log of `leaves` began with its first `earlier` ones. The proof is empty for
/// the empty log and for the same one.
///
/// # Errors
/// The log is smaller than `earlier`.
pub fn consistency_proof(earlier: u64, leaves: &[TreeHash]) -> Result<Vec<TreeHash>, NotInLog> {
    let mut remaining = usize::try_from(earlier).unwrap_or(usize::MAX);
    if remaining > leaves.len() {
        return Err(NotInLog::Size { earlier, size: size(leaves) });
    }
    if remaining == 0 {
        return Ok(Vec::new());
    }
    let (mut subtree, mut proof) = (leaves, Vec::new());
    // Whether `subtree` began where the log does: then its earlier root is the one that the verifier has.
    let mut is_known = true;
    while remaining < subtree.len() {
        let (left, right) = children(subtree);
        match remaining.checked_sub(left.len()) {
            Some(in_right) if in_right > 0 => {
                proof.push(root(left));
                (subtree, remaining, is_known) = (right, in_right, false);
            }
            _ => {
                proof.push(root(right));
                subtree = left;
            }
        }
    }
    if !is_known {
        proof.push(root(subtree));
    }
    proof.reverse();
    Ok(proof)
}

/// Splits more than one leaf at the largest power of two below their number.
fn children(leaves: &[TreeHash]) -> (&[TreeHash], &[TreeHash]) {
    let middle = leaves.len().div_ceil(2).next_power_of_two();
    leaves.split_at_checked(middle).unwrap_or((leaves, &[]))
}

fn size(leaves: &[TreeHash]) -> u64 {
    u64::try_from(leaves.len()).unwrap_or(u64::MAX)
}
