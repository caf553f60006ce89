//! The tools as a model is offered them, each with a closed schema.
//!
//! They hold nothing of the incident but how many components there are and which actions may be proposed, and
//! are the same for all requests of a line, so that the service can cache them. The weighing's last tool also
//! lists the evidence there is, and changes only where a tool brought more.

use std::collections::BTreeSet;

use common::{ActionId, EvidenceId, FailureMode, Provider, model::ToolDefinition};
use serde_json::{Map, Value, json};

use crate::{
    bundle::{BuiltIn, Bundle, InputKind},
    fence::Fence,
    names::Names,
};

pub(crate) const REPORT_LINE: &str = "report_line";
pub(crate) const SUBMIT_DIAGNOSIS: &str = "submit_diagnosis";

/// The longest that a text or an id may be which a tool is given.
pub(crate) const INPUT_CHARS: usize = 200;

/// What a team's tool may bring with it.
const TEAM_DESCRIPTION_CHARS: usize = 300;
const TEAM_FIELD_CHARS: usize = 120;
const MOST_TEAM_FIELDS: usize = 8;
const TEAM_SCHEMA_BYTES: usize = 4_000;
const TEAM_SCHEMA_DEPTH: usize = 8;
const MOST_TEAM_TOOLS: usize = 16;

pub(crate) const FAILURE_MODES: &[FailureMode] = &[
    FailureMode::BadConfiguration,
    FailureMode::BadDeployment,
    FailureMode::Stopped,
    FailureMode::Capacity,
    FailureMode::Dependency,
    FailureMode::Permissions,
    FailureMode::Slow,
    FailureMode::Failing,
    FailureMode::Cpu,
    FailureMode::Memory,
    FailureMode::Disk,
    FailureMode::Connections,
    FailureMode::Throttled,
    FailureMode::Overload,
    FailureMode::Backlog,
    FailureMode::Unknown,
];

/// The tools that read.
pub(crate) fn read_tools(bundle: &Bundle, names: Names<'_>) -> Vec<ToolDefinition> {
    let offered = |tool: &&BuiltIn| {
        !names.is_empty() || tool.input.values().all(|input| input.kind != InputKind::Component)
    };
    bundle
        .tools
        .iter()
        .filter(offered)
        .map(|tool| {
            let properties: Map<String, Value> = tool
                .input
                .iter()
                .map(|(field, input)| (field.clone(), input_schema(input.kind, &input.description, names)))
                .collect();
            let required: Vec<&String> = tool.input.keys().collect();
            ToolDefinition {
                name: tool.name.clone(),
                description: tool.description.clone(),
                schema: json!({
                    "type": "object",
                    "properties": properties,
                    "required": required,
                    "additionalProperties": false,
                }),
            }
        })
        .collect()
}

fn input_schema(kind: InputKind, description: &str, names: Names<'_>) -> Value {
    match kind {
        InputKind::Component => json!({
            "type": "string", "enum": short_names(names), "description": description,
        }),
        InputKind::Provider => json!({
            "type": "string", "enum": Provider::ALL.map(Provider::as_str), "description": description,
        }),
        InputKind::Text | InputKind::Id => json!({
            "type": "string", "maxLength": INPUT_CHARS, "description": description,
        }),
    }
}

/// The team's tools as they may be offered, and how many may not: their names and descriptions are what a
/// server says of itself.
pub(crate) fn team_tools(
    written: &[ToolDefinition],
    built_in: &[ToolDefinition],
    fence: &Fence,
) -> (Vec<ToolDefinition>, usize) {
    let mut offered: Vec<ToolDefinition> = Vec::new();
    for tool in written {
        let name = (1..=64).contains(&tool.name.len())
            && tool.name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
            && fence.fit(&tool.name, 64).text == tool.name;
        let taken = [REPORT_LINE, SUBMIT_DIAGNOSIS].contains(&tool.name.as_str())
            || built_in.iter().chain(&offered).any(|other| other.name == tool.name);
        let schema = plain_schema(&tool.schema, fence, TEAM_SCHEMA_DEPTH)
            .filter(|schema| schema.get("type").and_then(Value::as_str) == Some("object"))
            .filter(|schema| schema.to_string().len() <= TEAM_SCHEMA_BYTES);
        let (true, false, Some(schema)) = (name, taken, schema) else { continue };
        if offered.len() < MOST_TEAM_TOOLS {
            let description = team_description(tool, fence);
            offered.push(ToolDefinition { name: tool.name.clone(), description, schema });
        }
    }
    let unfit = written.len().saturating_sub(offered.len());
    (offered, unfit)
}

