//! Reads a recorded incident from its folder.

use std::path::Path;

use common::{
    Signal,
    telemetry::{AliasSeries, MetricSeries},
};
use ingest::ParsedEvent;
use jiff::SignedDuration;
use scenario::{Problem, ScenarioError, parse};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    LogLine, Record, Resources, ScriptedAnswer, SimulationError,
    document::{json, optional_json},
    model_script,
    telemetry::{self, Connection, Graphs},
    trail,
};

/// A recorded incident: everything in its folder but the truth.
#[derive(Debug, Clone)]
pub struct Recording {
    pub name: String,
    /// A description for people.
    pub about: String,
    /// The event as ingest read it.
    pub reading: ParsedEvent,
    /// The time from the event to the first read of the account.
    pub looked_after: SignedDuration,
    pub resources: Resources,
    /// By time.
    pub lines: Vec<LogLine>,
    pub records: Vec<Record>,
    /// The recorded answers of a model; `None` where there is none.
    pub model: Option<Vec<ScriptedAnswer>>,
    pub(crate) series: Vec<MetricSeries>,
    pub(crate) alias_series: Vec<AliasSeries>,
    pub(crate) graphs: Graphs,
}

/// The fields of `scenario.json` that only simulations read.
#[derive(Deserialize)]
struct SimulationFields {
    #[serde(default)]
    about: String,
    #[serde(default = "a_minute")]
    looked_after_seconds: u32,
    /// The series that is the symptom's own and nobody else's; empty where there is none. Unless said, a
    /// series of the symptom's component, metric and statistic is both.
    #[serde(default)]
    symptom_series: Option<String>,
    /// Configured connections that no trace shows: of load balancers and rules.
    #[serde(default)]
    connections: Vec<Connection>,
}

const fn a_minute() -> u32 {
    60
}

impl Recording {
    /// Reads the folder `dir`, without `expected.json`.
    pub fn read(dir: &Path) -> Result<Self, SimulationError> {
        let file = dir.join("scenario.json");
        let of = |problem| ScenarioError { file: file.clone(), problem };
        let bytes = std::fs::read(&file).map_err(|error| of(Problem::Unreadable(error.to_string())))?;
        let document = parse::document(&bytes).map_err(of)?;
        let more: SimulationFields = json(&file)?;
        let series = telemetry::series(dir, &document, more.symptom_series.as_deref())?;
        Ok(Self {
            reading: reading(dir)?,
            about: more.about,
            looked_after: SignedDuration::from_secs(more.looked_after_seconds.into()),
            resources: Resources::read(&dir.join("resources.json"))?,
            lines: telemetry::lines(&dir.join("logs.ndjson"))?,
            records: trail::records(&dir.join("changes.ndjson"))?,
            model: model_script::read_model_script(&dir.join("model.json"))?,
            series: series.of_components,
            alias_series: series.of_aliases,
            graphs: telemetry::graphs(dir, &document, &more.connections)?,
            name: document.name,
        })
    }

    /// The same incident without the recorded model.
    #[must_use]
    pub fn without_model(self) -> Self {
        Self { model: None, ..self }
    }
}

/// The event as ingest reads it, or the signal as it was recorded.
fn reading(dir: &Path) -> Result<ParsedEvent, SimulationError> {
    let (event, signal) = (dir.join("event.json"), dir.join("signal.json"));
    match (optional_json::<Value>(&event)?, optional_json::<Signal>(&signal)?) {
        (Some(value), None) => match ParsedEvent::parse(&value) {
            ParsedEvent::Rejected { reason } => Err(SimulationError::file(
                &event,
                format!("not an event that Nightshift understands: {reason}"),
            )),
            ParsedEvent::Signals(signals) => Err(SimulationError::file(
                &event,
                format!("holds {} problems: expected an event that holds one", signals.len()),
            )),
            reading => Ok(reading),
        },
        (None, Some(signal)) => Ok(ParsedEvent::Signal(Box::new(signal))),
        (None, None) => {
            Err(SimulationError::file(dir, "holds neither event.json nor signal.json: expected one of them"))
        }
        (Some(_), Some(_)) => {
            Err(SimulationError::file(dir, "holds event.json and signal.json: expected one of them"))
        }
    }
}
