//! Defines the hash of a leaf or a node, by RFC 9162, section 2.1.1.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Bytes of a SHA-256 hash.
pub(crate) const HASH_BYTES: usize = 32;
/// What is hashed before a leaf's bytes and before two children, so that no node can pass for a leaf.
const LEAF_PREFIX: &[u8] = &[0];
const NODE_PREFIX: &[u8] = &[1];

/// The SHA-256 hash of a leaf, of a node, or of a whole tree. As text: 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TreeHash([u8; HASH_BYTES]);

/// Text that is not a hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid hash {text:?}: expected {expected}")]
pub struct InvalidHash {
    pub text: String,
    pub expected: &'static str,
}

impl TreeHash {
    /// Returns the root of a tree without leaves: the hash of nothing.
    pub fn of_empty_tree() -> Self {
        Self(Sha256::digest([]).into())
    }

    /// Returns the hash of a leaf that consists of `bytes`: SHA-256 of `0x00 || bytes`.
    pub fn of_leaf(bytes: &[u8]) -> Self {
        Self(Sha256::new().chain_update(LEAF_PREFIX).chain_update(bytes).finalize().into())
    }

    /// Returns the hash of the node above `left` and `right`: SHA-256 of `0x01 || left || right`.
    pub fn of_node(left: Self, right: Self) -> Self {
        Self(
            Sha256::new()
                .chain_update(NODE_PREFIX)
                .chain_update(left.0)
                .chain_update(right.0)
                .finalize()
                .into(),
        )
    }

    /// Reads the standard base64 form, as a checkpoint has it.
    ///
    /// # Errors
    /// Text that is not the one base64 form of 32 bytes.
    pub fn from_base64(text: &str) -> Result<Self, InvalidHash> {
        let bytes = STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| InvalidHash {
            text: text.to_owned(),
            expected: "32 bytes in standard base64 with padding: 44 characters",
        })
    }

    pub fn to_base64(self) -> String {
        STANDARD.encode(self.0)
    }
}

impl fmt::Display for TreeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for TreeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TreeHash {
    type Err = InvalidHash;

    fn from_str(text: &str) -> Result<Self, InvalidHash> {
        let mut bytes = [0; HASH_BYTES];
        let is_read = hex::decode_to_slice(text, &mut bytes).is_ok();
        // One hash has one text, so that comparing text compares hashes.
        if is_read && !text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Ok(Self(bytes))
        } else {
            Err(InvalidHash { text: text.to_owned(), expected: "64 lower-case hexadecimal digits" })
        }
    }
}

impl TryFrom<String> for TreeHash {
    type Error = InvalidHash;

    fn try_from(text: String) -> Result<Self, InvalidHash> {
        text.parse()
    }
}

impl From<TreeHash> for String {
    fn from(hash: TreeHash) -> String {
        hash.to_string()
    }
}
