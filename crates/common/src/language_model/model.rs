//! A conversation with a language model, in the words of Bedrock's `Converse`.

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
    /// The tool that the answer has to be given with.
    pub must_use: Option<String>,
    /// Starts with what is asked, then by turns.
    pub turns: Vec<Turn>,
    pub max_output_tokens: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guardrail {
    pub id: String,
    pub version: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ToolDefinition {
    pub name: String,
    pub description: String,
    /// JSON schema of its input.
    pub schema: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    pub by: Speaker,
    pub said: Vec<Said>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// `user` on the wire.
    Nightshift,
    /// `assistant` on the wire.
    Model,
}

/// A piece of a turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Said {
    Text {
        text: String,
    },
    /// `input` is JSON as the model wrote it.
    UseTool {
        id: String,
        name: String,
        input: String,
    },
    ToolResult {
        id: String,
        text: String,
        failed: bool,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelAnswer {
    pub said: Vec<Said>,
    pub stop: StopReason,
    pub usage: Usage,
}

/// Why the model stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    EndTurn,
    ToolUse,
    MaxTokens,
    /// A guardrail or a content filter stepped in.
    Filtered,
    /// Another one, in the service's word.
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
