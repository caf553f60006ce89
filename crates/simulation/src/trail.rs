//! Reads `changes.ndjson`: CloudTrail records, read by the same code as those of a live account.

use std::path::Path;

use common::{Arn, OwnRoles, evidence::Change};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::{SimulationError, document::json_lines};

/// One record, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub at: Timestamp,
    pub text: String,
}

/// The fields without which a record would silently be left out.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequiredFields {
    event_time: Timestamp,
    #[serde(rename = "eventID")]
    _event_id: String,
    #[serde(rename = "eventName")]
    _event_name: String,
    #[serde(rename = "eventSource")]
    _event_source: String,
}

/// In the order of the file. What only read is left out, as the lookup does.
pub(crate) fn records(file: &Path) -> Result<Vec<Record>, SimulationError> {
    let mut records = Vec::new();
    for (line, value) in json_lines::<Value>(file)? {
        let required = RequiredFields::deserialize(&value)
            .map_err(|error| SimulationError::file(file, format!("line {line}: {error}")))?;
        if value.get("readOnly") != Some(&Value::Bool(true)) {
            records.push(Record { at: required.event_time, text: value.to_string() });
        }
    }
    Ok(records)
}

impl Record {
    /// The changes that it tells of `resources`.
    pub(crate) fn changes(&self, resources: &[Arn], own_roles: &OwnRoles) -> Vec<Change> {
        // What was read as JSON is JSON.
        aws::changes::changes_in(&self.text, resources, own_roles).unwrap_or_default()
    }
}
