//! The document that proves one incident, and every edit of it.

use common::{AuditEntry, AuditRecord, IncidentId, audit::AuditBody, chain::BrokenChain};
use proptest::{prelude::*, sample::Index};
use serde_json::Value;
use transparency::{Leaf, Proof, ProofError, TreeHash, VerifierKey, inclusion_proof, root};

use crate::sample::{NAME, Signer, checkpoint, leaves};

/// Written without this crate: hashed by another implementation, and signed by a KMS key of the local AWS.
const GOLDEN: &str = include_str!("golden/proof.json");
/// What `kms:GetPublicKey` said of that key, and the text that its name and these bytes make by the specification.
const GOLDEN_KEY_DER: &str =
    "302a300506032b657003210040cc67b4b518c84f2660fabb36e2c4911c1dda0da68da425a82c3d64c8c81af8";
const GOLDEN_KEY: &str =
    "nightshift.example.com/123456789012/eu-west-1+44ed2e80+AUDMZ7S1GMhPJmD6uzbixJEcHdoNpo2kJagsPWTIyBr4";
const INCIDENT: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const OTHER: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAW";

fn chain(incident_id: &str, records: u64) -> Vec<AuditRecord> {
    let mut chain: Vec<AuditRecord> = Vec::new();
    for number in 0..records {
        let body = AuditBody {
            at: "2026-11-20T03:00:00Z".parse().unwrap(),
            incident_id: incident_id.parse().unwrap(),
            entry: AuditEntry::StartIntended { reason: format!("reason {number}") },
            kept_until: None,
        };
        chain.push(AuditRecord::following(chain.last(), &body));
    }
    chain
}

fn incident(id: &str) -> IncidentId {
    id.parse().unwrap()
}

fn signer() -> Signer {
    Signer::new(NAME, 1)
}

/// The proof of `records`, of which the log knows the first `logged`, in a log with `before` and `after` other leaves.
fn proof_of(records: Vec<AuditRecord>, logged: usize, before: usize, after: usize) -> Proof {
    let leaf = Leaf::new(incident(INCIDENT), &records[logged - 1]);
    let mut all = leaves(before + after);
    all.insert(before, leaf.tree_hash());
    let index = u64::try_from(before).unwrap();
    let head = checkpoint(u64::try_from(all.len()).unwrap(), root(&all));
    Proof {
        incident_id: incident(INCIDENT),
        records,
        leaf,
        index,
        inclusion: inclusion_proof(index, &all).unwrap(),
        checkpoint: signer().sign(&head.to_string()).to_string(),
    }
}

fn error(proof: &Proof) -> ProofError {
    proof.check(&signer().key).unwrap_err()
}

/// All places of a JSON document that hold text or a number, as pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| places(value, &format!("{at}/{name}"), found));
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, value)| places(value, &format!("{at}/{index}"), found));
        }
        _ => found.push(at.to_owned()),
    }
}

/// Another value of the same type.
fn edited(value: &Value, at: Index, letter: char, number: u64) -> Value {
    match value {
        Value::String(text) => {
            let mut letters: Vec<char> = text.chars().collect();
            let place = at.index(letters.len());
            letters[place] = letter;
            Value::String(letters.into_iter().collect())
        }
        _ => number.into(),
    }
}

#[test]
fn leaf_is_hashed_as_its_one_line_of_text() {
    let records = chain(INCIDENT, 2);
    let leaf = Leaf::new(incident(INCIDENT), &records[1]);
    let line = format!("\0{INCIDENT} 2 {}\n", records[1].hash);
    assert_eq!(leaf.tree_hash().to_string(), common::sha256_hex(line));
}

/// The form that people keep: a change of it would make their documents unreadable.
#[test]
fn check_golden_document_is_proven_and_is_written_the_same() {
    let proof: Proof = serde_json::from_str(GOLDEN).unwrap();
    assert_eq!(format!("{}\n", serde_json::to_string_pretty(&proof).unwrap()), GOLDEN);
    let key: VerifierKey = GOLDEN_KEY.parse().unwrap();
    assert_eq!(
        VerifierKey::from_spki(key.name().clone(), &hex::decode(GOLDEN_KEY_DER).unwrap()),
        Ok(key.clone())
    );
    let proven = proof.check(&key).unwrap();
    assert_eq!((proven.through, proven.not_yet_logged, proven.checkpoint.size), (2, 1, 5));
}

#[test]
fn check_intact_proof_says_how_far_the_log_knows_the_incident() {
    let proven = proof_of(chain(INCIDENT, 5), 3, 4, 6).check(&signer().key).unwrap();
    assert_eq!((proven.through, proven.not_yet_logged, proven.checkpoint.size), (3, 2, 11));
}

