//! Estimates a request's tokens before it is sent, and checks what the service counted afterwards.

use common::model::{ContentBlock, ModelRequest, ModelResponse, Usage};

use crate::model_fault::ModelFault;

/// The tokens that the service adds to a request with tools, and a little more.
const OVERHEAD_TOKENS: u64 = 600;

/// The most bytes that a tokenizer packs into a token on average.
const MAX_BYTES_PER_TOKEN: u64 = 64;

/// The size of a request in bytes, and its estimated tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TokenEstimate {
    bytes: u64,
    pub(crate) tokens: u64,
}

impl TokenEstimate {
    pub(crate) fn from_request(request: &ModelRequest, bytes_per_token: u64) -> Self {
        let content = request.turns.iter().flat_map(|turn| &turn.content).map(|block| match block {
            ContentBlock::Text { text } => text.len(),
            ContentBlock::UseTool { id, name, input } => {
                id.len().saturating_add(name.len()).saturating_add(input.len())
            }
            ContentBlock::ToolResult { id, text, .. } => id.len().saturating_add(text.len()),
        });
        let tools = request.tools.iter().map(|tool| {
            let schema = tool.schema.to_string().len();
            tool.name.len().saturating_add(tool.description.len()).saturating_add(schema)
        });
        let bytes = content.chain(tools).fold(request.system.len(), usize::saturating_add);
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let tokens = bytes.div_ceil(bytes_per_token.max(1)).saturating_add(OVERHEAD_TOKENS);
        Self { bytes, tokens }
    }

    /// The most tokens that the request can have: a token is a byte at least.
    const fn max_tokens(self) -> u64 {
        self.bytes.saturating_add(OVERHEAD_TOKENS)
    }
}

/// Returns the service's count as far as it can be true, and a fault where it cannot: where it is too low, the
/// estimate stands; where it is too high, the most that there can be.
pub(crate) fn plausible_usage(
    estimate: TokenEstimate,
    request: &ModelRequest,
    response: &ModelResponse,
) -> (Usage, Option<ModelFault>) {
    let counted = response.usage;
    let max_output = u64::from(request.max_output_tokens);
    let input = counted.input.saturating_add(counted.cache_read).saturating_add(counted.cache_write);
    let mut usage = counted;
    if input < estimate.bytes.div_ceil(MAX_BYTES_PER_TOKEN) {
        usage = Usage { input: estimate.tokens, cache_read: 0, cache_write: 0, ..usage };
    }
    usage.input = usage.input.min(estimate.max_tokens());
    usage.cache_write = usage.cache_write.min(estimate.max_tokens().saturating_sub(usage.input));
    let left = estimate.max_tokens().saturating_sub(usage.input).saturating_sub(usage.cache_write);
    usage.cache_read = usage.cache_read.min(left);
    if usage.output == 0 && !response.content.is_empty() {
        usage.output = max_output;
    }
    usage.output = usage.output.min(max_output);
    (usage, (usage != counted).then_some(ModelFault::ImplausibleUsage))
}
