//! Errors in a recorded incident.

use std::path::{Path, PathBuf};

/// Why a scenario could not be read: one line, the file first.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", file.display())]
pub struct ScenarioError {
    pub file: PathBuf,
    pub problem: Problem,
}

/// One error in the content of one file, with its place there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("cannot be read: {0}")]
    Unreadable(String),
    #[error("invalid JSON: {0}")]
    NotJson(String),
    #[error("line {line}: invalid JSON: {what}")]
    NotJsonLine { line: u64, what: String },
    #[error("{field}: missing")]
    Missing { field: String },
    #[error("{field}: expected {expected}, found {found}")]
    Unexpected { field: String, found: String, expected: &'static str },
    #[error("{field}: expected a time that is not before {other} ({earlier}), found {later}")]
    Reversed { field: String, later: i64, other: &'static str, earlier: i64 },
    #[error("duplicate series id {id}: {first}, and {second}")]
    DuplicateSeries { id: String, first: String, second: String },
    #[error("empty file: expected a header with `time` and one column for each series")]
    EmptyTable,
    #[error("missing column \"time\" in the header")]
    NoTimeColumn,
    #[error("duplicate column {0} in the header")]
    DuplicateColumn(String),
    #[error("the name of column {0} in the header is not UTF-8")]
    HeaderNotText(usize),
    #[error("line {line}: expected {expected} cells, as in the header, found {found}")]
    Ragged { line: u64, found: usize, expected: usize },
    #[error("line {line}, column \"time\": expected Unix seconds, found {found}")]
    BadTime { line: u64, found: String },
    #[error("line {line}, column {column}: expected a number or an empty cell, found {found}")]
    BadCell { line: u64, column: String, found: String },
}

impl Problem {
    pub(crate) fn in_file(self, file: &Path) -> ScenarioError {
        ScenarioError { file: file.to_owned(), problem: self }
    }
}

/// Characters that are quoted of a value that is wrong.
const QUOTED_CHARACTERS: usize = 40;

/// `text` in quotes, on one line, cut where it is long.
pub(crate) fn quoted(text: &str) -> String {
    let mut kept: String = text.chars().take(QUOTED_CHARACTERS).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    format!("{kept:?}")
}
