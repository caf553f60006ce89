//! Takes a model's response apart: the answer it gives, the tools it asks for, and what of it may be repeated
//! to it.

use common::{
    MicroUsd,
    model::{ContentBlock, ModelRequest, ModelResponse, StopReason, Usage},
};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{
    answer::{REFUSAL_STOP_REASON, is_refusal},
    bundle::Limits,
    fence::Fence,
    model_fault::ModelFault,
};

/// The most content blocks that an honest response has.
const MAX_BLOCKS: usize = 64;
/// Characters of a text of the model's that it is shown again.
const ECHOED_CHARS: usize = 1_000;
/// Stands where nothing is left to show: a turn may not be empty.
const NOTHING: &str = "(nothing)";
/// Stands for the name of a tool that does not exist.
const NO_TOOL: &str = "no_such_tool";

/// A response that came, with what it took.
pub(super) struct ReceivedResponse {
    pub(super) response: ModelResponse,
    /// The time of its request.
    pub(super) at: Timestamp,
    pub(super) elapsed_ms: u64,
    /// The service's count, as far as it can be true.
    pub(super) usage: Usage,
    pub(super) cost: MicroUsd,
    /// The fault in the service's count, where there is one.
    pub(super) fault: Option<ModelFault>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ParsedResponse {
    /// The model's turn as it is shown again: ids of ours, inputs that are JSON, nothing hidden or secret.
    pub(super) echo: Vec<ContentBlock>,
    /// The tools that it asks for.
    pub(super) tool_uses: Vec<ToolUse>,
    /// The input of the tool that the answer is given with.
    pub(super) answer: Option<String>,
    /// The reason why there is neither an answer nor a tool to call.
    pub(super) unusable: Option<ModelFault>,
    /// Every fault found, those that change nothing included.
    pub(super) faults: Vec<ModelFault>,
}

/// A tool that the model asks for, with the input as it wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ToolUse {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) input: String,
}

/// Takes `response` apart, whatever it holds. `answer_name` is the tool that the answer is given with.
pub(super) fn parse_response(
    response: &ModelResponse,
    request: &ModelRequest,
    answer_name: &str,
    limits: &Limits,
    fence: &Fence,
) -> ParsedResponse {
    let size = response.content.iter().map(length).fold(0usize, usize::saturating_add);
    if size > limits.answer_bytes || response.content.len() > MAX_BLOCKS {
        return unusable(ModelFault::OversizedAnswer);
    }
    if response.stop == StopReason::Filtered {
        return unusable(ModelFault::Filtered);
    }
    let mut faults = Vec::new();
    let mut echo = Vec::new();
    let mut tool_uses: Vec<ToolUse> = Vec::new();
    let mut answers: Vec<&String> = Vec::new();
    let mut ids: Vec<&String> = Vec::new();
    let mut refused = matches!(&response.stop, StopReason::Other(word) if word == REFUSAL_STOP_REASON);
    for block in &response.content {
        match block {
            ContentBlock::Text { text } => {
                refused |= is_refusal(text);
                let fit = fence.fit(text, ECHOED_CHARS);
                if fit.token {
                    faults.push(ModelFault::FenceEcho);
                }
                if !fit.text.is_empty() {
                    echo.push(ContentBlock::Text { text: fit.text });
                }
            }
            ContentBlock::ToolResult { .. } => faults.push(ModelFault::ClaimedToolResult),
            ContentBlock::UseTool { id, name, input } => {
                if ids.contains(&id) {
                    faults.push(ModelFault::RepeatedToolUse);
                }
                ids.push(id);
                let known = request.tools.iter().any(|tool| tool.name == *name);
                let shown = if known { name.clone() } else { NO_TOOL.to_owned() };
                // Ids of ours are never the same, and hold nothing that somebody else wrote.
                let id = format!("use-{}-{}", request.turns.len(), ids.len());
                echo.push(ContentBlock::UseTool { id: id.clone(), name: shown, input: echoed(input, fence) });
                if name == answer_name {
                    answers.push(input);
                } else {
                    tool_uses.push(ToolUse { id, name: name.clone(), input: input.clone() });
                }
            }
        }
    }
    if echo.is_empty() {
        echo.push(ContentBlock::Text { text: NOTHING.to_owned() });
    }
    let silent = tool_uses.is_empty() && answers.is_empty();
    let odd = match response.stop {
        StopReason::ToolUse => silent,
        StopReason::EndTurn => !silent,
        StopReason::Other(_) => !refused,
        StopReason::MaxTokens | StopReason::Filtered => false,
    };
    if odd {
        faults.push(ModelFault::OddStop);
    }
    let mut parsed = ParsedResponse { echo, tool_uses, answer: None, unusable: None, faults };
    let distinct = answers.iter().all(|other| Some(other) == answers.first());
    let fault = if response.stop == StopReason::MaxTokens {
        // What it was about to say is not known.
        Some(ModelFault::CutOff)
    } else if answers.len() > 1 && !distinct {
        Some(ModelFault::AnsweredTwice)
    } else if !silent {
        None
    } else if refused {
        Some(ModelFault::Refusal)
    } else if response.content.iter().all(|block| length(block) == 0) {
        Some(ModelFault::EmptyAnswer)
    } else {
        Some(ModelFault::NoFinalAnswer)
    };
    if let Some(fault) = fault {
        parsed.faults.push(fault);
        parsed.unusable = Some(fault);
        return parsed;
    }
    if answers.len() > 1 {
        parsed.faults.push(ModelFault::AnsweredTwice);
    }
    if let Some(json) = answers.first() {
        parsed.answer = Some((*json).clone());
        if !parsed.tool_uses.is_empty() {
            parsed.faults.push(ModelFault::CallsBesideAnswer);
        }
    }
    parsed
}

fn unusable(fault: ModelFault) -> ParsedResponse {
    ParsedResponse {
        echo: vec![ContentBlock::Text { text: NOTHING.to_owned() }],
        tool_uses: Vec::new(),
        answer: None,
        unusable: Some(fault),
        faults: vec![fault],
    }
}

fn length(block: &ContentBlock) -> usize {
    match block {
        ContentBlock::Text { text } => text.trim().len(),
        ContentBlock::UseTool { id, name, input } => {
            id.len().saturating_add(name.len()).saturating_add(input.len())
        }
        ContentBlock::ToolResult { id, text, .. } => id.len().saturating_add(text.len()),
    }
}

/// The input of a tool as an object of clean texts; an empty one where it is no object.
fn echoed(input: &str, fence: &Fence) -> String {
    let object = match serde_json::from_str(input) {
        Ok(Value::Object(fields)) => Value::Object(fields),
        _ => Value::Object(Map::new()),
    };
    scrubbed(&object, fence).to_string()
}

/// Returns `value` with every text in it made safe to show, names of fields included.
pub(super) fn scrubbed(value: &Value, fence: &Fence) -> Value {
    match value {
        Value::String(text) => Value::String(fence.fit(text, ECHOED_CHARS).text),
        Value::Array(all) => Value::Array(all.iter().map(|one| scrubbed(one, fence)).collect()),
        Value::Object(fields) => Value::Object(
            fields.iter().map(|(name, one)| (fence.fit(name, 64).text, scrubbed(one, fence))).collect(),
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}
