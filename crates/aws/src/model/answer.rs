//! Converts an answer of `Converse` to a [`ModelResponse`].

use aws_sdk_bedrockruntime::{
    operation::converse::ConverseOutput as Output,
    types::{ContentBlock as SdkContentBlock, ConverseOutput, StopReason as Stop, TokenUsage},
};
use common::model::{ContentBlock, ModelResponse, StopReason, Usage};

use super::document::to_json;

/// An error says what is wrong with the answer, in words that hold nothing of it.
pub(super) fn parse(output: Output) -> Result<ModelResponse, &'static str> {
    let stop = stop_reason(&output.stop_reason);
    let Some(ConverseOutput::Message(message)) = output.output else {
        return Err("the answer has no message");
    };
    let said: Vec<ContentBlock> = message.content.into_iter().filter_map(said).collect();
    let usage = output.usage.as_ref().and_then(usage).ok_or("the answer's tokens are not counted")?;
    if !is_counted(usage, &said, &stop) {
        return Err("the answer's tokens are not counted");
    }
    Ok(ModelResponse { content: said, stop, usage })
}

/// `None` for what we have no use for, such as a model's reasoning.
fn said(block: SdkContentBlock) -> Option<ContentBlock> {
    match block {
        SdkContentBlock::Text(text) => Some(ContentBlock::Text { text }),
        SdkContentBlock::ToolUse(used) => Some(ContentBlock::UseTool {
            id: used.tool_use_id,
            name: used.name,
            input: to_json(&used.input).to_string(),
        }),
        _ => None,
    }
}

fn stop_reason(stop: &Stop) -> StopReason {
    match stop {
        Stop::EndTurn => StopReason::EndTurn,
        Stop::ToolUse => StopReason::ToolUse,
        Stop::MaxTokens => StopReason::MaxTokens,
        Stop::GuardrailIntervened | Stop::ContentFiltered => StopReason::Filtered,
        other => StopReason::Other(other.as_str().to_owned()),
    }
}

fn usage(tokens: &TokenUsage) -> Option<Usage> {
    let count = |tokens: i32| u64::try_from(tokens).ok();
    Some(Usage {
        input: count(tokens.input_tokens)?,
        output: count(tokens.output_tokens)?,
        cache_read: count(tokens.cache_read_input_tokens.unwrap_or_default())?,
        cache_write: count(tokens.cache_write_input_tokens.unwrap_or_default())?,
    })
}

/// The SDK takes missing counts for zero, and nothing is read or said for no tokens at all. Only
/// what a guardrail stopped before the model saw it costs none.
fn is_counted(usage: Usage, said: &[ContentBlock], stop: &StopReason) -> bool {
    let Usage { input, output, cache_read, cache_write } = usage;
    let is_read = input > 0 || cache_read > 0 || cache_write > 0;
    *stop == StopReason::Filtered || (is_read && (output > 0 || said.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_reason_table() {
        for (word, expected) in [
            ("end_turn", StopReason::EndTurn),
            ("tool_use", StopReason::ToolUse),
            ("max_tokens", StopReason::MaxTokens),
            ("guardrail_intervened", StopReason::Filtered),
            ("content_filtered", StopReason::Filtered),
            ("stop_sequence", StopReason::Other("stop_sequence".to_owned())),
            ("malformed_tool_use", StopReason::Other("malformed_tool_use".to_owned())),
            ("something_new", StopReason::Other("something_new".to_owned())),
        ] {
            assert_eq!(stop_reason(&Stop::from(word)), expected);
        }
    }

    #[test]
    fn counted_table() {
        let spoken = [ContentBlock::Text { text: "x".to_owned() }];
        let of = |input, output, cache_read| Usage { input, output, cache_read, cache_write: 0 };
        for (usage, said, stop, expected) in [
            (of(10, 1, 0), &spoken[..], StopReason::EndTurn, true),
            (of(0, 1, 10), &spoken, StopReason::EndTurn, true),
            (of(10, 0, 0), &[], StopReason::EndTurn, true),
            (of(0, 0, 0), &spoken, StopReason::Filtered, true),
            (of(0, 0, 0), &spoken, StopReason::EndTurn, false),
            (of(10, 0, 0), &spoken, StopReason::EndTurn, false),
            (of(0, 5, 0), &spoken, StopReason::EndTurn, false),
        ] {
            assert_eq!(is_counted(usage, said, &stop), expected, "{usage:?} {stop:?}");
        }
    }

    #[test]
    fn usage_below_zero_is_none() {
        let tokens = |input| {
            TokenUsage::builder().input_tokens(input).output_tokens(1).total_tokens(1).build().unwrap()
        };
        assert_eq!(usage(&tokens(-1)), None);
        assert_eq!(usage(&tokens(7)), Some(Usage { input: 7, output: 1, ..Usage::default() }));
    }
}
