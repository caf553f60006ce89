//! Selects the tools of a server that are offered to a model.

use common::{
    PortError, model::ToolDefinition, ports::PortErrorKind, secrets::masked, untrusted_text::one_line,
};
use rmcp::model::Tool;
use serde_json::{Map, Value};

use crate::tool_server::{AllowedTool, ToolServer};

const LONGEST_DESCRIPTION: usize = 600;
/// Bytes of a schema in JSON: it is part of every request to the model.
const LONGEST_SCHEMA: usize = 8 * 1024;
const DEEPEST_SCHEMA: usize = 12;

/// The reason why a tool that the team allows is not offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ToolRefusal {
    #[error("the server has no such tool")]
    Missing,
    #[error("the server lists this tool twice")]
    Twice,
    /// Nobody can allow it: a write goes through the guard and a human, and never through a model.
    #[error("the server says that this tool changes things: only tools that read are used")]
    Writes,
    #[error(
        "the server does not say that this tool only reads (readOnlyHint): if it does, add its name to \"confirmed_read_only\""
    )]
    NotStated,
    #[error("invalid input schema: expected that of an object, of at most {LONGEST_SCHEMA} bytes")]
    Schema,
}

impl ToolRefusal {
    pub(crate) const fn kind(self) -> PortErrorKind {
        match self {
            Self::Missing => PortErrorKind::NotFound,
            Self::Writes | Self::NotStated => PortErrorKind::Denied,
            Self::Twice | Self::Schema => PortErrorKind::Invalid,
        }
    }
}

/// Returns the definitions of the allowed tools of `server`, and an error for each that cannot be used. `listed` is
/// what the server says of its tools.
pub(crate) fn definitions(server: &ToolServer, listed: &[Tool]) -> (Vec<ToolDefinition>, Vec<PortError>) {
    let mut offered = Vec::new();
    let mut refused = Vec::new();
    for tool in server.tools() {
        match find_usable(listed, tool).and_then(|found| definition(&tool.offered_as, found)) {
            Ok(definition) => offered.push(definition),
            Err(why) => refused.push(PortError::new(format!("tool {}", tool.offered_as), why.kind(), why)),
        }
    }
    (offered, refused)
}

/// Finds the tool that the team allows, if it may be used.
pub(crate) fn find_usable<'a>(listed: &'a [Tool], allowed: &AllowedTool) -> Result<&'a Tool, ToolRefusal> {
    let mut named = listed.iter().filter(|tool| tool.name == allowed.name);
    let tool = named.next().ok_or(ToolRefusal::Missing)?;
    if named.next().is_some() {
        return Err(ToolRefusal::Twice);
    }
    match only_reads(tool) {
        Some(true) => Ok(tool),
        Some(false) => Err(ToolRefusal::Writes),
        // The protocol's own default is that it writes.
        None if allowed.confirmed_read_only => Ok(tool),
        None => Err(ToolRefusal::NotStated),
    }
}

/// True where the server says that the tool only reads, false where it says that it changes anything, even if it
/// says both; `None` where it says neither.
fn only_reads(tool: &Tool) -> Option<bool> {
    let hints = tool.annotations.as_ref()?;
    match (hints.read_only_hint, hints.destructive_hint) {
        (Some(false), _) | (_, Some(true)) => Some(false),
        (Some(true), _) => Some(true),
        (None, _) => None,
    }
}

fn definition(offered_as: &str, tool: &Tool) -> Result<ToolDefinition, ToolRefusal> {
    let said = tool.description.as_deref().or(tool.title.as_deref()).unwrap_or(&tool.name);
    let schema = schema(&tool.input_schema).ok_or(ToolRefusal::Schema)?;
    Ok(ToolDefinition { name: offered_as.to_owned(), description: shown(said, LONGEST_DESCRIPTION), schema })
}

fn shown(text: &str, most: usize) -> String {
    one_line(&masked(text), most)
}

/// The schema of an object, with its texts made safe to show.
fn schema(schema: &Map<String, Value>) -> Option<Value> {
    let mut schema = schema.clone();
    if schema.entry("type").or_insert_with(|| "object".into()) != "object" {
        return None;
    }
    let schema = cleaned(&Value::Object(schema), DEEPEST_SCHEMA)?;
    (serde_json::to_string(&schema).ok()?.len() <= LONGEST_SCHEMA).then_some(schema)
}

fn cleaned(value: &Value, depth: usize) -> Option<Value> {
    let deeper = depth.checked_sub(1)?;
    Some(match value {
        Value::String(text) => Value::String(shown(text, LONGEST_DESCRIPTION)),
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| cleaned(item, deeper)).collect::<Option<_>>()?)
        }
        Value::Object(fields) => {
            let fields =
                fields.iter().map(|(name, value)| Some((shown_name(name)?, cleaned(value, deeper)?)));
            Value::Object(fields.collect::<Option<_>>()?)
        }
        other => other.clone(),
    })
}

