//! Defines a conversation with a language model: requests, turns of content blocks, and responses, as
//! Bedrock's `Converse` has them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One request: the whole conversation so far.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelRequest {
    /// Model id or inference profile.
    pub model: String,
    pub guardrail: Option<Guardrail>,
    /// The same for every request of a bundle, so that the service can cache it.
    pub system: String,
    pub tools: Vec<ToolDefinition>,
    /// The name of the tool that the model has to use; `None` where it may choose.
    pub must_use: Option<String>,
    /// Nightshift's turn first, then the model's and Nightshift's alternately.
    pub turns: Vec<Turn>,
    pub max_output_tokens: u32,
}

/// A guardrail of Bedrock's that the service holds requests and responses to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guardrail {
    pub id: String,
    pub version: String,
}

/// A tool that the model may ask for.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolDefinition {
    pub name: String,
    pub description: String,
    /// JSON schema of its input.
    pub schema: Value,
}

/// One side's part of the conversation; `Converse` calls it a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    pub by: Speaker,
    pub content: Vec<ContentBlock>,
}

/// The side that a turn is by; `Converse` calls it a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// `user` on the wire.
    Nightshift,
    /// `assistant` on the wire.
    Model,
}

/// A block of a turn: a text, a tool that the model asks for, or a tool's result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ContentBlock {
    Text {
        text: String,
    },
    /// The model asks for a tool; `input` is JSON as the model wrote it, valid or not.
    UseTool {
        id: String,
        name: String,
        input: String,
    },
    /// Nightshift answers the tool use of the same `id`.
    ToolResult {
        id: String,
        text: String,
        failed: bool,
    },
}

/// The response to one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelResponse {
    pub content: Vec<ContentBlock>,
    pub stop: StopReason,
    pub usage: Usage,
}

/// The reason why the model stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    EndTurn,
    ToolUse,
    MaxTokens,
    /// A guardrail or a content filter stepped in.
    Filtered,
    /// Any other reason, in the service's word.
    Other(String),
}

/// Tokens of one request, as the service counted them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// Neither read from the cache nor written to it.
    pub input: u64,
    pub output: u64,
    pub cache_read: u64,
    pub cache_write: u64,
}

impl Usage {
    /// The sum of both, field by field; it saturates.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            output: self.output.saturating_add(other.output),
            cache_read: self.cache_read.saturating_add(other.cache_read),
            cache_write: self.cache_write.saturating_add(other.cache_write),
        }
    }
}
