//! Offers the tools to the model, each with a closed schema.
//!
//! They hold nothing of the incident but how many components there are and which actions may be proposed, and
//! are the same for all requests of a line, so that the service can cache them. The weighing's last tool also
//! lists the evidence there is, and changes only where a tool brought more.

mod team_tools;

use std::collections::BTreeSet;

use common::{ActionId, ContextSource, EvidenceId, FailureMode, model::ToolDefinition};
use serde_json::{Map, Value, json};

pub(crate) use self::team_tools::team_tools;
use crate::{
    bundle::{BuiltInTool, Bundle, InputKind},
    model_input::ComponentNames,
};

pub(crate) const REPORT_LINE: &str = "report_line";
pub(crate) const SUBMIT_DIAGNOSIS: &str = "submit_diagnosis";

/// Characters of the longest text or id that a tool is given.
pub(crate) const INPUT_CHARS: usize = 200;

/// The built-in tools, which only read. Without components those that take one are not offered.
pub(crate) fn read_tools(bundle: &Bundle, names: ComponentNames<'_>) -> Vec<ToolDefinition> {
    let offered = |tool: &&BuiltInTool| {
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

fn input_schema(kind: InputKind, description: &str, names: ComponentNames<'_>) -> Value {
    match kind {
        InputKind::Component => json!({
            "type": "string", "enum": short_names(names), "description": description,
        }),
        InputKind::ContextSource => json!({
            "type": "string", "enum": ContextSource::ALL.map(ContextSource::as_str), "description": description,
        }),
        InputKind::Text | InputKind::Id => json!({
            "type": "string", "maxLength": INPUT_CHARS, "description": description,
        }),
    }
}

/// The tool that ends a line of inquiry.
pub(crate) fn report_line(bundle: &Bundle, names: ComponentNames<'_>) -> ToolDefinition {
    let ids = json!({
        "type": "array", "maxItems": 12, "items": {"type": "string", "pattern": "^ev-[0-9a-f]{12}$"},
    });
    ToolDefinition {
        name: REPORT_LINE.to_owned(),
        description: bundle.answer_tools.report_line.clone(),
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

/// The tool that ends the investigation. Only the evidence in `citable` may be cited.
pub(crate) fn submit_diagnosis(
    bundle: &Bundle,
    names: ComponentNames<'_>,
    actions: &[ActionId],
    citable: &BTreeSet<EvidenceId>,
) -> ToolDefinition {
    let ids: Vec<&str> = citable.iter().map(EvidenceId::as_str).collect();
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
        description: bundle.answer_tools.submit_diagnosis.clone(),
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

fn short_names(names: ComponentNames<'_>) -> Vec<String> {
    names.all().map(|(name, _)| name).collect()
}

fn failure_modes() -> Vec<&'static str> {
    FailureMode::ALL.iter().map(|mode| mode.as_str()).collect()
}

fn described(schema: &Value, description: &str) -> Value {
    let mut schema = schema.clone();
    if let Some(fields) = schema.as_object_mut() {
        fields.insert("description".to_owned(), Value::String(description.to_owned()));
    }
    schema
}
