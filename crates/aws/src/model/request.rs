//! Converts a request to the types of `Converse`.

use aws_sdk_bedrockruntime::{
    Client,
    error::BuildError,
    operation::converse::builders::ConverseFluentBuilder,
    types::{
        CachePointBlock, CachePointType, ContentBlock as SdkContentBlock, ConversationRole,
        GuardrailConfiguration, InferenceConfiguration, Message, SpecificToolChoice, SystemContentBlock,
        Tool, ToolChoice, ToolConfiguration, ToolInputSchema, ToolResultBlock, ToolResultContentBlock,
        ToolResultStatus, ToolSpecification, ToolUseBlock,
    },
};
use aws_smithy_types::Document;
use common::model::{ContentBlock, ModelRequest, Speaker, ToolDefinition, Turn};
use serde_json::Value;

use super::{document::to_document, extras::Extras};

/// Stands where there is nothing, since the service refuses a blank text.
const NOTHING: &str = "(nothing)";
/// The service refuses a longer name of a tool.
const LONGEST_NAME: usize = 64;

pub(super) fn call(
    client: &Client,
    request: &ModelRequest,
    extras: Extras,
) -> Result<ConverseFluentBuilder, BuildError> {
    let inference = InferenceConfiguration::builder()
        .max_tokens(i32::try_from(request.max_output_tokens).unwrap_or(i32::MAX))
        .set_temperature(extras.temperature.then_some(0.0))
        .build();
    let guardrail = request.guardrail.as_ref().map(|guardrail| {
        GuardrailConfiguration::builder()
            .guardrail_identifier(&guardrail.id)
            .guardrail_version(&guardrail.version)
            .build()
    });
    Ok(client
        .converse()
        .model_id(&request.model)
        .set_system(system(&request.system, extras)?)
        .set_tool_config(tools(&request.tools, request.must_use.as_deref(), extras)?)
        .set_messages(Some(request.turns.iter().map(message).collect::<Result<_, _>>()?))
        .inference_config(inference)
        .set_guardrail_config(guardrail))
}

fn system(text: &str, extras: Extras) -> Result<Option<Vec<SystemContentBlock>>, BuildError> {
    if is_blank(text) {
        return Ok(None);
    }
    let mut blocks = vec![SystemContentBlock::Text(text.to_owned())];
    if extras.cache_points {
        blocks.push(SystemContentBlock::CachePoint(cache_point()?));
    }
    Ok(Some(blocks))
}

fn tools(
    definitions: &[ToolDefinition],
    must_use: Option<&str>,
    extras: Extras,
) -> Result<Option<ToolConfiguration>, BuildError> {
    if definitions.is_empty() {
        return Ok(None);
    }
    let mut tools = definitions.iter().map(tool).collect::<Result<Vec<_>, _>>()?;
    if extras.cache_points {
        tools.push(Tool::CachePoint(cache_point()?));
    }
    let choice = must_use.map(|name| SpecificToolChoice::builder().name(name).build()).transpose()?;
    ToolConfiguration::builder()
        .set_tools(Some(tools))
        .set_tool_choice(choice.map(ToolChoice::Tool))
        .build()
        .map(Some)
}

fn tool(definition: &ToolDefinition) -> Result<Tool, BuildError> {
    ToolSpecification::builder()
        .name(&definition.name)
        .description(&definition.description)
        .input_schema(ToolInputSchema::Json(to_document(&definition.schema)))
        .build()
        .map(Tool::ToolSpec)
}

fn cache_point() -> Result<CachePointBlock, BuildError> {
    CachePointBlock::builder().r#type(CachePointType::Default).build()
}

fn message(turn: &Turn) -> Result<Message, BuildError> {
    let role = match turn.by {
        Speaker::Nightshift => ConversationRole::User,
        Speaker::Model => ConversationRole::Assistant,
    };
    let said =
        turn.content.iter().filter(|said| !matches!(said, ContentBlock::Text { text } if is_blank(text)));
    let mut content = said.map(block).collect::<Result<Vec<_>, _>>()?;
    if content.is_empty() {
        content.push(SdkContentBlock::Text(NOTHING.to_owned()));
    }
    Message::builder().role(role).set_content(Some(content)).build()
}

fn block(said: &ContentBlock) -> Result<SdkContentBlock, BuildError> {
    match said {
        ContentBlock::Text { text } => Ok(SdkContentBlock::Text(text.clone())),
        ContentBlock::UseTool { id, name, input } => ToolUseBlock::builder()
            .tool_use_id(id)
            .name(tool_name(name))
            .input(tool_input(input))
            .build()
            .map(SdkContentBlock::ToolUse),
        ContentBlock::ToolResult { id, text, failed } => {
            let text = if is_blank(text) { NOTHING } else { text };
            ToolResultBlock::builder()
                .tool_use_id(id)
                .content(ToolResultContentBlock::Text(text.to_owned()))
                .status(if *failed { ToolResultStatus::Error } else { ToolResultStatus::Success })
                .build()
                .map(SdkContentBlock::ToolResult)
        }
    }
}

/// Gives the model its own input back. The service takes only an object: anything else becomes an
/// empty one, so that the conversation can go on.
fn tool_input(input: &str) -> Document {
    match serde_json::from_str(input) {
        Ok(value @ Value::Object(_)) => to_document(&value),
        _ => Document::Object(std::collections::HashMap::new()),
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
        let empty = Document::Object(std::collections::HashMap::new());
        for input in ["", "{", "[1]", "\"text\"", "null", "{\"a\":1} trailing"] {
            assert_eq!(tool_input(input), empty, "{input}");
        }
        assert_eq!(tool_input(r#"{"a":[1,null]}"#), to_document(&serde_json::json!({"a": [1, null]})));
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
