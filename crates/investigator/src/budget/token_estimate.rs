//! How many tokens a request has before it is sent, and whether what the service counted can be true.

use common::model::{ModelAnswer, ModelRequest, Said, Usage};

use crate::model_fault::Problem;

/// What the service adds to a request with tools, and a little more.
const OVERHEAD_TOKENS: u64 = 600;

/// No tokenizer packs more bytes into its tokens on average than so many.
const MOST_BYTES_PER_TOKEN: u64 = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Estimate {
    bytes: u64,
    pub(crate) tokens: u64,
}

impl Estimate {
    pub(crate) fn of(request: &ModelRequest, bytes_per_token: u64) -> Self {
        let said = request.turns.iter().flat_map(|turn| &turn.said).map(|said| match said {
            Said::Text { text } => text.len(),
            Said::UseTool { id, name, input } => {
                id.len().saturating_add(name.len()).saturating_add(input.len())
            }
            Said::ToolResult { id, text, .. } => id.len().saturating_add(text.len()),
        });
        let tools = request.tools.iter().map(|tool| {
            let schema = tool.schema.to_string().len();
            tool.name.len().saturating_add(tool.description.len()).saturating_add(schema)
        });
        let bytes = said.chain(tools).fold(request.system.len(), usize::saturating_add);
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let tokens = bytes.div_ceil(bytes_per_token.max(1)).saturating_add(OVERHEAD_TOKENS);
        Self { bytes, tokens }
    }

    /// A token is a byte at least.
    const fn most(self) -> u64 {
        self.bytes.saturating_add(OVERHEAD_TOKENS)
    }
}

/// `counted`, as far as it can be true: where it says too little, what was estimated stands; where it says
/// too much, the most that there can be.
pub(crate) fn plausible(
    counted: Usage,
    estimate: Estimate,
    request: &ModelRequest,
    answer: &ModelAnswer,
) -> (Usage, Option<Problem>) {
    let most_output = u64::from(request.max_output_tokens);
    let input = counted.input.saturating_add(counted.cache_read).saturating_add(counted.cache_write);
    let mut usage = counted;
    if input < estimate.bytes.div_ceil(MOST_BYTES_PER_TOKEN) {
        usage = Usage { input: estimate.tokens, cache_read: 0, cache_write: 0, ..usage };
    }
    usage.input = usage.input.min(estimate.most());
    usage.cache_write = usage.cache_write.min(estimate.most().saturating_sub(usage.input));
    let left = estimate.most().saturating_sub(usage.input).saturating_sub(usage.cache_write);
    usage.cache_read = usage.cache_read.min(left);
    if usage.output == 0 && !answer.said.is_empty() {
        usage.output = most_output;
    }
    usage.output = usage.output.min(most_output);
    (usage, (usage != counted).then_some(Problem::ImplausibleUsage))
}
