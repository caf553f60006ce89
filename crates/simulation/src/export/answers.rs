//! Builds `resources.json` from the evidence: the answers of read-only calls, by ARN.

use std::collections::{BTreeMap, BTreeSet};

use common::{
    Arn, Observed, ResourceKind, SymptomState,
    context_source::Note,
    evidence::AlarmTransition,
    intent::{IntentSign, SecurityFinding},
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{IncidentFile, Samples, json, unreadable};
use crate::account::APPLICATION_TAG;

#[derive(Debug, Default, Serialize)]
struct Answers {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<Observed>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reads: Vec<Arn>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<SecurityFinding>,
}

pub(super) fn document(file: &IncidentFile, samples: &Samples) -> Value {
    let mut by_arn: BTreeMap<Arn, Answers> = BTreeMap::new();
    let mut notes_of_all = Vec::new();
    for arn in file.incident.resources() {
        by_arn.entry(arn.clone()).or_default();
    }
    for observed in file.observed() {
        if let Some(arn) = state_of(observed) {
            // A model may have looked again, later.
            by_arn.entry(arn.clone()).or_default().state.get_or_insert_with(|| observed.clone());
        }
        match observed {
            // Only what is named anywhere is asked about.
            Observed::Change { change } => drop(by_arn.entry(change.resource.clone()).or_default()),
            Observed::Intent { resource, signs } => {
                let answers = by_arn.entry(resource.clone()).or_default();
                for sign in signs {
                    match sign {
                        IntentSign::Tag { key, value, .. } => {
                            answers.tags.insert(key.clone(), value.clone());
                        }
                        IntentSign::SecurityFinding { finding } => answers.findings.push(finding.clone()),
                        // It is among the changes.
                        IntentSign::Habit { .. } => {}
                    }
                }
            }
            Observed::Reads { function, parameters } => {
                by_arn.entry(function.clone()).or_default().reads.clone_from(parameters);
            }
            Observed::Notes { source, notes } => {
                for note in notes {
                    let written = written(source.as_str(), note);
                    match &note.resource {
                        Some(arn) => by_arn.entry(arn.clone()).or_default().notes.push(written),
                        None => notes_of_all.push(written),
                    }
                }
            }
            _ => {}
        }
    }
    for (arn, name) in tagged(file) {
        by_arn.entry(arn).or_default().tags.insert(APPLICATION_TAG.to_owned(), name);
    }
    let mut unreadable = unreadable::reads(file);
    unreadable.extend(samples.missing.iter().filter_map(|one| one.read).map(str::to_owned));
    unreadable.sort();
    unreadable.dedup();

    let mut all: Map<String, Value> =
        by_arn.into_iter().map(|(arn, answers)| (arn.to_string(), json(&answers))).collect();
    all.insert("symptom".to_owned(), symptom(file));
    all.insert("unreadable".to_owned(), json!(unreadable));
    all.insert("notes".to_owned(), Value::Array(notes_of_all));
    Value::Object(all)
}

const fn state_of(observed: &Observed) -> Option<&Arn> {
    match observed {
        Observed::Parameter { state } => Some(&state.arn),
        Observed::Alias { state } => Some(&state.arn),
        Observed::Instance { state } => Some(&state.arn),
        Observed::Service { state } => Some(&state.arn),
        _ => None,
    }
}

fn symptom(file: &IncidentFile) -> Value {
    let observation = file.observed().find_map(|observed| match observed {
        Observed::Symptom { observation } => Some(observation),
        _ => None,
    });
    let mut symptom = observation.map_or_else(
        || json!({ "state": SymptomState::Unknown, "summary": "it could not be observed" }),
        json,
    );
    let history: Vec<&AlarmTransition> = file
        .observed()
        .filter_map(|observed| match observed {
            Observed::AlarmHistory { transitions } => Some(transitions),
            _ => None,
        })
        .flatten()
        .collect();
    if let Some(members) = symptom.as_object_mut() {
        members.insert("history".to_owned(), json(&history));
    }
    symptom
}

fn written(source: &str, note: &Note) -> Value {
    json!({ "provider": source, "at": note.at, "actor": note.actor, "what": note.what })
}

/// Finds the resources that carry the application's tag. The stored incident lists those of a kind that could be the
/// cause; any other that was measured and is on no path was measured for its tag.
fn tagged(file: &IncidentFile) -> Vec<(Arn, String)> {
    let application = file.observed().find_map(|observed| match observed {
        Observed::Application { name, resources } => Some((name, resources)),
        _ => None,
    });
    let own = file.incident.resources();
    let Some((name, listed)) = application else {
        // It is known by a tag of the event's own, and what else carries it could not be read.
        let name = file.incident.application.iter().filter(|_| file.incident.signal.application.is_none());
        return name.flat_map(|name| own.iter().map(|arn| (arn.clone(), name.clone()))).collect();
    };
    let mut found: BTreeSet<Arn> = listed.iter().cloned().collect();
    let connected: BTreeSet<&Arn> = file
        .observed()
        .filter_map(|observed| match observed {
            Observed::Calls { graph }
            | Observed::EventSources { graph }
            | Observed::Connections { graph } => Some(graph),
            _ => None,
        })
        .flat_map(|graph| graph.nodes.iter().filter_map(|node| node.resource.as_ref()))
        .collect();
    for observed in file.observed() {
        let Observed::Metrics { series, .. } = observed else { continue };
        let measured = series.iter().filter_map(|digest| digest.resource.as_ref());
        let for_its_tag = |arn: &&Arn| is_unlisted(arn) && !connected.contains(arn) && !own.contains(arn);
        found.extend(measured.filter(for_its_tag).cloned());
    }
    // Somebody's tag named the application: the event's own, where nothing else of it can have.
    let is_known = |arn: &Arn| found.contains(arn) || found.contains(&arn.component());
    if file.incident.signal.application.is_none() && !own.iter().any(is_known) {
        found.extend(own.iter().filter(|arn| is_unlisted(arn)).cloned());
    }
    found.into_iter().map(|arn| (arn, name.clone())).collect()
}

fn is_unlisted(arn: &Arn) -> bool {
    arn.kind() == ResourceKind::Other
}
