//! Ties what people are shown of a diagnosis to its record in the ledger, by a hash.

use crate::{AuditEntry, Diagnosis, Evidence, sha256_hex};

/// Returns the SHA-256 of a diagnosis and of the evidence that it names, as stored: of the JSON array of both, the evidence by
/// id. `evidence` may hold more.
///
/// A field that a later version adds to either must not be written where it says nothing: what was stored before it keeps
/// its hash.
pub fn file_digest(diagnosis: &Diagnosis, evidence: &[Evidence]) -> String {
    let mut named: Vec<&Evidence> =
        evidence.iter().filter(|evidence| diagnosis.evidence.contains(&evidence.id)).collect();
    named.sort_by(|one, other| one.id.as_str().cmp(other.id.as_str()));
    // Plain data always has a JSON form.
    sha256_hex(serde_json::to_vec(&(diagnosis, named)).unwrap_or_default())
}

/// Returns true if a record of the diagnosis among `entries` has the hash of `diagnosis` and `evidence`, or if none has a
/// hash: records of the first version do not. Two invocations at once may have recorded it twice.
pub fn is_as_recorded(entries: &[AuditEntry], diagnosis: &Diagnosis, evidence: &[Evidence]) -> bool {
    let mut recorded = entries.iter().filter_map(|entry| match entry {
        AuditEntry::Diagnosed { attempt, file_digest, .. } if *attempt == diagnosis.attempt => {
            file_digest.as_ref()
        }
        _ => None,
    });
    let Some(first) = recorded.next() else { return true };
    let digest = file_digest(diagnosis, evidence);
    *first == digest || recorded.any(|other| *other == digest)
}
