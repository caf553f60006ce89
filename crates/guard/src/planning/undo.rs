//! Makes the plan that undoes another one, of what its automation says it did.

use std::collections::BTreeMap;

use common::Plan;

use super::{Refusal, bound::weights};
use crate::{
    Guard,
    catalogue::{Bound, TargetProperty, Undo, undo::reference},
};

/// The outputs of an automation, by `Step.Output`. An output that is an empty list has no value.
type Outputs = BTreeMap<String, Vec<String>>;

/// The part of a plan that can be undone, by the outputs of its automation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undoing {
    /// The catalogue knows no undo of the action.
    NoUndo,
    /// The automation did not get as far as making its change, or found nothing to change.
    NothingChanged,
    /// The automation made its change.
    Possible(Box<OurChange>),
}

/// A change that an automation of ours made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OurChange {
    /// The plan that undoes it.
    pub undo: Plan,
    /// The target's properties as the change left them; `None` where the automation ended before it read them.
    pub left: BTreeMap<TargetProperty, Option<String>>,
    /// True if the undo returns to the state that was diagnosed as the fault.
    pub returns_to_fault: bool,
}

impl Guard {
    /// Tells what there is to undo of `plan`, by the outputs of its automation.
    pub fn undo(&self, plan: &Plan, outputs: &Outputs) -> Result<Undoing, Refusal> {
        let Some(undo) = &self.catalogue.known(&plan.action)?.undo else { return Ok(Undoing::NoUndo) };
        let so = |(name, wanted): (&String, &String)| {
            let found = value(outputs, name);
            if wanted == "*" { found.is_some() } else { found.unwrap_or(NO_ELEMENT) == filled(wanted, plan) }
        };
        let is_made = undo.made_if.iter().all(so);
        let is_unchanged = !undo.unchanged_if.is_empty() && undo.unchanged_if.iter().all(so);
        if !is_made || is_unchanged {
            return Ok(Undoing::NothingChanged);
        }
        let left = undo.still_ours.iter();
        Ok(Undoing::Possible(Box::new(OurChange {
            undo: self.undo_plan(undo, plan, outputs)?,
            left: left.map(|(property, name)| (*property, value(outputs, name).map(str::to_owned))).collect(),
            returns_to_fault: !undo.fault_if.is_empty() && undo.fault_if.iter().all(so),
        })))
    }

    fn undo_plan(&self, undo: &Undo, plan: &Plan, outputs: &Outputs) -> Result<Plan, Refusal> {
        let undoing = self.catalogue.known(&undo.action)?;
        let mut parameters = BTreeMap::new();
        for (name, template) in &undo.parameters {
            let source = reference(template).unwrap_or_default();
            let no_output = || Refusal::NoOutput { action: plan.action.clone(), output: source.to_owned() };
            let found = plan.parameters.get(source).map(String::as_str).or_else(|| value(outputs, source));
            let is_weights = matches!(undoing.undo_parameters.get(name), Some(Bound::Weights));
            let given = if is_weights {
                weights(found.unwrap_or(NO_ELEMENT)).ok_or_else(no_output)?
            } else {
                found.ok_or_else(no_output)?.to_owned()
            };
            parameters.insert(name.clone(), given);
        }
        self.catalogue.check_plan(Plan {
            action: undo.action.clone(),
            document: undoing.document.clone(),
            parameters,
            undo_of: Some(plan.hash()),
            ..plan.clone()
        })
    }
}

/// The value that a missing output is compared as: SSM gives an empty list no value.
const NO_ELEMENT: &str = "[]";

fn value<'a>(outputs: &'a Outputs, name: &str) -> Option<&'a str> {
    let value = outputs.get(name)?.first()?.as_str();
    (!value.is_empty()).then_some(value)
}

/// The value that a condition wants: a parameter of the plan where it names one.
fn filled<'a>(wanted: &'a str, plan: &'a Plan) -> &'a str {
    reference(wanted).and_then(|name| plan.parameters.get(name)).map_or(wanted, String::as_str)
}

#[cfg(test)]
mod tests;