#[test]
fn check_records_of_a_later_version_are_proven_too() {
    let body =
        format!(r#"{{"at":"2027-01-01T00:00:00Z","incident_id":"{INCIDENT}","entry":{{"type":"new"}}}}"#);
    let mut record = chain(INCIDENT, 1).remove(0);
    record.hash = common::sha256_hex(format!("1\n{}\n{body}", record.previous));
    record.body = body;
    assert_eq!(proof_of(vec![record], 1, 0, 0).check(&signer().key).unwrap().through, 1);
}

/// Who can write the table can write an intact chain; the log says that it was another one.
#[test]
fn check_replaced_chain_is_refused() {
    let mut proof = proof_of(chain(INCIDENT, 4), 3, 2, 2);
    let mut rewritten = chain(INCIDENT, 1);
    for reason in ["a", "b", "c"] {
        let mut body = rewritten[0].parse_body().unwrap();
        body.entry = AuditEntry::StartIntended { reason: reason.into() };
        rewritten.push(AuditRecord::following(rewritten.last(), &body));
    }
    proof.records = rewritten;
    assert!(matches!(error(&proof), ProofError::Replaced { sequence: 3, .. }));
    // With the leaf to match, it is one that the log does not have.
    proof.leaf = Leaf::new(proof.incident_id, &proof.records[2]);
    assert!(matches!(error(&proof), ProofError::NotIncluded { index: 2, .. }));
}

#[test]
fn check_chain_without_its_beginning_or_its_middle_is_refused() {
    for missing in [0, 1] {
        let mut proof = proof_of(chain(INCIDENT, 4), 3, 2, 2);
        proof.records.remove(missing);
        assert!(matches!(error(&proof), ProofError::Chain { source: BrokenChain::Gap { .. }, .. }));
    }
}

#[test]
fn check_missing_end_shows_only_up_to_what_the_log_has() {
    let mut proof = proof_of(chain(INCIDENT, 4), 3, 2, 2);
    proof.records.pop();
    assert_eq!(proof.check(&signer().key).unwrap().not_yet_logged, 0);
    proof.records.pop();
    assert!(matches!(error(&proof), ProofError::MissingRecords { sequence: 3, last: 2 }));
    proof.records.clear();
    assert!(matches!(error(&proof), ProofError::NoRecords));
}

#[test]
fn check_records_or_leaf_of_another_incident_are_refused() {
    let proof = proof_of(chain(OTHER, 2), 2, 1, 1);
    assert!(
        matches!(error(&proof), ProofError::RecordOfOther { sequence: 1, found, .. } if found == incident(OTHER))
    );
    let mut proof = proof_of(chain(INCIDENT, 2), 2, 1, 1);
    proof.leaf.incident_id = incident(OTHER);
    assert!(matches!(error(&proof), ProofError::LeafOfOther { found, .. } if found == incident(OTHER)));
}

#[test]
fn check_checkpoint_of_another_key_or_log_is_refused() {
    let proof = proof_of(chain(INCIDENT, 2), 2, 1, 1);
    let same_name = Signer::new(NAME, 2);
    assert!(matches!(proof.check(&same_name.key), Err(ProofError::Signature(_))));
    // The key signs for a log that is not the one it is named for.
    let other_log = Signer::new("example.com/other", 1);
    let mut proof = proof;
    let text = checkpoint(3, TreeHash::of_empty_tree()).to_string();
    proof.checkpoint = other_log.sign(&text).to_string();
    assert!(matches!(proof.check(&other_log.key), Err(ProofError::OtherLog { .. })));
    proof.checkpoint = signer().sign("no checkpoint\n").to_string();
    assert!(matches!(error(&proof), ProofError::Checkpoint(_)));
}

proptest! {
    #[test]
    fn check_any_log_and_chain_is_proven_and_reads_back(
        records in 1_u64..6, at: Index, before in 0_usize..20, after in 0_usize..20,
    ) {
        let logged = at.index(usize::try_from(records).unwrap()) + 1;
        let proof = proof_of(chain(INCIDENT, records), logged, before, after);
        let text = serde_json::to_string(&proof).unwrap();
        let read: Proof = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&read, &proof);
        let proven = read.check(&signer().key).unwrap();
        prop_assert_eq!(proven.through, u64::try_from(logged).unwrap());
        prop_assert_eq!(proven.through + proven.not_yet_logged, records);
    }

    #[test]
    fn check_any_edit_of_any_field_is_refused(
        records in 1_u64..4, logged: Index, before in 0_usize..6, after in 0_usize..6,
        place: Index, at: Index, letter in prop_oneof![any::<char>(), prop::char::range('0', 'z')],
        number in prop_oneof![any::<u64>(), 0_u64..8],
    ) {
        let logged = logged.index(usize::try_from(records).unwrap()) + 1;
        let proof = proof_of(chain(INCIDENT, records), logged, before, after);
        let mut document = serde_json::to_value(&proof).unwrap();
        let mut found = Vec::new();
        places(&document, "", &mut found);
        let field = document.pointer_mut(&found[place.index(found.len())]).unwrap();
        *field = edited(field, at, letter, number);
        if let Ok(edited) = serde_json::from_value::<Proof>(document) {
            // An incident's id is the same in small letters.
            prop_assume!(edited != proof);
            prop_assert!(edited.check(&signer().key).is_err());
        }
    }

    #[test]
    fn check_any_hash_left_out_added_or_moved_is_refused(
        before in 0_usize..9, after in 0_usize..9, at: Index, to: Index, how in 0..3,
    ) {
        let mut proof = proof_of(chain(INCIDENT, 2), 2, before, after);
        prop_assume!(!proof.inclusion.is_empty());
        let (at, to) = (at.index(proof.inclusion.len()), to.index(proof.inclusion.len()));
        match how {
            0 => drop(proof.inclusion.remove(at)),
            1 => proof.inclusion.insert(at, proof.inclusion[to]),
            _ => {
                prop_assume!(at != to);
                proof.inclusion.swap(at, to);
            }
        }
        prop_assert!(matches!(error(&proof), ProofError::NotIncluded { .. }), "not refused");
    }
}
