//! Converts a request to the body that `Converse` takes.
//!
//! The service finds the beginning of a request in its cache by what it looks like. So every object is written
//! by the order of its names: the same request is always the same bytes, whoever wrote a tool's schema.

use common::model::{ContentBlock, ModelRequest, Speaker, ToolDefinition, Turn};
use serde_json::{Value, json};

use super::extras::Extras;

/// Stands where there is nothing, since the service refuses a blank text.
const NOTHING: &str = "(nothing)";
/// The service refuses a longer name of a tool.
const LONGEST_NAME: usize = 64;

pub(super) fn body(request: &ModelRequest, extras: Extras) -> Value {
    let mut inference = json!({"maxTokens": i32::try_from(request.max_output_tokens).unwrap_or(i32::MAX)});
    if extras.temperature {
        set(&mut inference, "temperature", json!(0.0));
    }
    let mut body = json!({
        "inferenceConfig": inference,
        "messages": request.turns.iter().map(message).collect::<Vec<_>>(),
    });
    if !is_blank(&request.system) {
        let mut blocks = vec![json!({"text": request.system})];
        blocks.extend(cache_point(extras));
        set(&mut body, "system", blocks.into());
    }
    if !request.tools.is_empty() {
        set(&mut body, "toolConfig", tools(request, extras));
    }
    if let Some(guardrail) = &request.guardrail {
        let config = json!({
            "guardrailIdentifier": guardrail.id,
            "guardrailVersion": guardrail.version,
            "trace": "disabled",
        });
        set(&mut body, "guardrailConfig", config);
    }
    body.sort_all_objects();
    body
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}

fn cache_point(extras: Extras) -> Option<Value> {
    extras.cache_points.then(|| json!({"cachePoint": {"type": "default"}}))
}

fn tools(request: &ModelRequest, extras: Extras) -> Value {
    let mut tools: Vec<_> = request.tools.iter().map(tool).collect();
    tools.extend(cache_point(extras));
    let mut config = json!({"tools": tools});
    if let Some(name) = &request.must_use {
        set(&mut config, "toolChoice", json!({"tool": {"name": name}}));
    }
    config
}

fn tool(definition: &ToolDefinition) -> Value {
    json!({"toolSpec": {
        "name": definition.name,
        "description": definition.description,
        "inputSchema": {"json": definition.schema},
    }})
}

fn message(turn: &Turn) -> Value {
    let role = match turn.by {
        Speaker::Nightshift => "user",
        Speaker::Model => "assistant",
    };
    let said =
        turn.content.iter().filter(|said| !matches!(said, ContentBlock::Text { text } if is_blank(text)));
    let mut content: Vec<_> = said.map(block).collect();
    if content.is_empty() {
        content.push(json!({"text": NOTHING}));
    }
    json!({"role": role, "content": content})
}

fn block(said: &ContentBlock) -> Value {
    match said {
        ContentBlock::Text { text } => json!({"text": text}),
        ContentBlock::UseTool { id, name, input } => {
            json!({"toolUse": {"toolUseId": id, "name": tool_name(name), "input": tool_input(input)}})
        }
        ContentBlock::ToolResult { id, text, failed } => {
            let text = if is_blank(text) { NOTHING } else { text };
            let status = if *failed { "error" } else { "success" };
            json!({"toolResult": {"toolUseId": id, "content": [{"text": text}], "status": status}})
        }
    }
}

/// Gives the model its own input back. The service takes only an object: anything else becomes an
/// empty one, so that the conversation can go on.
fn tool_input(input: &str) -> Value {
    match serde_json::from_str(input) {
        Ok(value @ Value::Object(_)) => value,
        _ => json!({}),
    }
}

/// The name as the model gave it. One that no tool can have would be refused in all that follows.
fn tool_name(name: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || "_-".contains(c) { c } else { '_' };
    let name: String = name.chars().map(allowed).take(LONGEST_NAME).collect();
    if name.is_empty() { "unnamed".to_owned() } else { name }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tool_input_that_is_no_object_is_an_empty_one() {
        for input in ["", "{", "[1]", "\"text\"", "null", "{\"a\":1} trailing"] {
            assert_eq!(tool_input(input), json!({}), "{input}");
        }
        assert_eq!(tool_input(r#"{"a":[1,null]}"#), json!({"a": [1, null]}));
    }

    #[test]
    fn tool_name_that_no_tool_can_have_is_made_one() {
        for (name, expected) in [
            ("read_logs", "read_logs"),
            ("team.read logs", "team_read_logs"),
            ("", "unnamed"),
            (&"ä".repeat(70), &"_".repeat(64)),
        ] {
            assert_eq!(tool_name(name), expected);
        }
    }
}
