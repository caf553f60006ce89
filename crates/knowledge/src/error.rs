//! Errors in a runbook.

/// One thing that is wrong: one line, the file first, then the field, section or line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{file}: {place}: {what}")]
pub struct RunbookError {
    pub file: String,
    /// `services`, `line 12`, `## How to confirm`, `the file`.
    pub place: String,
    /// The error, with what was found and what was expected.
    pub what: String,
}

/// The place and the words of an error, before the file is known.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) place: String,
    pub(crate) what: String,
}

impl Problem {
    pub(crate) fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }

    pub(crate) fn at_line(line: usize, what: impl Into<String>) -> Self {
        Self::new(format!("line {line}"), what)
    }

    pub(crate) fn in_file(self, file: &str) -> RunbookError {
        RunbookError { file: file.to_owned(), place: self.place, what: self.what }
    }
}

/// Characters that are quoted of a value that is wrong.
const QUOTED_CHARACTERS: usize = 60;

/// `text` in quotes, on one line, cut where it is long.
pub(crate) fn quoted(text: &str) -> String {
    let mut kept: String = text.chars().take(QUOTED_CHARACTERS).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    format!("{kept:?}")
}
