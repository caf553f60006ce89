//! Runs tables of requests and expected decisions against a set of policies.
//!
//! A team keeps its tables beside its policies, and `nightshift policy test` runs them. docs/policies.md describes the
//! form; [`PolicyTable::parse`] refuses what is not in it, and names file and line.

mod parse;

use std::collections::BTreeMap;

use common::{ActionId, Arn, Decision};
use serde_json::Value;

use crate::{Facts, Guard, Policies, catalogue::TargetKind};

pub use parse::TableError;

/// The table that ships with the default policies.
pub const SHIPPED_TABLE: (&str, &str) =
    ("infra/policies/default.tests.toml", include_str!("../../../infra/policies/default.tests.toml"));

/// One request with the decision that is expected.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyCase {
    pub name: String,
    pub file: String,
    /// The line of the case in its file, counted from 1.
    pub line: usize,
    pub action: ActionId,
    pub target: Arn,
    pub approved: bool,
    pub undo: bool,
    pub facts: Facts,
    pub expected: Decision,
    /// The ids of exactly the policies that determine the decision, sorted; `None` where any will do.
    pub expected_policies: Option<Vec<String>>,
}

/// The cases of one file, in its order.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyTable {
    pub cases: Vec<PolicyCase>,
}

/// The result of one case.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseResult<'a> {
    pub case: &'a PolicyCase,
    pub decision: Decision,
    /// The ids of the policies that determined it, sorted.
    pub policies: Vec<String>,
}

impl CaseResult<'_> {
    pub fn passed(&self) -> bool {
        self.decision == self.case.expected
            && self.case.expected_policies.as_ref().is_none_or(|expected| *expected == self.policies)
    }
}

impl Guard {
    /// The guard with policies of a team's own, each file given as its name and text, in place of those that this
    /// binary was built with. The catalogue and the schema stay.
    pub fn with_policies(files: &[(&str, &str)]) -> Result<Self, crate::GuardError> {
        Ok(Self { policies: Policies::parse(files)?, ..Self::shipped()? })
    }

    /// Returns a resource of the kind that `action` acts on, for cases that name none; `None` where there is no such
    /// action.
    pub fn sample_target(&self, action: &str) -> Option<Arn> {
        let (_, entry) = self.catalogue.actions().find(|(id, _)| id.as_str() == action)?;
        Some(sample_target(entry.resource))
    }

    /// Decides each case of `table` as the guard would decide on a plan.
    pub fn run_table<'a>(&self, table: &'a PolicyTable) -> Vec<CaseResult<'a>> {
        table
            .cases
            .iter()
            .map(|case| {
                let action = case.action.as_str();
                let decided =
                    self.policies.decide(action, &case.target, &case.facts, case.approved, case.undo);
                let mut policies: Vec<_> = decided.determining.into_iter().map(|policy| policy.id).collect();
                policies.sort();
                CaseResult { case, decision: decided.decision, policies }
            })
            .collect()
    }
}

/// The names and values of the facts that a case starts from.
fn baseline() -> BTreeMap<String, Value> {
    match serde_json::to_value(Facts::nothing_against()) {
        Ok(Value::Object(facts)) => facts.into_iter().collect(),
        // A struct always becomes an object.
        _ => BTreeMap::new(),
    }
}

/// A resource of the kind that an action acts on, for cases that name none.
fn sample_target(kind: TargetKind) -> Arn {
    let (service, resource) = match kind {
        TargetKind::Parameter => ("ssm", "parameter/shop/limit"),
        TargetKind::FunctionAlias => ("lambda", "function:shop:live"),
        TargetKind::Instance => ("ec2", "instance/i-0123456789abcdef0"),
        TargetKind::Service => ("ecs", "service/shop/web"),
    };
    Arn::new(service, "eu-west-1", "123456789012", resource)
}

#[cfg(test)]
mod tests;
