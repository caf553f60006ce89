//! Exports a live incident as a scenario folder: what is stored of it, with metric samples and log lines that are read
//! anew, all of it masked. Pure but for [`Samples::read`], which reads two ports, and [`claim`] and
//! [`Exported::write`], which write the folder.

mod answers;
mod changes;
mod document;
mod file;
mod folder;
mod mask;
mod samples;
mod truth;
mod unreadable;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use common::{EventId, Fingerprint, Signal};
use serde::Serialize;
use serde_json::Value;

use self::mask::Mask;
pub use self::{
    file::IncidentFile,
    folder::claim,
    samples::{Missing, Samples},
};
use crate::SimulationError;

/// The files of the scenario, masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// By name.
    pub files: BTreeMap<&'static str, String>,
    /// The number of replacements by kind.
    pub masked: BTreeMap<&'static str, u32>,
}

/// The content of `expected.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// No such file: people write it.
    Open,
    /// Nightshift's diagnosis, for people to check.
    AsDiagnosed,
}

/// The files of a scenario called `name`.
pub fn export(file: &IncidentFile, samples: &Samples, name: &str, truth: Truth) -> Exported {
    let mut mask = Mask::new(&file.own_roles);
    // The incident's own account is the one that every reader of documentation knows.
    mask.text(&file.incident.signal.account, false);
    let file = &with_names_of_nobody(file, &mut mask);
    let mut files = BTreeMap::new();

    files.insert("signal.json", pretty(&mask.document(json(&signal(&file.incident.signal)))));
    files.insert("resources.json", pretty(&mask.document(answers::document(file, samples))));
    files.insert("scenario.json", pretty(&mask.document(document::document(file, samples, name))));
    files.insert("metrics.csv", document::table(samples, &mut mask));
    let records = changes::records(file).into_iter().map(|record| mask.document(record));
    files.insert("changes.ndjson", lines(records));
    let logged = samples.lines.iter().map(document::line).map(|line| mask.document(line));
    files.insert("logs.ndjson", lines(logged));
    if let Some(truth) = truth::expected(file).filter(|_| truth == Truth::AsDiagnosed) {
        files.insert("expected.json", pretty(&mask.document(truth)));
    }
    // Of which there is nothing, there is no file.
    files.retain(|_, text| !text.is_empty());
    Exported { files, masked: mask.found() }
}

impl Exported {
    /// Writes every file into `dir`, which is made where it is not there and must be empty.
    pub fn write(&self, dir: &Path) -> Result<(), SimulationError> {
        folder::write(dir, &self.files)
    }
}

/// Ids that others could look up, or could guess an account from, say nothing any more.
fn signal(signal: &Signal) -> Signal {
    let event_id = EventId::from_content(signal.event_id.as_str());
    let fingerprint = Fingerprint::from_parts(&["exported", event_id.as_str()]);
    Signal { event_id, fingerprint, ..signal.clone() }
}

/// The same file with actors replaced that have no ARN, and the names of all in what is said beside it.
fn with_names_of_nobody(file: &IncidentFile, mask: &mut Mask) -> IncidentFile {
    use common::Observed::{AlarmHistory, Change, Notes, Parameter, Symptom};
    let mut file = file.clone();
    let parts: BTreeSet<String> =
        file.resources().iter().flat_map(|arn| [arn.name(), arn.component().name()]).collect();
    for evidence in &mut file.evidence {
        match &mut evidence.observed {
            Change { change } => change.actor = mask.names.actor(&change.actor),
            Parameter { state } => state.modified_by = mask.names.actor(&state.modified_by),
            Notes { notes, .. } => {
                for note in notes {
                    note.actor = note.actor.as_ref().map(|actor| mask.names.actor(actor));
                }
            }
            _ => {}
        }
    }
    let signal = &mut file.incident.signal;
    let mut said: Vec<&mut String> = signal.labels.values_mut().chain([&mut signal.title]).collect();
    for evidence in &mut file.evidence {
        match &mut evidence.observed {
            Notes { notes, .. } => said.extend(notes.iter_mut().map(|note| &mut note.what)),
            Symptom { observation } => said.push(&mut observation.summary),
            AlarmHistory { transitions } => said.extend(transitions.iter_mut().map(|one| &mut one.summary)),
            _ => {}
        }
    }
    for text in said {
        *text = mask.names.in_prose(text, &parts);
    }
    file
}

/// Plain data always has a JSON form.
fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).map(|text| text + "\n").unwrap_or_default()
}

fn lines(values: impl Iterator<Item = Value>) -> String {
    values.map(|value| value.to_string() + "\n").collect()
}

#[cfg(test)]
mod tests;