/// What its server says of it and of its fields, in the fence.
fn team_description(tool: &ToolDefinition, fence: &Fence) -> String {
    let mut says = vec![fence.line(&tool.description, TEAM_DESCRIPTION_CHARS)];
    let fields = tool.schema.get("properties").and_then(Value::as_object);
    says.extend(fields.into_iter().flatten().take(MOST_TEAM_FIELDS).filter_map(|(name, field)| {
        let text = field.get("description")?.as_str()?;
        Some(fence.line(&format!("{name}: {text}"), TEAM_FIELD_CHARS))
    }));
    format!("A tool of the team's. What its server says of it:\n{}", fence.around("team-tool", &says))
}

/// What of a schema says how an input is formed; without what else can talk: titles, descriptions, defaults,
/// examples.
fn plain_schema(schema: &Value, fence: &Fence, depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    let Value::Object(fields) = schema else { return None };
    let mut plain = Map::new();
    for (field, value) in fields {
        let kept = match (field.as_str(), value) {
            ("type", Value::String(_)) | ("enum" | "required", Value::Array(_)) => {
                Some(plain_words(value, fence)?)
            }
            (
                "minimum" | "maximum" | "minLength" | "maxLength" | "minItems" | "maxItems",
                Value::Number(_),
            )
            | ("additionalProperties", Value::Bool(_)) => Some(value.clone()),
            ("items", _) => Some(plain_schema(value, fence, depth)?),
            ("properties", Value::Object(properties)) => {
                let mut inner = Map::new();
                for (name, property) in properties {
                    plain_words(&Value::String(name.clone()), fence)?;
                    inner.insert(name.clone(), plain_schema(property, fence, depth)?);
                }
                Some(Value::Object(inner))
            }
            _ => None,
        };
        plain.extend(kept.map(|value| (field.clone(), value)));
    }
    Some(Value::Object(plain))
}

/// Words that stay as they are; `None` where one could say more than a word.
fn plain_words(value: &Value, fence: &Fence) -> Option<Value> {
    let word = |value: &Value| match value {
        Value::String(text) => text.chars().count() <= 64 && fence.fit(text, 64).text == *text,
        Value::Number(_) | Value::Bool(_) | Value::Null => true,
        Value::Array(_) | Value::Object(_) => false,
    };
    let all = match value {
        Value::Array(all) => all.len() <= 64 && all.iter().all(word),
        one => word(one),
    };
    all.then(|| value.clone())
}

/// The tool that ends a line of inquiry.
pub(crate) fn report_line(bundle: &Bundle, names: Names<'_>) -> ToolDefinition {
    let ids = json!({
        "type": "array", "maxItems": 12, "items": {"type": "string", "pattern": "^ev-[0-9a-f]{12}$"},
    });
    ToolDefinition {
        name: REPORT_LINE.to_owned(),
        description: bundle.answers.report_line.clone(),
        schema: json!({
            "type": "object",
            "properties": {
                "found": {"type": "string", "enum": ["cause", "nothing"]},
                "finding": {"type": "string", "maxLength": 400, "description": "What you found, or what you looked at and found to be as usual."},
                "component": {"type": "string", "enum": short_names(names), "description": "Where the cause is, if you found one."},
                "failure_mode": {"type": "string", "enum": failure_modes()},
                "supports": described(&ids, "Evidence for it."),
                "contradicts": described(&ids, "Evidence against it."),
            },
            "required": ["found", "finding", "supports", "contradicts"],
            "additionalProperties": false,
        }),
    }
}

