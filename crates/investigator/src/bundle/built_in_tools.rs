//! How the built-in tools are described.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Answers;

/// The tools that [`crate::Tools`] has, and what each takes.
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

#[derive(Debug, Clone)]
pub(crate) struct BuiltIn {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) input: BTreeMap<String, Input>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    pub(crate) kind: InputKind,
    pub(crate) description: String,
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
pub(super) struct WrittenTools {
    tool: Vec<WrittenTool>,
    pub(super) answers: Answers,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTool {
    name: String,
    description: String,
    #[serde(default)]
    input: BTreeMap<String, Input>,
}

impl WrittenTools {
    /// Those that there are, each described once; or the field that is wrong, and why.
    pub(super) fn checked(self) -> Result<Vec<BuiltIn>, (String, String)> {
        let mut tools: Vec<BuiltIn> = Vec::new();
        for WrittenTool { name, description, input } in self.tool {
            let field = format!("tool.{name}");
            let Some((_, takes)) = BUILT_IN.iter().find(|(built_in, _)| *built_in == name) else {
                return Err((field, "there is no such tool".to_owned()));
            };
            if tools.iter().any(|tool| tool.name == name) {
                return Err((field, "it is described twice".to_owned()));
            }
            let right = input.len() == takes.len()
                && takes.iter().all(|(one, kind)| input.get(*one).is_some_and(|it| it.kind == *kind));
            if !right {
                return Err((format!("{field}.input"), format!("it takes {takes:?} and nothing else")));
            }
            tools.push(BuiltIn { name, description, input });
        }
        match BUILT_IN.iter().find(|(name, _)| tools.iter().all(|tool| tool.name != *name)) {
            Some((missing, _)) => Err(("tool".to_owned(), format!("{missing} is not described"))),
            None => Ok(tools),
        }
    }
}
