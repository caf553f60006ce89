//! Keeps of a log only what it needs to grow: the compact range of transparency-dev/merkle.

use serde::{Deserialize, Serialize};

use crate::TreeHash;

/// The roots of the largest full subtrees that a log of `size` leaves consists of, largest first: one for each bit that
/// is set in `size`. Appending a leaf and taking the root cost O(log n) hashes, and no leaf has to be read again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "FrontierData", into = "FrontierData")]
pub struct Frontier {
    size: u64,
    hashes: Vec<TreeHash>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontierData {
    size: u64,
    hashes: Vec<TreeHash>,
}

/// Hashes that no log of this size has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFrontier {
    #[error(
        "a log of {size} leaves has {expected} subtree hashes, one for each bit set in its size, and not {found}"
    )]
    WrongCount { size: u64, expected: u32, found: usize },
    #[error(
        "a log of {size} leaves is larger than this version can append to: expected at most {}",
        Frontier::MAX_SIZE
    )]
    TooLarge { size: u64 },
}

impl Frontier {
    /// Leaves that a stored log may have. A log grows by heads of chains, a few a minute: it never gets there, and a
    /// damaged size shows.
    pub const MAX_SIZE: u64 = u64::MAX >> 1;

    /// A log of `size` leaves whose full subtrees have the roots `hashes`, largest first.
    ///
    /// # Errors
    /// Another number of hashes than a log of this size has, or a size above [`Self::MAX_SIZE`].
    pub fn new(size: u64, hashes: Vec<TreeHash>) -> Result<Self, InvalidFrontier> {
        if size > Self::MAX_SIZE {
            return Err(InvalidFrontier::TooLarge { size });
        }
        let expected = size.count_ones();
        if usize::try_from(expected) != Ok(hashes.len()) {
            return Err(InvalidFrontier::WrongCount { size, expected, found: hashes.len() });
        }
        Ok(Self { size, hashes })
    }

    /// Returns the number of leaves, which is also the index that the next leaf gets.
    pub const fn size(&self) -> u64 {
        self.size
    }

    pub fn append(&mut self, leaf: TreeHash) {
        let mut hash = leaf;
        // Two full subtrees of the same size become one, as a carry does in a sum.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.hashes.pop() {
                hash = TreeHash::of_node(left, hash);
            }
        }
        self.hashes.push(hash);
        self.size = self.size.saturating_add(1);
    }

    /// Returns the head as people keep it: `<leaves>:<root>`.
    pub fn head(&self) -> String {
        format!("{}:{}", self.size, self.root())
    }

    pub fn root(&self) -> TreeHash {
        let smallest_first = self.hashes.iter().rev().copied();
        smallest_first
            .reduce(|right, left| TreeHash::of_node(left, right))
            .unwrap_or_else(TreeHash::of_empty_tree)
    }
}

impl TryFrom<FrontierData> for Frontier {
    type Error = InvalidFrontier;

    fn try_from(FrontierData { size, hashes }: FrontierData) -> Result<Self, InvalidFrontier> {
        Self::new(size, hashes)
    }
}

impl From<Frontier> for FrontierData {
    fn from(Frontier { size, hashes }: Frontier) -> Self {
        Self { size, hashes }
    }
}