/// The tool that ends the investigation. Only what is `known` may be cited.
pub(crate) fn submit_diagnosis(
    bundle: &Bundle,
    names: Names<'_>,
    actions: &[ActionId],
    known: &BTreeSet<EvidenceId>,
) -> ToolDefinition {
    let ids: Vec<&str> = known.iter().map(EvidenceId::as_str).collect();
    // An empty list of values is no schema.
    let id = if ids.is_empty() { json!({"type": "string"}) } else { json!({"type": "string", "enum": ids}) };
    let ids = json!({"type": "array", "maxItems": 12, "items": id});
    let mut hypothesis = json!({
        "component": {"type": "string", "enum": short_names(names)},
        "failure_mode": {"type": "string", "enum": failure_modes()},
        "cause": {"type": "string", "maxLength": 400, "description": "One or two sentences for people."},
        "supports": described(&ids, "Evidence for it: at least one."),
        "contradicts": described(&ids, "Evidence against it."),
        "confidence": {"type": "number", "minimum": 0, "maximum": 1, "description": "Recorded, never used."},
    });
    if let (Some(fields), false) = (hypothesis.as_object_mut(), actions.is_empty()) {
        let actions: Vec<&str> = actions.iter().map(ActionId::as_str).collect();
        let description = "What would mend it. Leave it out where none of these would.";
        fields.insert(
            "action".to_owned(),
            json!({"type": "string", "enum": actions, "description": description}),
        );
    }
    ToolDefinition {
        name: SUBMIT_DIAGNOSIS.to_owned(),
        description: bundle.answers.submit_diagnosis.clone(),
        schema: json!({
            "type": "object",
            "properties": {
                "verdict": {"type": "string", "enum": ["hypotheses", "abstain"]},
                "reason": {"type": "string", "maxLength": 400, "description": "Where you abstain: why, and what would decide it. Else empty."},
                "hypotheses": {
                    "type": "array",
                    "maxItems": bundle.limits.hypotheses,
                    "description": "Best first; empty where you abstain.",
                    "items": {
                        "type": "object",
                        "properties": hypothesis,
                        "required": ["component", "failure_mode", "cause", "supports", "contradicts", "confidence"],
                        "additionalProperties": false,
                    },
                },
                "impact": {
                    "type": "object",
                    "description": "What customers notice, where evidence shows it.",
                    "properties": {"text": {"type": "string", "maxLength": 300}, "evidence": ids},
                    "required": ["text", "evidence"],
                    "additionalProperties": false,
                },
                "lasting_fix": {
                    "type": "object",
                    "description": "What would keep it from coming back.",
                    "properties": {
                        "problem": {"type": "string", "maxLength": 400},
                        "place": {"type": "string", "maxLength": 200, "description": "Where the change belongs."},
                        "change": {"type": "string", "maxLength": 600},
                        "tests": {"type": "array", "maxItems": 5, "items": {"type": "string", "maxLength": 200}},
                        "evidence": ids,
                    },
                    "required": ["problem", "place", "change", "tests", "evidence"],
                    "additionalProperties": false,
                },
            },
            "required": ["verdict", "reason", "hypotheses"],
            "additionalProperties": false,
        }),
    }
}

fn short_names(names: Names<'_>) -> Vec<String> {
    names.all().map(|(name, _)| name).collect()
}

fn failure_modes() -> Vec<&'static str> {
    FAILURE_MODES.iter().map(|mode| mode.as_str()).collect()
}

fn described(schema: &Value, description: &str) -> Value {
    let mut schema = schema.clone();
    if let Some(fields) = schema.as_object_mut() {
        fields.insert("description".to_owned(), Value::String(description.to_owned()));
    }
    schema
}
