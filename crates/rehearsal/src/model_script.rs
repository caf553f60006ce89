//! `model.json`: what a model would have said, in order.

use std::path::Path;

use common::{ports::PortErrorKind, testing::FakeModel};
use serde::Deserialize;
use serde_json::Value;

use crate::{RehearsalError, document::optional_json};

/// One answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scripted {
    /// A word of what was asked; empty: whatever is asked.
    #[serde(default)]
    pub when: String,
    pub answer: Answer,
}

/// What comes back.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Answer {
    /// It calls a tool.
    Uses {
        tool: String,
        input: Value,
    },
    Says(String),
    /// No answer comes.
    Fails(Failing),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failing {
    Throttled,
    Unavailable,
    Denied,
}

/// `None` where nothing is scripted: then there is no model.
pub(crate) fn read(file: &Path) -> Result<Option<Vec<Scripted>>, RehearsalError> {
    optional_json(file)
}

/// A model that says this.
pub(crate) fn model(script: &[Scripted]) -> FakeModel {
    let model = FakeModel::default();
    for Scripted { when, answer } in script {
        let answer = match answer {
            Answer::Uses { tool, input } => Ok(FakeModel::uses(tool, &input.to_string())),
            Answer::Says(text) => Ok(FakeModel::says(text)),
            Answer::Fails(Failing::Throttled) => Err(PortErrorKind::Throttled),
            Answer::Fails(Failing::Unavailable) => Err(PortErrorKind::Unavailable),
            Answer::Fails(Failing::Denied) => Err(PortErrorKind::Denied),
        };
        model.answer(when, answer);
    }
    model
}
