//! Defines the public key that checkpoints are verified with, by C2SP's signed-note.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::signature::{ED25519, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};

use crate::{InvalidKeyName, KeyName};

/// Bytes of an Ed25519 public key.
const KEY_BYTES: usize = 32;
/// The signature type of Ed25519 in a note.
const ED25519_TYPE: u8 = 1;
/// All that stands before the 32 bytes of an Ed25519 key in its DER `SubjectPublicKeyInfo` (RFC 8410). DER has one form
/// for it, so comparing bytes is parsing.
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The first four bytes of a key's hash: which of the keys of a name signed. It only saves trying the others, and
/// proves nothing. As text: 8 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyId([u8; Self::BYTES]);

/// An Ed25519 public key with the name that it signs by.
///
/// Its text is `<name>+<key id>+<base64 of 0x01 and the key>`, which fits on a line of an e-mail. Whoever checks proofs
/// needs it from somewhere that Nightshift cannot write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: KeyName,
    id: KeyId,
    public: [u8; KEY_BYTES],
}

/// Text or bytes that are no verifier key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidVerifierKey {
    #[error("invalid verifier key: it has {parts} of the three parts <name>+<key id>+<key>")]
    Parts { parts: usize },
    #[error("invalid verifier key")]
    Name(#[source] InvalidKeyName),
    #[error(
        "invalid verifier key of {name}: after the second + are expected 44 characters of base64, of the byte 1 \
         (Ed25519) and the 32 of the key"
    )]
    Key { name: KeyName },
    #[error("invalid verifier key of {name}: it has the key id {found:?}, and name and key give {expected}")]
    Id { name: KeyName, found: String, expected: KeyId },
    #[error(
        "invalid public key of {name}: expected the 44 bytes of an Ed25519 key in DER (SubjectPublicKeyInfo), as KMS \
         has them for the key spec ECC_NIST_EDWARDS25519, and found {found} other bytes"
    )]
    Der { name: KeyName, found: usize },
}

impl KeyId {
    pub(crate) const BYTES: usize = 4;

    pub(crate) const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn to_bytes(self) -> [u8; Self::BYTES] {
        self.0
    }
}

impl VerifierKey {
    /// The key with these 32 bytes (RFC 8032), which signs as `name`.
    pub fn new(name: KeyName, public: [u8; KEY_BYTES]) -> Self {
        let hash = Sha256::new()
            .chain_update(name.as_str())
            .chain_update(b"\n")
            .chain_update([ED25519_TYPE])
            .chain_update(public)
            .finalize();
        let [a, b, c, d, ..]: [u8; 32] = hash.into();
        Self { name, id: KeyId([a, b, c, d]), public }
    }

    /// Reads a DER `SubjectPublicKeyInfo`, which is what `kms:GetPublicKey` returns.
    ///
    /// # Errors
    /// Bytes that are not an Ed25519 key in DER.
    pub fn from_spki(name: KeyName, der: &[u8]) -> Result<Self, InvalidVerifierKey> {
        match der.strip_prefix(&SPKI_PREFIX).map(<[u8; KEY_BYTES]>::try_from) {
            Some(Ok(public)) => Ok(Self::new(name, public)),
            _ => Err(InvalidVerifierKey::Der { name, found: der.len() }),
        }
    }

    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Returns true if `signature` is this key's Ed25519 signature of `message`.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.public).verify(message, signature).is_ok()
    }
}

impl FromStr for VerifierKey {
    type Err = InvalidVerifierKey;

    fn from_str(text: &str) -> Result<Self, InvalidVerifierKey> {
        // Base64 has a `+` of its own.
        let parts: Vec<&str> = text.splitn(3, '+').collect();
        let &[name, id, key] = parts.as_slice() else {
            return Err(InvalidVerifierKey::Parts { parts: parts.len() });
        };
        let name: KeyName = name.parse().map_err(InvalidVerifierKey::Name)?;
        let bytes = STANDARD.decode(key).unwrap_or_default();
        let Some(Ok(public)) = bytes.strip_prefix(&[ED25519_TYPE]).map(<[u8; KEY_BYTES]>::try_from) else {
            return Err(InvalidVerifierKey::Key { name });
        };
        let read = Self::new(name, public);
        if read.id.to_string() == id {
            Ok(read)
        } else {
            Err(InvalidVerifierKey::Id { name: read.name, found: id.to_owned(), expected: read.id })
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![ED25519_TYPE];
        bytes.extend(self.public);
        write!(f, "{}+{}+{}", self.name, self.id, STANDARD.encode(bytes))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
