//! Defines the name of a key that signs notes.

use std::{fmt, str::FromStr};

/// The name of a signing key, and the origin of the log that it signs: `example.com/nightshift`. C2SP recommends a URL
/// without its scheme, in which no other log has a part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

/// Text that cannot name a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "invalid key name {text:?}: expected some text without spaces, control characters and `+`, as example.com/log"
)]
pub struct InvalidKeyName {
    pub text: String,
}

impl KeyName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyName {
    type Err = InvalidKeyName;

    fn from_str(text: &str) -> Result<Self, InvalidKeyName> {
        let is_forbidden = |c: char| c == '+' || c < ' ' || c.is_whitespace();
        if text.is_empty() || text.contains(is_forbidden) {
            return Err(InvalidKeyName { text: text.to_owned() });
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
