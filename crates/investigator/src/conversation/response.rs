//! What a model said, taken apart: what it answers, which tools it asks for, and what may be repeated to it.

use common::model::{ModelAnswer, ModelRequest, Said, StopReason};
use serde_json::{Map, Value};

use crate::{
    answer::{DECLINED, declines},
    bundle::Limits,
    fence::Fence,
    model_fault::Problem,
};

/// More parts than these no honest answer has.
const MOST_PARTS: usize = 64;
/// Of a text of the model's, what it is shown again.
const ECHOED_CHARS: usize = 1_000;
/// Stands where nothing is left to show: a turn may not be empty.
const NOTHING: &str = "(nothing)";
/// The name that every tool has which does not exist.
const NO_TOOL: &str = "no_such_tool";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heard {
    /// The model's turn as it is shown again: ids of ours, inputs that are JSON, nothing hidden or secret.
    pub(crate) echo: Vec<Said>,
    /// The tools that it asks for.
    pub(crate) uses: Vec<Use>,
    /// The input of the tool that the answer is given with.
    pub(crate) answer: Option<String>,
    /// Why there is neither an answer nor a tool to call.
    pub(crate) fault: Option<Problem>,
    pub(crate) problems: Vec<Problem>,
}

/// A tool that the model asks for, with the input as it wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) input: String,
}

/// Takes `answer` apart, whatever it is.
pub(crate) fn hear(
    answer: &ModelAnswer,
    request: &ModelRequest,
    answer_name: &str,
    limits: &Limits,
    fence: &Fence,
) -> Heard {
    let size = answer.said.iter().map(length).fold(0usize, usize::saturating_add);
    if size > limits.answer_bytes || answer.said.len() > MOST_PARTS {
        return unheard(Problem::OversizedAnswer);
    }
    if answer.stop == StopReason::Filtered {
        return unheard(Problem::Filtered);
    }
    let mut problems = Vec::new();
    let mut echo = Vec::new();
    let mut uses: Vec<Use> = Vec::new();
    let mut answers: Vec<&String> = Vec::new();
    let mut ids: Vec<&String> = Vec::new();
    let mut refused = matches!(&answer.stop, StopReason::Other(word) if word == DECLINED);
    for said in &answer.said {
        match said {
            Said::Text { text } => {
                refused |= declines(text);
                let fit = fence.fit(text, ECHOED_CHARS);
                if fit.token {
                    problems.push(Problem::FenceEcho);
                }
                if !fit.text.is_empty() {
                    echo.push(Said::Text { text: fit.text });
                }
            }
            Said::ToolResult { .. } => problems.push(Problem::ClaimedToolResult),
            Said::UseTool { id, name, input } => {
                if ids.contains(&id) {
                    problems.push(Problem::RepeatedToolUse);
                }
                ids.push(id);
                let known = request.tools.iter().any(|tool| tool.name == *name);
                let shown = if known { name.clone() } else { NO_TOOL.to_owned() };
                // Ids of ours are never the same, and hold nothing that somebody else wrote.
                let id = format!("use-{}-{}", request.turns.len(), ids.len());
                echo.push(Said::UseTool { id: id.clone(), name: shown, input: echoed(input, fence) });
                if name == answer_name {
                    answers.push(input);
                } else {
                    uses.push(Use { id, name: name.clone(), input: input.clone() });
                }
            }
        }
    }
    if echo.is_empty() {
        echo.push(Said::Text { text: NOTHING.to_owned() });
    }
    let silent = uses.is_empty() && answers.is_empty();
    let odd = match answer.stop {
        StopReason::ToolUse => silent,
        StopReason::EndTurn => !silent,
        StopReason::Other(_) => !refused,
        StopReason::MaxTokens | StopReason::Filtered => false,
    };
    if odd {
        problems.push(Problem::OddStop);
    }
    let mut heard = Heard { echo, uses, answer: None, fault: None, problems };
    let distinct = answers.iter().all(|other| Some(other) == answers.first());
    let fault = if answer.stop == StopReason::MaxTokens {
        // What it was about to say is not known.
        Some(Problem::CutOff)
    } else if answers.len() > 1 && !distinct {
        Some(Problem::AnsweredTwice)
    } else if !silent {
        None
    } else if refused {
        Some(Problem::Refusal)
    } else if answer.said.iter().all(|said| length(said) == 0) {
        Some(Problem::EmptyAnswer)
    } else {
        Some(Problem::NoFinalAnswer)
    };
    if let Some(fault) = fault {
        heard.problems.push(fault);
        heard.fault = Some(fault);
        return heard;
    }
    if answers.len() > 1 {
        heard.problems.push(Problem::AnsweredTwice);
    }
    if let Some(json) = answers.first() {
        heard.answer = Some((*json).clone());
        if !heard.uses.is_empty() {
            heard.problems.push(Problem::CallsBesideAnswer);
        }
    }
    heard
}

fn unheard(problem: Problem) -> Heard {
    Heard {
        echo: vec![Said::Text { text: NOTHING.to_owned() }],
        uses: Vec::new(),
        answer: None,
        fault: Some(problem),
        problems: vec![problem],
    }
}

pub(crate) fn length(said: &Said) -> usize {
    match said {
        Said::Text { text } => text.trim().len(),
        Said::UseTool { id, name, input } => id.len().saturating_add(name.len()).saturating_add(input.len()),
        Said::ToolResult { id, text, .. } => id.len().saturating_add(text.len()),
    }
}

/// A tool's input as an object of clean texts; an empty one where it is no object.
fn echoed(input: &str, fence: &Fence) -> String {
    let object = match serde_json::from_str(input) {
        Ok(Value::Object(fields)) => Value::Object(fields),
        _ => Value::Object(Map::new()),
    };
    scrubbed(&object, fence).to_string()
}

/// `value` with every text in it made fit, names of fields included.
pub(crate) fn scrubbed(value: &Value, fence: &Fence) -> Value {
    match value {
        Value::String(text) => Value::String(fence.fit(text, ECHOED_CHARS).text),
        Value::Array(all) => Value::Array(all.iter().map(|one| scrubbed(one, fence)).collect()),
        Value::Object(fields) => Value::Object(
            fields.iter().map(|(name, one)| (fence.fit(name, 64).text, scrubbed(one, fence))).collect(),
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}
