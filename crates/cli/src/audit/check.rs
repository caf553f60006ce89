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
        Some(later) => format!("\nNot proven, because the log had not taken them in: {later} later records"),
    };
    format!(
        "Holds: incident {incident}, records 1 to {through}, in the log of checkpoint {checkpoint}{later}"
    )
}
