//! Reads, writes and verifies signed notes, by C2SP's signed-note: <https://c2sp.org/signed-note>.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{InvalidKeyName, KeyName, VerifierKey, verifier_key::KeyId};

/// What a signature line begins with: an em dash and a space.
const LINE_START: &str = "— ";
/// Signatures that a note may have. The specification asks for 16 at least; Go's reader takes as many as this.
const MAX_SIGNATURES: usize = 100;

/// A text with the signatures that it came with. They are not verified yet, so only [`Self::verified_text`] gives the
/// text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// One line below the text. What its bytes mean depends on the key, so those of a key that we do not know are kept as
/// they are.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Signature {
    name: KeyName,
    key: KeyId,
    bytes: Vec<u8>,
}

/// Text that is no signed note, or a note that the key did not sign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    #[error("invalid note: expected a text, an empty line, and signature lines; there is no empty line")]
    NoEmptyLine,
    #[error("invalid note: expected a newline at the end of its text and of every signature line")]
    NoNewline,
    #[error("invalid note: expected no control character but newlines, and found {found:?}")]
    ControlCharacter { found: char },
    #[error("invalid note: it has {found} signatures, and expected are 1 to {MAX_SIGNATURES}")]
    SignatureCount { found: usize },
    #[error(
        "invalid signature line {line:?}: expected an em dash, a space, the key's name, a space, and base64"
    )]
    SignatureLine { line: String },
    #[error("invalid signature line {line:?}")]
    SignatureName {
        line: String,
        #[source]
        source: InvalidKeyName,
    },
    #[error(
        "invalid signature line {line:?}: expected more than the key id's 4 bytes in standard base64 with padding"
    )]
    SignatureBytes { line: String },
    #[error("{name} with the key id {id} did not sign the note: the signatures are by {}", .found.join(", "))]
    NotSigned { name: KeyName, id: KeyId, found: Vec<String> },
    #[error(
        "the signature by {name} with the key id {id} is wrong: another text was signed, or with another key"
    )]
    WrongSignature { name: KeyName, id: KeyId },
}

impl Note {
    /// The note that consists of `text` and the Ed25519 signature of it by `key`.
    ///
    /// # Errors
    /// A text that no note may have, or a signature that does not hold: no note leaves this function that its own key
    /// does not verify.
    pub fn signed(text: &str, key: &VerifierKey, signature: &[u8]) -> Result<Self, NoteError> {
        check_text(text)?;
        let signature = Signature { name: key.name().clone(), key: key.id(), bytes: signature.to_vec() };
        let note = Self { text: text.to_owned(), signatures: vec![signature] };
        note.verified_text(key)?;
        Ok(note)
    }

    /// Returns the text, if `key` signed it. Signatures of other keys are ignored.
    ///
    /// # Errors
    /// `key` did not sign, or one of the signatures in its name does not hold.
    pub fn verified_text(&self, key: &VerifierKey) -> Result<&str, NoteError> {
        let (name, id) = (key.name(), key.id());
        let mut by_key = self.signatures.iter().filter(|one| one.name == *name && one.key == id).peekable();
        if by_key.peek().is_none() {
            let found = self.signatures.iter().map(|one| format!("{} ({})", one.name, one.key)).collect();
            return Err(NoteError::NotSigned { name: name.clone(), id, found });
        }
        if by_key.all(|one| key.verifies(self.text.as_bytes(), &one.bytes)) {
            Ok(&self.text)
        } else {
            Err(NoteError::WrongSignature { name: name.clone(), id })
        }
    }
}

impl FromStr for Note {
    type Err = NoteError;

    fn from_str(note: &str) -> Result<Self, NoteError> {
        // Signature lines are not empty, so the last empty line is the one before them.
        let (text, signatures) = note.rsplit_once("\n\n").ok_or(NoteError::NoEmptyLine)?;
        let text = format!("{text}\n");
        check_text(&text)?;
        if signatures.is_empty() {
            return Err(NoteError::SignatureCount { found: 0 });
        }
        let lines: Vec<&str> =
            signatures.strip_suffix('\n').ok_or(NoteError::NoNewline)?.split('\n').collect();
        if lines.len() > MAX_SIGNATURES {
            return Err(NoteError::SignatureCount { found: lines.len() });
        }
        let signatures = lines.into_iter().map(Signature::from_str).collect::<Result<_, _>>()?;
        Ok(Self { text, signatures })
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl FromStr for Signature {
    type Err = NoteError;

    fn from_str(line: &str) -> Result<Self, NoteError> {
        let parts = line.strip_prefix(LINE_START).and_then(|rest| rest.split_once(' '));
        let (name, bytes) = parts.ok_or_else(|| NoteError::SignatureLine { line: line.to_owned() })?;
        let name =
            name.parse().map_err(|source| NoteError::SignatureName { line: line.to_owned(), source })?;
        let bytes = STANDARD.decode(bytes).unwrap_or_default();
        match bytes.split_first_chunk::<{ KeyId::BYTES }>() {
            Some((key, bytes)) if !bytes.is_empty() => {
                Ok(Self { name, key: KeyId::from_bytes(*key), bytes: bytes.to_vec() })
            }
            _ => Err(NoteError::SignatureBytes { line: line.to_owned() }),
        }
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.key.to_bytes().as_slice(), self.bytes.as_slice()].concat();
        write!(f, "{LINE_START}{} {}", self.name, STANDARD.encode(bytes))
    }
}

fn check_text(text: &str) -> Result<(), NoteError> {
    if !text.ends_with('\n') {
        return Err(NoteError::NoNewline);
    }
    match text.chars().find(|c| *c < ' ' && *c != '\n') {
        Some(found) => Err(NoteError::ControlCharacter { found }),
        None => Ok(()),
    }
}
