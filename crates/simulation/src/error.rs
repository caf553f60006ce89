//! Errors of reading a recording and of simulating it.

use std::path::{Path, PathBuf};

use scenario::ScenarioError;

#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// One line: the file, the place in it, what is wrong and what would be right.
    #[error("{}: {problem}", file.display())]
    File { file: PathBuf, problem: String },
    /// The playbooks, actions or policies that this binary was built with.
    #[error("the playbooks, policies or catalogue built into Nightshift cannot be used: {0}")]
    Shipped(String),
    /// A thread for simulations could not be started.
    #[error("simulations cannot be run: {0}")]
    Runtime(#[source] std::io::Error),
    /// The incident could not even be opened.
    #[error("{scenario}: {source}")]
    Dedup {
        scenario: String,
        #[source]
        source: dedup::Error,
    },
    #[error("{scenario}: {source}")]
    Store {
        scenario: String,
        #[source]
        source: common::PortError,
    },
}

impl SimulationError {
    pub(crate) fn file(file: &Path, problem: impl Into<String>) -> Self {
        Self::File { file: file.to_owned(), problem: problem.into() }
    }
}
