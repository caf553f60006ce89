//! Lists the built-in tools and their descriptions in the bundle.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The tools that [`crate::ReadOnlyTools`] has, with their inputs.
const BUILT_IN: &[(&str, &[(&str, InputKind)])] = &[
    ("read_metrics", &[("component", InputKind::Component)]),
    ("read_logs", &[("component", InputKind::Component)]),
    ("read_changes", &[("component", InputKind::Component)]),
    ("read_state", &[("component", InputKind::Component)]),
    ("ask_provider", &[("provider", InputKind::ContextSource), ("component", InputKind::Component)]),
    ("search_runbooks", &[("text", InputKind::Text)]),
    ("read_runbook", &[("id", InputKind::Id)]),
    ("past_incidents", &[]),
];

/// A tool of Nightshift's own, as the model is told of it.
#[derive(Debug, Clone)]
pub(crate) struct BuiltInTool {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) input: BTreeMap<String, ToolInput>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToolInput {
    pub(crate) kind: InputKind,
    pub(crate) description: String,
}

/// The descriptions of the tools that an answer is given with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerTools {
    pub(crate) report_line: String,
    pub(crate) submit_diagnosis: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum InputKind {
    Component,
    #[serde(rename = "provider")]
    ContextSource,
    Text,
    Id,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ToolsFile {
    tool: Vec<ToolSection>,
    pub(super) answers: AnswerTools,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToolSection {
    name: String,
    description: String,
    #[serde(default)]
    input: BTreeMap<String, ToolInput>,
}

impl ToolsFile {
    /// Returns all built-in tools, each described once; fails with the wrong field and the reason.
    pub(super) fn into_tools(self) -> Result<Vec<BuiltInTool>, (String, String)> {
        let mut tools: Vec<BuiltInTool> = Vec::new();
        for ToolSection { name, description, input } in self.tool {
            let field = format!("tool.{name}");
            let Some((_, takes)) = BUILT_IN.iter().find(|(built_in, _)| *built_in == name) else {
                let known: Vec<_> = BUILT_IN.iter().map(|(name, _)| *name).collect();
                return Err((field, format!("unknown tool: expected one of {}", known.join(", "))));
            };
            if tools.iter().any(|tool| tool.name == name) {
                return Err((field, "described twice: expected once".to_owned()));
            }
            let right = input.len() == takes.len()
                && takes.iter().all(|(one, kind)| input.get(*one).is_some_and(|it| it.kind == *kind));
            if !right {
                let takes: Vec<_> =
                    takes.iter().map(|(one, kind)| format!("{one} of kind {kind:?}")).collect();
                let expected = if takes.is_empty() { "none".to_owned() } else { takes.join(", ") };
                return Err((format!("{field}.input"), format!("invalid inputs: expected {expected}")));
            }
            tools.push(BuiltInTool { name, description, input });
        }
        match BUILT_IN.iter().find(|(name, _)| tools.iter().all(|tool| tool.name != *name)) {
            Some((missing, _)) => {
                Err(("tool".to_owned(), format!("{missing} is missing: expected every built-in tool")))
            }
            None => Ok(tools),
        }
    }
}
