//! Turns a proposal into a plan, or refuses it. A proposal is only words: its action must be in the catalogue,
//! and each parameter within its bound.

mod bound;
mod undo;

use common::{ActionId, Arn, IncidentId, Plan, diagnosis::Proposal};

pub use self::undo::{OurChange, Undoing};
use crate::{Catalogue, Guard, catalogue::Action};

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
        let undoes = plan.undo_of.is_some();
        let known = |name: &String| action.plan_parameters(undoes).any(|(own, _)| own == name);
        if let Some(parameter) = plan.parameters.keys().find(|name| !known(name)) {
            return Err(Refusal::Unexpected { action: of(), parameter: parameter.clone() });
        }
        for (parameter, bound) in action.plan_parameters(undoes) {
            let value = plan
                .parameters
                .get(parameter)
                .ok_or_else(|| Refusal::Missing { action: of(), parameter: parameter.clone() })?;
            if let Err(expected) = bound.check(value, action, &plan.target) {
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

#[cfg(test)]
mod tests;
