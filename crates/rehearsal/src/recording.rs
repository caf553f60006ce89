//! A recorded incident, read from its folder.

use std::path::Path;

use common::{Arn, Signal, telemetry::MetricSeries};
use ingest::ParsedEvent;
use jiff::SignedDuration;
use scenario::{Problem, ScenarioError, parse};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    LogLine, Record, RehearsalError, Resources, Scripted,
    document::{json, optional_json},
    model_script,
    telemetry::{self, Graphs},
    trail,
};

/// Everything of one folder but what the truth is.
#[derive(Debug, Clone)]
pub struct Recording {
    pub name: String,
    /// What it is about, for people.
    pub about: String,
    /// What the event was read as.
    pub reading: ParsedEvent,
    /// From the event to the first look.
    pub looked_after: SignedDuration,
    pub resources: Resources,
    /// By time.
    pub lines: Vec<LogLine>,
    pub records: Vec<Record>,
    /// What a model would say; `None`: there is none.
    pub model: Option<Vec<Scripted>>,
    pub(crate) series: Vec<MetricSeries>,
    pub(crate) graphs: Graphs,
}

/// What `scenario.json` says beside what every reader of scenarios takes.
#[derive(Deserialize)]
struct More {
    #[serde(default)]
    about: String,
    #[serde(default = "a_minute")]
    looked_after_seconds: u32,
    /// The series that is the symptom's own and nobody else's; empty where there is none. Unless said, a
    /// series of the symptom's component, metric and statistic is both.
    #[serde(default)]
    symptom_series: Option<String>,
    /// What is configured to lead where and is in no trace: load balancers, rules.
    #[serde(default)]
    connections: Vec<Connection>,
}

#[derive(Deserialize)]
pub(crate) struct Connection {
    pub(crate) caller: Arn,
    pub(crate) callee: Arn,
}

const fn a_minute() -> u32 {
    60
}

impl Recording {
    /// Reads the folder `dir`; `expected.json` least of all.
    pub fn read(dir: &Path) -> Result<Self, RehearsalError> {
        let file = dir.join("scenario.json");
        let of = |problem| ScenarioError { file: file.clone(), problem };
        let bytes = std::fs::read(&file).map_err(|error| of(Problem::Unreadable(error.to_string())))?;
        let document = parse::document(&bytes).map_err(of)?;
        let more: More = json(&file)?;
        Ok(Self {
            reading: reading(dir)?,
            about: more.about,
            looked_after: SignedDuration::from_secs(more.looked_after_seconds.into()),
            resources: Resources::read(&dir.join("resources.json"))?,
            lines: telemetry::lines(&dir.join("logs.ndjson"))?,
            records: trail::records(&dir.join("changes.ndjson"))?,
            model: model_script::read(&dir.join("model.json"))?,
            series: telemetry::series(dir, &document, more.symptom_series.as_deref())?,
            graphs: telemetry::graphs(dir, &document, &more.connections)?,
            name: document.name,
        })
    }

    /// The same incident where no model is to be had.
    #[must_use]
    pub fn without_model(self) -> Self {
        Self { model: None, ..self }
    }
}

/// The event as ingest reads it, or the signal as it was recorded.
fn reading(dir: &Path) -> Result<ParsedEvent, RehearsalError> {
    let (event, signal) = (dir.join("event.json"), dir.join("signal.json"));
    match (optional_json::<Value>(&event)?, optional_json::<Signal>(&signal)?) {
        (Some(value), None) => match ParsedEvent::parse(&value) {
            ParsedEvent::Rejected { reason } => {
                Err(RehearsalError::file(&event, format!("is no event that is understood: {reason}")))
            }
            reading => Ok(reading),
        },
        (None, Some(signal)) => Ok(ParsedEvent::Signal(Box::new(signal))),
        (None, None) => {
            Err(RehearsalError::file(dir, "holds neither event.json nor signal.json: expected one of them"))
        }
        (Some(_), Some(_)) => {
            Err(RehearsalError::file(dir, "holds event.json and signal.json: expected one of them"))
        }
    }
}
