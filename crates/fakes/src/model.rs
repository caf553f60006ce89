use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use common::{
    PortError,
    model::{ContentBlock, ModelRequest, ModelResponse, StopReason, Usage},
    ports::{Counters, Model, PortErrorKind},
};

/// A model that says what it was told to say, whatever it is asked. Clones share the script.
#[derive(Debug, Clone, Default)]
pub struct FakeModel(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    /// By a word of the request's system text or of what was asked first; the rest under "".
    answers: BTreeMap<String, VecDeque<Answer>>,
    asked: Vec<ModelRequest>,
    responder: Option<Box<Responder>>,
}

type Answer = Result<ModelResponse, PortErrorKind>;

type Responder = dyn Fn(&ModelRequest) -> Answer + Send + Sync;

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script").field("answers", &self.answers).finish_non_exhaustive()
    }
}

impl FakeModel {
    fn with<T>(&self, act: impl FnOnce(&mut Script) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A model that answers each request by what is in it.
    pub fn answering(responder: impl Fn(&ModelRequest) -> Answer + Send + Sync + 'static) -> Self {
        let model = Self::default();
        model.with(|script| script.responder = Some(Box::new(responder)));
        model
    }

    /// The next answer to a request whose last turn holds `word`; to any where `word` is empty.
    /// Without an answer left, the model is unavailable.
    pub fn answer(&self, word: &str, answer: Answer) {
        self.with(|script| script.answers.entry(word.to_owned()).or_default().push_back(answer));
    }

    /// All that was asked so far.
    pub fn asked(&self) -> Vec<ModelRequest> {
        self.with(|script| script.asked.clone())
    }

    /// An answer that uses `tool` with this JSON.
    pub fn uses(tool: &str, input: &str) -> ModelResponse {
        let block = ContentBlock::UseTool {
            id: format!("use-{tool}"),
            name: tool.to_owned(),
            input: input.to_owned(),
        };
        ModelResponse { content: vec![block], stop: StopReason::ToolUse, usage: usage() }
    }

    pub fn says(text: &str) -> ModelResponse {
        let block = ContentBlock::Text { text: text.to_owned() };
        ModelResponse { content: vec![block], stop: StopReason::EndTurn, usage: usage() }
    }
}

const fn usage() -> Usage {
    Usage { input: 1_000, output: 100, cache_read: 0, cache_write: 0 }
}

impl Model for FakeModel {
    async fn converse(&self, request: &ModelRequest) -> Result<ModelResponse, PortError> {
        self.with(|script| {
            script.asked.push(request.clone());
            if let Some(responder) = &script.responder {
                return responder(request).map_err(|kind| PortError::new("Converse", kind, "made to fail"));
            }
            let last = format!("{:?}", request.turns.first());
            let word = script
                .answers
                .iter()
                .find(|(word, left)| !word.is_empty() && !left.is_empty() && last.contains(word.as_str()))
                .map(|(word, _)| word.clone())
                .unwrap_or_default();
            let answer = script.answers.get_mut(&word).and_then(VecDeque::pop_front);
            answer
                .unwrap_or(Err(PortErrorKind::Unavailable))
                .map_err(|kind| PortError::new("Converse", kind, "made to fail"))
        })
    }
}

/// Keeps what was counted. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct FakeCounters(Arc<Mutex<BTreeMap<(&'static str, String), u32>>>);

impl FakeCounters {
    pub fn count(&self, metric: &'static str, kind: &str) -> u32 {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(&(metric, kind.to_owned())).copied().unwrap_or_default()
    }
}

impl Counters for FakeCounters {
    fn count(&self, metric: &'static str, kind: &str, by: u32) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry((metric, kind.to_owned())).or_default();
        *count = count.saturating_add(by);
    }
}
