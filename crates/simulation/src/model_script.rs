//! Reads `model.json`: the recorded answers of a model, in order.

use std::path::Path;

use common::{Evidence, ports::PortErrorKind};
use fakes::FakeModel;
use serde::Deserialize;
use serde_json::Value;

use crate::{SimulationError, document::optional_json};

/// One recorded answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptedAnswer {
    /// A word that the request contains; empty matches every request.
    #[serde(default)]
    pub when: String,
    pub answer: Answer,
}

/// The answer of the model.
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
    Fails(ScriptedFailure),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScriptedFailure {
    Throttled,
    Unavailable,
    Denied,
}

/// Reads the recorded answers; `None` where the file is missing: then the simulation has no model.
pub(crate) fn read_model_script(file: &Path) -> Result<Option<Vec<ScriptedAnswer>>, SimulationError> {
    optional_json(file)
}

/// A model that says this. `{{change}}` in an answer is the id of the first evidence of that type (the
/// word that `Observed` is written down with): ids are hashes that no script can know.
pub(crate) fn model(script: &[ScriptedAnswer], evidence: &[Evidence]) -> FakeModel {
    let cite = |text: &str| {
        evidence.iter().fold(text.to_owned(), |text, one| {
            text.replace(&format!("{{{{{}}}}}", kind(one)), one.id.as_str())
        })
    };
    let model = FakeModel::default();
    for ScriptedAnswer { when, answer } in script {
        let answer = match answer {
            Answer::Uses { tool, input } => Ok(FakeModel::uses(tool, &cite(&input.to_string()))),
            Answer::Says(text) => Ok(FakeModel::says(text)),
            Answer::Fails(ScriptedFailure::Throttled) => Err(PortErrorKind::Throttled),
            Answer::Fails(ScriptedFailure::Unavailable) => Err(PortErrorKind::Unavailable),
            Answer::Fails(ScriptedFailure::Denied) => Err(PortErrorKind::Denied),
        };
        model.answer(when, answer);
    }
    model
}

fn kind(evidence: &Evidence) -> String {
    let written = serde_json::to_value(&evidence.observed).unwrap_or_default();
    written.get("type").and_then(Value::as_str).unwrap_or_default().to_owned()
}
