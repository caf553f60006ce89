//! What is wrong with a recorded incident.

use std::path::{Path, PathBuf};

/// Why a scenario could not be read: one line, the file first.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", file.display())]
pub struct ScenarioError {
    pub file: PathBuf,
    pub problem: Problem,
}

/// What is wrong with the content of one file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("cannot be read: {0}")]
    Unreadable(String),
    #[error("no JSON document: {0}")]
    NotJson(String),
    #[error("line {line}: no JSON document: {what}")]
    NotJsonLine { line: u64, what: String },
    #[error("{field} is missing")]
    Missing { field: String },
    #[error("{field} is {found}, expected {expected}")]
    Unexpected { field: String, found: String, expected: &'static str },
    #[error("{field} is {later}, which is before {other}: {earlier}")]
    Reversed { field: String, later: i64, other: &'static str, earlier: i64 },
    #[error("series {id} is there twice: {first} and {second}")]
    DuplicateSeries { id: String, first: String, second: String },
    #[error("is empty, expected a header: time, then one column a series")]
    EmptyTable,
    #[error("the header has no column \"time\"")]
    NoTimeColumn,
    #[error("the header has column {0} twice")]
    DuplicateColumn(String),
    #[error("the header's column {0} is not UTF-8")]
    HeaderNotText(usize),
    #[error("line {line} has {found} cells where the header has {expected}")]
    Ragged { line: u64, found: usize, expected: usize },
    #[error("line {line}, column \"time\": {found} is no time in Unix seconds")]
    BadTime { line: u64, found: String },
    #[error("line {line}, column {column}: {found} is no number")]
    BadCell { line: u64, column: String, found: String },
}

impl Problem {
    pub(crate) fn of(self, file: &Path) -> ScenarioError {
        ScenarioError { file: file.to_owned(), problem: self }
    }
}

/// What is quoted of a value that is wrong.
const QUOTED_CHARACTERS: usize = 40;

/// `text` in quotes, on one line, cut where it is long.
pub(crate) fn quoted(text: &str) -> String {
    let mut kept: String = text.chars().take(QUOTED_CHARACTERS).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    format!("{kept:?}")
}
