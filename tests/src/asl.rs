//! The part of the Amazon States Language that our machines use, read strictly: a misspelt field
//! is an error here, while Step Functions and the validators let some of them pass.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::repository;

#[derive(Debug, thiserror::Error)]
pub enum AslError {
    #[error("could not read {machine}")]
    Read { machine: String, source: std::io::Error },
    #[error("{machine} is not in the part of the language that we use")]
    Parse { machine: String, source: serde_json::Error },
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct Machine {
    pub comment: String,
    pub query_language: QueryLanguage,
    pub start_at: String,
    pub timeout_seconds: u64,
    pub states: BTreeMap<String, State>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub enum QueryLanguage {
    #[serde(rename = "JSONata")]
    Jsonata,
}

pub type Assign = BTreeMap<String, Value>;

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "Type")]
pub enum State {
    Pass(Pass),
    Task(Box<Task>),
    Choice(Choice),
    Wait(Wait),
    Succeed(Succeed),
    Fail(Fail),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct Pass {
    pub comment: String,
    #[serde(default)]
    pub assign: Assign,
    pub output: Option<Value>,
    pub next: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct Task {
    pub comment: String,
    pub resource: String,
    pub arguments: Value,
    pub timeout_seconds: Value,
    #[serde(default)]
    pub retry: Vec<Retrier>,
    pub catch: Vec<Catcher>,
    #[serde(default)]
    pub assign: Assign,
    pub output: Option<Value>,
    pub next: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct Retrier {
    pub error_equals: Vec<String>,
    pub interval_seconds: u32,
    pub backoff_rate: f64,
    pub max_attempts: u32,
    pub max_delay_seconds: u32,
    pub jitter_strategy: Jitter,
}

impl Task {
    /// The time of all tries and of the longest waits between them; `None` where the timeout is an
    /// expression.
    pub fn longest_seconds(&self) -> Option<u64> {
        let retries = |retrier: &Retrier| u64::from(retrier.max_attempts);
        let tries = 1 + self.retry.iter().map(retries).sum::<u64>();
        let waited = self.retry.iter().map(|it| retries(it) * u64::from(it.max_delay_seconds));
        Some(tries * self.timeout_seconds.as_u64()? + waited.sum::<u64>())
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub enum Jitter {
    #[serde(rename = "FULL")]
    Full,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct Catcher {
    pub error_equals: Vec<String>,
    #[serde(default)]
    pub assign: Assign,
    pub output: Option<Value>,
    pub next: String,
}

/// Without an `Assign` of its own: AWS's pages disagree on whether it applies to every rule or to
/// the default only, so ours are in the rules.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct Choice {
    pub comment: String,
    pub choices: Vec<Rule>,
    pub default: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct Rule {
    pub condition: String,
    #[serde(default)]
    pub assign: Assign,
    pub next: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct Wait {
    pub comment: String,
    pub seconds: Value,
    #[serde(default)]
    pub assign: Assign,
    pub next: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct Succeed {
    pub comment: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct Fail {
    pub comment: String,
    pub error: String,
    pub cause: String,
}

impl Machine {
    /// Reads `statemachines/<name>.asl.json` with its placeholders replaced; one that `substitutions`
    /// does not have stays.
    pub fn load(name: &str, substitutions: &BTreeMap<String, String>) -> Result<Self, AslError> {
        let mut text = source(name)?;
        for (placeholder, value) in substitutions {
            text = text.replace(&format!("${{{placeholder}}}"), value);
        }
        serde_json::from_str(&text).map_err(|source| AslError::Parse { machine: name.to_owned(), source })
    }

    pub fn tasks(&self) -> impl Iterator<Item = (&str, &Task)> {
        self.states.iter().filter_map(|(name, state)| match state {
            State::Task(task) => Some((name.as_str(), task.as_ref())),
            _ => None,
        })
    }
}

impl State {
    pub fn comment(&self) -> &str {
        match self {
            Self::Pass(state) => &state.comment,
            Self::Task(state) => &state.comment,
            Self::Choice(state) => &state.comment,
            Self::Wait(state) => &state.comment,
            Self::Succeed(state) => &state.comment,
            Self::Fail(state) => &state.comment,
        }
    }

    /// Every state that may come after this one.
    pub fn nexts(&self) -> Vec<&str> {
        match self {
            Self::Pass(state) => vec![&state.next],
            Self::Wait(state) => vec![&state.next],
            Self::Task(state) => {
                let caught = state.catch.iter().map(|catcher| catcher.next.as_str());
                caught.chain([state.next.as_str()]).collect()
            }
            Self::Choice(state) => {
                let chosen = state.choices.iter().map(|rule| rule.next.as_str());
                chosen.chain([state.default.as_str()]).collect()
            }
            Self::Succeed(_) | Self::Fail(_) => Vec::new(),
        }
    }
}

/// The text of `statemachines/<name>.asl.json` as it stands.
pub fn source(name: &str) -> Result<String, AslError> {
    repository::read(&format!("statemachines/{name}.asl.json"))
        .map_err(|source| AslError::Read { machine: name.to_owned(), source })
}

/// The names in `${…}`.
pub fn placeholders(text: &str) -> Vec<&str> {
    text.split("${").skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect()
}
