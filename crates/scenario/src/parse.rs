//! Parses the content of each file from its bytes: no file is opened here, whatever the bytes say.

use rca::{Call, Change, LogWindow};

use crate::{Problem, changes as changes_of, document, lists, logs as logs_of, table as table_of};
pub use crate::{
    document::{Document, InlineOrFile, Window},
    lists::NamedSeries,
    table::{Column, Fault, Table},
};

/// `scenario.json`.
pub fn document(bytes: &[u8]) -> Result<Document, Problem> {
    document::parse(bytes)
}

/// The file that `series` names.
pub fn series(bytes: &[u8]) -> Result<Vec<NamedSeries>, Problem> {
    lists::parse_series(bytes)
}

/// The file that `topology` names; it may hold null.
pub fn calls(bytes: &[u8]) -> Result<Option<Vec<Call>>, Problem> {
    lists::parse_calls(bytes)
}

/// A file of metrics.
pub fn table(bytes: &[u8]) -> Result<Table, Problem> {
    table_of::parse(bytes)
}

/// `logs.ndjson`.
pub fn logs(bytes: &[u8], baseline: &Window, incident: &Window) -> Result<Vec<LogWindow>, Problem> {
    logs_of::parse(bytes, baseline, incident)
}

/// `changes.ndjson`.
pub fn changes(bytes: &[u8]) -> Result<Vec<Change>, Problem> {
    changes_of::parse(bytes)
}
