//! Converts an answer of `Converse` to a [`ModelResponse`].

use common::model::{ContentBlock, ModelResponse, StopReason, Usage};
use serde::Deserialize;
use serde_json::Value;

/// An answer, with what we use of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    output: Option<Output>,
    #[serde(default)]
    stop_reason: String,
    #[serde(default)]
    usage: Option<Tokens>,
}

#[derive(Debug, Deserialize)]
struct Output {
    #[serde(default)]
    message: Option<Message>,
}

#[derive(Debug, Deserialize)]
struct Message {
    #[serde(default)]
    content: Vec<Block>,
}

/// A block has one of these, or something that we have no use for, such as a model's reasoning.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Block {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    tool_use: Option<UsedTool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UsedTool {
    tool_use_id: String,
    name: String,
    #[serde(default)]
    input: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Tokens {
    #[serde(rename = "inputTokens")]
    input: i64,
    #[serde(rename = "outputTokens")]
    output: i64,
    #[serde(rename = "cacheReadInputTokens")]
    cache_read: Option<i64>,
    #[serde(rename = "cacheWriteInputTokens")]
    cache_write: Option<i64>,
}

/// An error says what is wrong with the answer, in words that hold nothing of it.
pub(super) fn parse(answer: Value) -> Result<ModelResponse, &'static str> {
    // The parser's own words may quote the answer.
    let answer: Answer = serde_json::from_value(answer).map_err(|_| "the answer is not one of Converse")?;
    let message = answer.output.and_then(|output| output.message).ok_or("the answer has no message")?;
    let said: Vec<ContentBlock> = message.content.into_iter().filter_map(said).collect();
    let stop = stop_reason(&answer.stop_reason);
    let usage = answer.usage.as_ref().and_then(usage).ok_or("the answer's tokens are not counted")?;
    if !is_counted(usage, &said, &stop) {
        return Err("the answer's tokens are not counted");
    }
    Ok(ModelResponse { content: said, stop, usage })
}

fn said(block: Block) -> Option<ContentBlock> {
    match block {
        Block { text: Some(text), .. } => Some(ContentBlock::Text { text }),
        Block { tool_use: Some(mut used), .. } => {
            used.input.sort_all_objects();
            let input = used.input.to_string();
            Some(ContentBlock::UseTool { id: used.tool_use_id, name: used.name, input })
        }
        Block { .. } => None,
    }
}

fn stop_reason(stop: &str) -> StopReason {
    match stop {
        "end_turn" => StopReason::EndTurn,
        "tool_use" => StopReason::ToolUse,
        "max_tokens" => StopReason::MaxTokens,
        "guardrail_intervened" | "content_filtered" => StopReason::Filtered,
        other => StopReason::Other(other.to_owned()),
    }
}

fn usage(tokens: &Tokens) -> Option<Usage> {
    let count = |tokens: i64| u64::try_from(tokens).ok();
    Some(Usage {
        input: count(tokens.input)?,
        output: count(tokens.output)?,
        cache_read: count(tokens.cache_read.unwrap_or_default())?,
        cache_write: count(tokens.cache_write.unwrap_or_default())?,
    })
}

/// A missing count is read as zero, and nothing is read or said for no tokens at all. Only what a guardrail
/// stopped before the model saw it costs none.
fn is_counted(usage: Usage, said: &[ContentBlock], stop: &StopReason) -> bool {
    let Usage { input, output, cache_read, cache_write } = usage;
    let is_read = input > 0 || cache_read > 0 || cache_write > 0;
    *stop == StopReason::Filtered || (is_read && (output > 0 || said.is_empty()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
            assert_eq!(stop_reason(word), expected);
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
        let tokens = |input: i64| serde_json::from_value(json!({"inputTokens": input, "outputTokens": 1}));
        assert_eq!(usage(&tokens(-1).unwrap()), None);
        assert_eq!(usage(&tokens(7).unwrap()), Some(Usage { input: 7, output: 1, ..Usage::default() }));
    }

    #[test]
    fn answer_of_another_shape_is_refused_without_a_quote_of_it() {
        for answer in
            [json!(null), json!([]), json!({"output": "secret"}), json!({"usage": {"inputTokens": "secret"}})]
        {
            let why = parse(answer.clone()).unwrap_err();
            assert!(!why.contains("secret"), "{answer}: {why}");
        }
    }
}
