//! Defines the head of the log, by C2SP's tlog-checkpoint: <https://c2sp.org/tlog-checkpoint>.

use std::{fmt, str::FromStr};

use crate::{InvalidHash, InvalidKeyName, KeyName, TreeHash};

/// A log's name, number of leaves and root. Its text, three lines, is what is signed.
///
/// Stricter than the specification where ours need less: the origin is the name of the key, and there are no extension
/// lines, which it advises against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    pub origin: KeyName,
    /// Leaves.
    pub size: u64,
    pub root: TreeHash,
}

/// Text that is no checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCheckpoint {
    #[error(
        "invalid checkpoint: expected three lines (origin, size, root hash), each with a newline, and found {found:?}"
    )]
    Lines { found: String },
    #[error("invalid origin of a checkpoint")]
    Origin(#[source] InvalidKeyName),
    #[error("invalid size {found:?} of a checkpoint: expected a decimal number without leading zeros")]
    Size { found: String },
    #[error("invalid root hash of a checkpoint")]
    Root(#[source] InvalidHash),
}

impl FromStr for Checkpoint {
    type Err = InvalidCheckpoint;

    fn from_str(text: &str) -> Result<Self, InvalidCheckpoint> {
        let lines: Vec<&str> = text.split('\n').collect();
        let &[origin, size, root, ""] = lines.as_slice() else {
            return Err(InvalidCheckpoint::Lines { found: text.to_owned() });
        };
        Ok(Self {
            origin: origin.parse().map_err(InvalidCheckpoint::Origin)?,
            size: parse_size(size).ok_or_else(|| InvalidCheckpoint::Size { found: size.to_owned() })?,
            root: TreeHash::from_base64(root).map_err(InvalidCheckpoint::Root)?,
        })
    }
}

/// Reads what `u64` writes, and not the `+1` and `01` that it reads too.
fn parse_size(text: &str) -> Option<u64> {
    text.parse().ok().filter(|size: &u64| size.to_string() == text)
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, self.root.to_base64())
    }
}
