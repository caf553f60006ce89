//! The log of the ledger's chains: what makes the ledger provable to people who do not trust its writer.
//!
//! The audit ledger is one hash chain an incident ([`common::chain`]). Whoever may write the table could replace a
//! whole chain by another that is as intact. So the heads of the chains that grew go into one log, a Merkle tree as
//! that of Certificate Transparency (RFC 9162), whose head is signed. A log with another history has another root, and
//! nobody who kept one [`Checkpoint`] can be shown a later one that does not contain it.
//!
//! - [`Leaf`] is the head of a chain, [`TreeHash`] its hash; [`Frontier`] is all that the log needs to grow.
//! - [`root`], [`inclusion_proof`] and [`consistency_proof`] make what [`verify_inclusion`] and [`verify_consistency`]
//!   verify.
//! - [`Checkpoint`] is the log's head, [`Note`] the head with its signatures, [`VerifierKey`] the public key.
//! - [`Batch`] is how the log is stored, [`Log`] what was verified of it; the [`ports`] are what keeps and signs it.
//! - [`Proof`] puts it all together for one incident, in a JSON document that is checked offline.
//!
//! The forms are those of the Community Cryptography Specification Project (C2SP), so the tools of other logs read
//! them. The crate writes them itself: `signed_note` would bring a second Ed25519, older versions of `sha2` and
//! `base64`, and randomness for keys that here never leave KMS, for the few lines that a strict reader takes. Ed25519
//! is verified by `ring`, which TLS uses already. Nothing here signs, reads a clock or does I/O.
//!
//! ```
//! use common::{AuditRecord, IncidentId, audit::AuditBody};
//! use ring::signature::{Ed25519KeyPair, KeyPair as _};
//! use transparency::{Checkpoint, Frontier, Leaf, Note, Proof, VerifierKey, inclusion_proof};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let incident_id: IncidentId = "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse()?;
//! let body: AuditBody = serde_json::from_str(
//!     r#"{"at": "2026-11-20T03:00:00Z", "incident_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV",
//!         "entry": {"type": "start_intended", "reason": "nothing had started it"}}"#,
//! )?;
//! let record = AuditRecord::following(None, &body);
//!
//! // The log takes the head of the chain in, and has its own head signed. KMS does that; here it is a key in memory.
//! let leaf = Leaf::new(incident_id, &record);
//! let mut frontier = Frontier::default();
//! frontier.append(leaf.tree_hash());
//! let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).map_err(|error| error.to_string())?;
//! let key = VerifierKey::new("example.com/nightshift".parse()?, pair.public_key().as_ref().try_into()?);
//! let checkpoint = Checkpoint { origin: key.name().clone(), size: frontier.size(), root: frontier.root() };
//! let signature = pair.sign(checkpoint.to_string().as_bytes());
//! let note = Note::signed(&checkpoint.to_string(), &key, signature.as_ref())?;
//!
//! // Anybody with the public key can check it.
//! let leaves = [leaf.tree_hash()];
//! let proof = Proof {
//!     incident_id,
//!     records: vec![record],
//!     leaf,
//!     index: 0,
//!     inclusion: inclusion_proof(0, &leaves)?,
//!     checkpoint: note.to_string(),
//! };
//! let proven = proof.check(&key)?;
//! assert_eq!((proven.through, proven.not_yet_logged), (1, 0));
//! # Ok(())
//! # }
//! ```

mod batch;
mod checkpoint;
mod frontier;
mod key_name;
mod leaf;
mod log;
mod note;
pub mod ports;
mod proof;
mod tree;
mod tree_hash;
mod verifier_key;
mod verify;

pub use batch::{Batch, BrokenLog, GrownChain, UnsignedBatch};
pub use checkpoint::{Checkpoint, InvalidCheckpoint};
pub use frontier::{Frontier, InvalidFrontier};
pub use key_name::{InvalidKeyName, KeyName};
pub use leaf::Leaf;
pub use log::Log;
pub use note::{Note, NoteError};
pub use proof::{Proof, ProofError, Proven};
pub use tree::{NotInLog, consistency_proof, inclusion_proof, root};
pub use tree_hash::{InvalidHash, TreeHash};
pub use verifier_key::{InvalidVerifierKey, KeyId, VerifierKey};
pub use verify::{ProofMismatch, verify_consistency, verify_inclusion};
