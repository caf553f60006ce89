//! `nightshift audit check` checks a proof offline, with nothing but the log's public key.

use std::path::Path;

use common::IncidentId;
use serde::Serialize;
use transparency::{Proof, Proven, VerifierKey};

use crate::{
    Answer,
    arguments::Format,
    failure::{Failure, chain},
};

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Checked {
    holds: bool,
    incident: IncidentId,
    /// Every record up to this one is proven.
    proven_through: Option<u64>,
    not_yet_logged: Option<u64>,
    /// The size and the root of the log, as its head was signed.
    checkpoint: Option<String>,
    problem: Option<String>,
}

pub(super) fn run(file: &Path, key: &VerifierKey, format: Format) -> Result<Answer, Failure> {
    let named = |problem: String| Failure::Input(format!("{}: {problem}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| named(format!("cannot be read: {error}")))?;
    let proof: Proof = serde_json::from_str(&text)
        .map_err(|error| named(format!("not a proof of `nightshift audit prove`: {error}")))?;
    let checked = check(&proof, key);
    let answer = Answer::formatted(format, &checked, || for_people(&checked));
    Ok(Answer { success: checked.holds, ..answer })
}

fn check(proof: &Proof, key: &VerifierKey) -> Checked {
    let checked = proof.check(key);
    let proven = checked.as_ref().ok();
    Checked {
        holds: proven.is_some(),
        incident: proof.incident_id,
        proven_through: proven.map(|proven| proven.through),
        not_yet_logged: proven.map(|proven| proven.not_yet_logged),
        checkpoint: proven
            .map(|Proven { checkpoint, .. }| format!("{}:{}", checkpoint.size, checkpoint.root)),
        problem: checked.err().map(|problem| chain(&problem)),
    }
}

fn for_people(checked: &Checked) -> String {
    let incident = checked.incident;
    if let Some(problem) = &checked.problem {
        return format!("DOES NOT HOLD: incident {incident}: {problem}");
    }
    let (Some(through), Some(checkpoint)) = (checked.proven_through, &checked.checkpoint) else {
        return String::new();
    };
    let later = match checked.not_yet_logged {
        Some(0) | None => String::new(),
        Some(1) => "\nNot proven, because the log had not taken it in: 1 later record".to_owned(),
        Some(later) => format!("\nNot proven, because the log had not taken them in: {later} later records"),
    };
    format!(
        "Holds: incident {incident}, records 1 to {through}, in the log of checkpoint {checkpoint}{later}"
    )
}

#[cfg(test)]
mod tests {
    use common::{AuditRecord, audit::AuditBody};
    use fakes::{FakeLogKey, Faults, sample};
    use transparency::{Leaf, Log, UnsignedBatch, ports::LogKey as _};

    use super::*;

    /// The proof of an incident with three records, of which the log has taken in two, and the log's key.
    async fn proof() -> (Proof, VerifierKey) {
        let signer = FakeLogKey::new(&Faults::default(), 1);
        let key =
            VerifierKey::from_spki("log".parse().unwrap(), &signer.public_key().await.unwrap()).unwrap();
        let id = sample::incident().id;
        let mut records: Vec<AuditRecord> = Vec::new();
        for reason in ["a", "b", "c"] {
            let entry = common::AuditEntry::StartIntended { reason: reason.to_owned() };
            let body = AuditBody { at: sample::at(), incident_id: id, entry, kept_until: None };
            records.push(AuditRecord::following(records.last(), &body));
        }
        let unsigned = UnsignedBatch::following(None, &key, vec![Leaf::new(id, &records[1])]).unwrap();
        let signature = signer.sign(unsigned.text().as_bytes()).await.unwrap();
        let log = Log::verified(vec![unsigned.signed(&key, &signature).unwrap()], &key).unwrap();
        (Proof::of(id, records, &log).unwrap(), key)
    }

    #[tokio::test]
    async fn check_says_what_is_proven_and_what_is_not() {
        let (proof, key) = proof().await;
        let checked = check(&proof, &key);
        assert_eq!((checked.holds, checked.proven_through, checked.not_yet_logged), (true, Some(2), Some(1)));
        let text = for_people(&checked);
        assert!(text.contains("records 1 to 2") && text.contains("1 later record"), "{text}");
    }

    #[tokio::test]
    async fn check_of_an_edited_proof_says_where() {
        let (mut proof, key) = proof().await;
        proof.records[0].body.push(' ');
        let checked = check(&proof, &key);
        assert!(!checked.holds);
        let text = for_people(&checked);
        assert!(text.starts_with("DOES NOT HOLD") && text.contains("record 1 was edited"), "{text}");
    }

    #[test]
    fn run_names_a_file_that_is_no_proof() {
        let key = VerifierKey::new("log".parse().unwrap(), [7; 32]);
        let missing = run(Path::new("no-such-file"), &key, Format::Table).err().unwrap();
        assert!(missing.to_string().starts_with("no-such-file: cannot be read"), "{missing}");
    }
}
