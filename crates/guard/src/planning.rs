//! Turns a proposal into a plan, or refuses it. A proposal is only words: its action must be in the catalogue,
//! and each parameter within its bound.

use std::collections::BTreeMap;

use common::{ActionId, Arn, IncidentId, Plan, diagnosis::Proposal};

use crate::{
    Catalogue, Guard,
    catalogue::{Action, Bound},
};

/// Why a proposal cannot be a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("unknown action {0}: the catalogue does not have it")]
    UnknownAction(ActionId),
    #[error("{0} only undoes another action and cannot be proposed")]
    UndoOnly(ActionId),
    #[error("{action} cannot act on {target}: it is another kind of resource")]
    WrongTarget { action: ActionId, target: Box<Arn> },
    #[error("{action}: the parameter {parameter} is missing")]
    Missing { action: ActionId, parameter: String },
    #[error("{action}: unknown parameter {parameter}")]
    Unexpected { action: ActionId, parameter: String },
    #[error("{action}: invalid {parameter} {value:?}: expected {expected}")]
    OutOfBounds { action: ActionId, parameter: String, value: String, expected: String },
    #[error("{action} does not run the document {document}")]
    OtherDocument { action: ActionId, document: String },
    #[error("the automation of {action} did not return {output}, which undoing it needs")]
    NoOutput { action: ActionId, output: String },
}

impl Guard {
    /// The plan of a proposal.
    pub fn plan(&self, incident: IncidentId, proposal: &Proposal) -> Result<Plan, Refusal> {
        self.catalogue.plan(incident, proposal)
    }

    /// The plan that takes `plan` back, given its automation's outputs; `None` where the catalogue
    /// knows none.
    pub fn undo(
        &self,
        plan: &Plan,
        outputs: &BTreeMap<String, Vec<String>>,
    ) -> Result<Option<Plan>, Refusal> {
        let Some(undo) = &self.catalogue.known(&plan.action)?.undo else { return Ok(None) };
        let output =
            |name: &str| outputs.get(name).and_then(|all| all.first()).filter(|value| !value.is_empty());
        for (name, wanted) in &undo.only_if {
            let found = output(name)
                .ok_or_else(|| Refusal::NoOutput { action: plan.action.clone(), output: name.clone() })?;
            if found != wanted {
                return Ok(None);
            }
        }
        let mut parameters = BTreeMap::new();
        for (name, template) in &undo.parameters {
            let source = template.trim_start_matches('{').trim_end_matches('}');
            let value = plan.parameters.get(source).or_else(|| output(source)).ok_or_else(|| {
                Refusal::NoOutput { action: plan.action.clone(), output: source.to_owned() }
            })?;
            parameters.insert(name.clone(), value.clone());
        }
        let document = self.catalogue.known(&undo.action)?.document.clone();
        let undo = Plan {
            action: undo.action.clone(),
            document,
            parameters,
            undo_of: Some(plan.hash()),
            ..plan.clone()
        };
        self.catalogue.check_plan(undo).map(Some)
    }

    /// A plan's sentence for people.
    pub fn describe(&self, plan: &Plan) -> String {
        self.catalogue.describe(plan)
    }

    /// Checks that the catalogue, as it is now, would make this plan.
    pub(crate) fn check(&self, plan: &Plan) -> Result<(), Refusal> {
        let action = self.catalogue.known(&plan.action)?;
        if action.undo_only && plan.undo_of.is_none() {
            return Err(Refusal::UndoOnly(plan.action.clone()));
        }
        if action.document != plan.document {
            return Err(Refusal::OtherDocument {
                action: plan.action.clone(),
                document: plan.document.clone(),
            });
        }
        self.catalogue.check_plan(plan.clone()).map(|_| ())
    }
}

impl Catalogue {
    /// The plan of a proposal.
    pub fn plan(&self, incident: IncidentId, proposal: &Proposal) -> Result<Plan, Refusal> {
        let action = self.known(&proposal.action)?;
        if action.undo_only {
            return Err(Refusal::UndoOnly(proposal.action.clone()));
        }
        self.check_plan(Plan {
            schema_version: 1,
            incident_id: incident,
            action: proposal.action.clone(),
            document: action.document.clone(),
            target: proposal.target.clone(),
            parameters: proposal.parameters.clone(),
            undo_of: None,
        })
    }

    /// A plan's sentence for people.
    pub fn describe(&self, plan: &Plan) -> String {
        let mut text = self
            .action(&plan.action)
            .map_or_else(|| plan.action.to_string(), |action| action.summary.clone());
        for (name, value) in &plan.parameters {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }

    fn known(&self, id: &ActionId) -> Result<&Action, Refusal> {
        self.action(id).ok_or_else(|| Refusal::UnknownAction(id.clone()))
    }

    fn check_plan(&self, plan: Plan) -> Result<Plan, Refusal> {
        let action = self.known(&plan.action)?;
        let of = || plan.action.clone();
        if !action.resource.is_of(&plan.target.kind()) {
            return Err(Refusal::WrongTarget { action: of(), target: Box::new(plan.target) });
        }
        if let Some(parameter) = plan.parameters.keys().find(|name| !action.parameters.contains_key(*name)) {
            return Err(Refusal::Unexpected { action: of(), parameter: parameter.clone() });
        }
        for (parameter, bound) in &action.parameters {
            let value = plan
                .parameters
                .get(parameter)
                .ok_or_else(|| Refusal::Missing { action: of(), parameter: parameter.clone() })?;
            if let Err(expected) = check_bound(bound, value, action, &plan.target) {
                return Err(Refusal::OutOfBounds {
                    action: of(),
                    parameter: parameter.clone(),
                    value: value.clone(),
                    expected,
                });
            }
        }
        Ok(plan)
    }
}

/// Checks a value against its bound; the error says what was expected.
fn check_bound(bound: &Bound, value: &str, action: &Action, target: &Arn) -> Result<(), String> {
    let (kept, expected) = match bound {
        Bound::Target(part) => {
            let own = action.resource.part(&target.kind(), part);
            (own.as_deref() == Some(value), format!("the target's own {part}"))
        }
        Bound::WholeNumber(least) => {
            let canonical =
                value.parse::<u64>().is_ok_and(|number| number >= *least && number.to_string() == value);
            (canonical, format!("a whole number of at least {least}"))
        }
        Bound::Arn(start) => {
            let (service, resource) = start.split_once(':').unwrap_or((start, ""));
            let of_target = value.parse::<Arn>().is_ok_and(|arn| {
                arn.service() == service
                    && arn.account() == target.account()
                    && arn.region() == target.region()
                    && arn.resource().strip_prefix(resource).is_some_and(is_plain)
            });
            (of_target, format!("an ARN of {start}… in the target's account and region"))
        }
    };
    if kept { Ok(()) } else { Err(expected) }
}

/// The characters of names and revisions; nothing that a shell, JSON or a template could misread.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':'))
}

#[cfg(test)]
mod tests;
