//! Reads `resources.json`: the recorded answers of read-only calls, by ARN.

use std::{collections::BTreeMap, path::Path};

use common::{
    Arn, ContextSource, Observation, Observed, SymptomState, context_source::Note, evidence::AlarmTransition,
    intent::SecurityFinding,
};
use jiff::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{SimulationError, document::json};

/// Everything that the account answers in a simulation.
#[derive(Debug, Clone)]
pub struct Resources {
    pub symptom: Symptom,
    pub by_arn: BTreeMap<Arn, Recorded>,
    /// Notes about no single resource.
    pub notes: Vec<(ContextSource, Note)>,
    /// Reads that fail, by the port and its operation: `Metrics::series`.
    pub unreadable: Vec<String>,
    /// The seconds from a change until `CloudTrail` lists it.
    pub trail_delay_seconds: i64,
}

/// The symptom at the first read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Symptom {
    pub state: SymptomState,
    pub summary: String,
    #[serde(default)]
    pub since: Option<Timestamp>,
    #[serde(default)]
    pub excess: Option<f64>,
    #[serde(default)]
    pub measured_from: Option<Timestamp>,
    /// The alarm's transitions of the day before.
    #[serde(default)]
    pub history: Vec<AlarmTransition>,
}

/// The recorded answers about one resource.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    #[serde(default)]
    pub state: Option<Observed>,
    /// The parameters that the function's environment names.
    #[serde(default)]
    pub reads: Vec<Arn>,
    #[serde(default)]
    pub notes: Vec<WrittenNote>,
    /// Security Hub's open findings about it.
    #[serde(default)]
    pub findings: Vec<SecurityFinding>,
}

/// A note as it is written down: what it is about is said by where it stands.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenNote {
    pub provider: ContextSource,
    #[serde(default)]
    pub at: Option<Timestamp>,
    #[serde(default)]
    pub actor: Option<String>,
    pub what: String,
}

/// The reads that can be said to fail, beside `Providers::` and a provider's name.
pub(crate) const READS: [&str; 17] = [
    "AlarmHistory::transitions",
    "Changes::changes",
    "Changes::changes_of",
    "Changes::target_changes",
    "Logs::lines",
    "Metrics::alias_series",
    "Metrics::series",
    "Modes::effective",
    "Resources::state",
    "SecurityFindings::open_findings",
    "Symptoms::observe",
    "Topology::application_of",
    "Topology::event_sources",
    "Topology::read_by",
    "Topology::resources_of",
    "Topology::tags_of",
    "Traces::calls",
];

/// The name that documents of earlier versions give `Changes::target_changes`.
const FORMER_TARGET_CHANGES: &str = "Changes::pointings";

impl WrittenNote {
    pub(crate) fn about(&self, resource: Option<&Arn>) -> (ContextSource, Note) {
        let Self { provider, at, actor, what } = self.clone();
        (provider, Note { at, resource: resource.cloned(), actor, what })
    }
}

impl Symptom {
    pub(crate) fn observation(&self) -> Observation {
        Observation {
            state: self.state,
            summary: self.summary.clone(),
            since: self.since,
            excess: self.excess,
            measured_from: self.measured_from,
        }
    }
}

impl Resources {
    /// Reads the file strictly: an unknown field is an error.
    pub(crate) fn read(file: &Path) -> Result<Self, SimulationError> {
        let mut members: Map<String, Value> = json(file)?;
        let symptom = take(file, &mut members, "symptom")?
            .ok_or_else(|| SimulationError::file(file, "symptom is missing"))?;
        let mut unreadable: Vec<String> = take(file, &mut members, "unreadable")?.unwrap_or_default();
        for read in unreadable.iter_mut().filter(|read| *read == FORMER_TARGET_CHANGES) {
            "Changes::target_changes".clone_into(read);
        }
        if let Some(unknown) = unreadable.iter().find(|read| !is_read(read)) {
            let problem = format!(
                "unreadable: unknown read {unknown:?}: expected one of {}, or Providers:: and a provider",
                READS.join(", ")
            );
            return Err(SimulationError::file(file, problem));
        }
        let notes: Vec<WrittenNote> = take(file, &mut members, "notes")?.unwrap_or_default();
        let trail_delay_seconds = take(file, &mut members, "trail_delay_seconds")?.unwrap_or_default();
        let by_arn = members
            .into_iter()
            .map(|(key, value)| {
                let arn: Arn = key.parse().map_err(|_| {
                    let expected = "an ARN, symptom, unreadable, notes or trail_delay_seconds";
                    SimulationError::file(file, format!("unknown key {key:?}: expected {expected}"))
                })?;
                Ok((arn, parse(file, &key, value)?))
            })
            .collect::<Result<_, SimulationError>>()?;
        Ok(Self {
            symptom,
            by_arn,
            notes: notes.iter().map(|note| note.about(None)).collect(),
            unreadable,
            trail_delay_seconds,
        })
    }
}

fn is_read(text: &str) -> bool {
    let of_provider = |name| ContextSource::ALL.iter().any(|provider| provider.as_str() == name);
    READS.contains(&text) || text.strip_prefix("Providers::").is_some_and(of_provider)
}

fn take<T: DeserializeOwned>(
    file: &Path,
    members: &mut Map<String, Value>,
    key: &str,
) -> Result<Option<T>, SimulationError> {
    members.remove(key).map(|value| parse(file, key, value)).transpose()
}

fn parse<T: DeserializeOwned>(file: &Path, key: &str, value: Value) -> Result<T, SimulationError> {
    serde_json::from_value(value).map_err(|error| SimulationError::file(file, format!("{key}: {error}")))
}
