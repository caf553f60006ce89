//! Parses `scenario.json`.

use jiff::Timestamp;
use rca::{Call, Symptom};
use serde_json::Value;

use crate::{
    error::Problem,
    field::{Field, json},
    lists::{self, NamedSeries},
};

/// The one version that there is.
const SCHEMA_VERSION: i64 = 1;

/// The content of `scenario.json`.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub name: String,
    pub symptom: Symptom,
    pub series: InlineOrFile<Vec<NamedSeries>>,
    /// `None`: nobody knows who calls whom.
    pub topology: Option<InlineOrFile<Vec<Call>>>,
    pub baseline: Window,
    pub incident: Window,
}

/// A list that is written out, or the file that has it, as it is named.
#[derive(Debug, Clone, PartialEq)]
pub enum InlineOrFile<T> {
    Inline(T),
    File(String),
}

/// A part of a file, both ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    pub file: String,
    /// Unix seconds.
    pub from: i64,
    pub to: i64,
}

impl Window {
    pub(crate) const fn includes(&self, time: i64) -> bool {
        self.from <= time && time <= self.to
    }
}

pub(crate) fn parse(bytes: &[u8]) -> Result<Document, Problem> {
    let value = json(bytes)?;
    if !value.is_object() {
        return Err(Field::root("the document", &value).unexpected("an object"));
    }
    let root = Field::root("", &value);
    let version = root.member("schema_version")?;
    if version.value().as_i64() != Some(SCHEMA_VERSION) {
        return Err(version.unexpected("1, the only version there is"));
    }
    let metrics = root.member("metrics")?;
    let series = root.member("series")?;
    Ok(Document {
        name: root.member("name")?.text()?.to_owned(),
        symptom: symptom(&root.member("symptom")?)?,
        series: match series.value() {
            Value::String(path) => InlineOrFile::File(path.clone()),
            Value::Array(_) => InlineOrFile::Inline(lists::series(&series)?),
            _ => return Err(series.unexpected("a list, or the path of a file that holds one")),
        },
        topology: match root.optional("topology")? {
            None => None,
            Some(topology) => Some(match topology.value() {
                Value::String(path) => InlineOrFile::File(path.clone()),
                Value::Array(_) => InlineOrFile::Inline(lists::calls(&topology)?),
                _ => return Err(topology.unexpected("a list, the path of a file that holds one, or null")),
            }),
        },
        baseline: window(&metrics, "baseline", "metrics.baseline.from")?,
        incident: window(&metrics, "incident", "metrics.incident.from")?,
    })
}

fn symptom(field: &Field<'_>) -> Result<Symptom, Problem> {
    let detected_at = field.optional("detected_at")?.map(|at| {
        let parsed = at.text()?.parse::<Timestamp>();
        parsed.map_err(|_| at.unexpected("a time like 2026-11-20T03:00:00Z"))
    });
    Ok(Symptom {
        component: field.member("component")?.text()?.to_owned(),
        metric: field.member("metric")?.text()?.to_owned(),
        statistic: lists::statistic(field)?,
        detected_at: detected_at.transpose()?,
    })
}

fn window(metrics: &Field<'_>, side: &str, from_path: &'static str) -> Result<Window, Problem> {
    let field = metrics.member(side)?;
    let file = field.member("file")?.text()?.to_owned();
    let (from, to) = (field.member("from")?.unix_seconds()?, field.member("to")?.unix_seconds()?);
    if from > to {
        let field = format!("metrics.{side}.to");
        return Err(Problem::Reversed { field, later: to, other: from_path, earlier: from });
    }
    Ok(Window { file, from, to })
}
