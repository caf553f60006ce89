//! Defines how an action is undone, and what proves that there is something of ours to undo.

use std::collections::BTreeMap;

use common::ActionId;
use serde::Deserialize;

use super::{Action, Catalogue, TargetKind};

/// The undo of an action. Outputs are named `Step.Output`, as the document's outputs are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    pub action: ActionId,
    /// The undo's parameters: `{Name}` is a parameter of the plan that is undone, `{Step.Output}` an output.
    pub parameters: BTreeMap<String, String>,
    /// The outputs that prove that the automation made its change, each with its value or `*` for any.
    pub made_if: BTreeMap<String, String>,
    /// Where all of these outputs have these values, the change left everything as it was.
    #[serde(default)]
    pub unchanged_if: BTreeMap<String, String>,
    /// The properties of the target that say whose state it is in, each with the output that has its value
    /// as our change left it.
    pub still_ours: BTreeMap<TargetProperty, String>,
    /// Where all of these outputs have these values, the undo returns to what was diagnosed as the fault.
    pub fault_if: BTreeMap<String, String>,
}

/// A property of a target that changes with every change of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetProperty {
    /// A parameter's version.
    Version,
    /// An alias' revision, which changes with its version, its weights and its description.
    Revision,
    /// The id of a service's PRIMARY deployment.
    Deployment,
    /// The time of an instance's last start.
    LaunchTime,
}

impl TargetProperty {
    const fn is_of(self, kind: TargetKind) -> bool {
        matches!(
            (self, kind),
            (Self::Version, TargetKind::Parameter)
                | (Self::Revision, TargetKind::FunctionAlias)
                | (Self::Deployment, TargetKind::Service)
                | (Self::LaunchTime, TargetKind::Instance)
        )
    }
}

impl Undo {
    /// Checks it against the action that it undoes; the error names the field and says what is wrong with it.
    pub(super) fn check(&self, action: &Action, catalogue: &Catalogue) -> Result<(), (String, String)> {
        let wrong = |field: &str, problem: String| Err((format!("undo.{field}"), problem));
        let Some(undoing) = catalogue.action(&self.action) else {
            return wrong(
                "action",
                format!("unknown action {}: the catalogue does not have it", self.action),
            );
        };
        let expected: Vec<_> = undoing.plan_parameters(true).map(|(name, _)| name.as_str()).collect();
        let mut given: Vec<_> = self.parameters.keys().map(String::as_str).collect();
        given.sort_unstable();
        let mut sorted = expected.clone();
        sorted.sort_unstable();
        if given != sorted {
            return wrong("parameters", format!("expected exactly {}", expected.join(", ")));
        }
        for value in self.parameters.values() {
            let source = reference(value).unwrap_or_default();
            if !is_output(source) && !action.parameters.contains_key(source) {
                return wrong(
                    "parameters",
                    format!("invalid value {value:?}: expected {{Parameter}} or {{Step.Output}}"),
                );
            }
        }
        if self.made_if.is_empty() {
            return wrong(
                "made_if",
                "expected at least one output that only our own change gives".to_owned(),
            );
        }
        if self.still_ours.is_empty() {
            return wrong("still_ours", "expected at least one property of the target".to_owned());
        }
        if let Some(other) = self.still_ours.keys().find(|property| !property.is_of(action.resource)) {
            return wrong("still_ours", format!("{other:?} is no property of this kind of resource"));
        }
        let conditions =
            [("made_if", &self.made_if), ("unchanged_if", &self.unchanged_if), ("fault_if", &self.fault_if)];
        for (field, condition) in conditions {
            if let Some(output) = condition.keys().find(|output| !is_output(output)) {
                return wrong(field, format!("invalid output {output:?}: expected Step.Output"));
            }
            let parameters = condition.values().filter_map(|value| reference(value));
            if let Some(unknown) = parameters.into_iter().find(|name| !action.parameters.contains_key(*name))
            {
                return wrong(field, format!("unknown parameter {unknown:?}"));
            }
        }
        match self.still_ours.values().find(|output| !is_output(output)) {
            Some(output) => wrong("still_ours", format!("invalid output {output:?}: expected Step.Output")),
            None => Ok(()),
        }
    }
}

/// The name in `{Name}`; `None` for any other text.
pub(crate) fn reference(text: &str) -> Option<&str> {
    text.strip_prefix('{')?.strip_suffix('}')
}

fn is_output(name: &str) -> bool {
    name.split_once('.').is_some_and(|(step, output)| !step.is_empty() && !output.is_empty())
}