/// A name must come back as it is, so one that cannot be shown cannot be used.
fn shown_name(name: &str) -> Option<String> {
    (one_line(name, LONGEST_DESCRIPTION) == name).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use rmcp::model::ToolAnnotations;
    use serde_json::json;

    use super::*;

    fn tool(name: &'static str, schema: &Value) -> Tool {
        Tool::new(name, format!("What {name} does."), schema.as_object().unwrap().clone())
    }

    /// A server of which the team knows that its tools only read.
    fn server(tools: &[&str]) -> ToolServer {
        confirmed(tools, tools)
    }

    fn confirmed(tools: &[&str], confirmed: &[&str]) -> ToolServer {
        let json = json!([
            { "name": "s", "url": "https://s.example", "tools": tools, "confirmed_read_only": confirmed }
        ]);
        crate::parse_servers(&json.to_string()).unwrap().remove(0)
    }

    #[test]
    fn definitions_annotations_table() {
        let hints = ToolAnnotations::new;
        let (changes, unsaid) = (Some("changes things"), Some("does not say"));
        for (annotations, unless_confirmed, confirmed_too) in [
            (None, unsaid, None),
            (Some(hints()), unsaid, None),
            (Some(hints().read_only(true)), None, None),
            (Some(hints().read_only(true).destructive(false)), None, None),
            (Some(hints().destructive(false)), unsaid, None),
            (Some(hints().read_only(false)), changes, changes),
            (Some(hints().read_only(false).destructive(false)), changes, changes),
            (Some(hints().destructive(true)), changes, changes),
            (Some(hints().read_only(true).destructive(true)), changes, changes),
        ] {
            let mut one = tool("t", &json!({"type": "object"}));
            one.annotations.clone_from(&annotations);
            for (server, expected) in [
                (confirmed(&["t"], &[]), unless_confirmed),
                (confirmed(&["t", "u"], &["u"]), unless_confirmed),
                (confirmed(&["t"], &["t"]), confirmed_too),
            ] {
                let (offered, refused) = definitions(&server, std::slice::from_ref(&one));
                assert_eq!(offered.is_empty(), expected.is_some(), "{annotations:?}");
                let why = refused.iter().find(|error| error.operation == "tool team_s_t");
                assert_eq!(why.is_some(), expected.is_some(), "{annotations:?}");
                if let (Some(why), Some(expected)) = (why, expected) {
                    assert_eq!(why.kind, PortErrorKind::Denied);
                    assert!(why.source.to_string().contains(expected), "{annotations:?}: {}", why.source);
                }
            }
        }
    }

    #[test]
    fn definitions_of_listed_tools_offers_those_allowed_and_says_why_not_the_others() {
        let object = json!({"type": "object", "properties": {"q": {"type": "string", "description": "a\u{202e}b\n c"}}});
        let mut long = object.clone();
        long["description"] = (0..20).map(|n| json!({ "enum": ["x".repeat(500)], "n": n })).collect();
        let mut deep = json!({});
        for _ in 0..40 {
            deep = json!({ "items": deep });
        }
        let listed = [
            tool("one", &object),
            tool("two", &object),
            tool("two", &object),
            tool("other", &object),
            tool("text", &json!({"type": "string"})),
            tool("long", &long),
            tool("deep", &deep),
            tool("plain", &json!({})),
            tool("hidden", &json!({"properties": {"a\u{200b}b": {}}})),
        ];
        let names = ["one", "two", "three", "text", "long", "deep", "plain", "hidden"];
        let (offered, refused) = definitions(&server(&names), &listed);
        let expected = ToolDefinition {
            name: "team_s_one".to_owned(),
            description: "What one does.".to_owned(),
            schema: json!({"type": "object", "properties": {"q": {"type": "string", "description": "ab c"}}}),
        };
        assert_eq!(offered.first(), Some(&expected));
        assert_eq!(
            offered.get(1).map(|one| (one.name.as_str(), &one.schema)),
            Some(("team_s_plain", &json!({"type": "object"})))
        );
        assert_eq!(offered.len(), 2);
        let refused: Vec<_> = refused.iter().map(|error| (error.operation.as_str(), error.kind)).collect();
        assert_eq!(
            refused,
            [
                ("tool team_s_two", PortErrorKind::Invalid),
                ("tool team_s_three", PortErrorKind::NotFound),
                ("tool team_s_text", PortErrorKind::Invalid),
                ("tool team_s_long", PortErrorKind::Invalid),
                ("tool team_s_deep", PortErrorKind::Invalid),
                ("tool team_s_hidden", PortErrorKind::Invalid),
            ],
        );
    }
}
