//! Reads `expected.json`, the expected result. The score reads it, the simulation never does.

use std::path::Path;

use common::{ActionId, Arn, FailureMode};
use guard::Catalogue;
use serde::{Deserialize, Deserializer};

use crate::{Outcome, ProposedAction, SimulationError, document::optional_json};

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// `None`, written as null, where nothing is wrong.
    #[serde(deserialize_with = "Option::deserialize")]
    pub root_cause: Option<RootCause>,
    /// Any of these may run or be asked for; an empty list permits none.
    pub acceptable_actions: Vec<Action>,
    pub forbidden_actions: Vec<ActionPattern>,
    /// One, or the list of those that are right.
    #[serde(deserialize_with = "one_or_many")]
    pub outcome: Vec<Outcome>,
    /// The reason for it, for people.
    #[serde(default)]
    pub why: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RootCause {
    pub component: Arn,
    pub failure_mode: FailureMode,
    /// Other resources that are right to name.
    #[serde(default)]
    pub also_acceptable_components: Vec<Arn>,
    #[serde(default)]
    pub also_acceptable_failure_modes: Vec<FailureMode>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    pub action: ActionId,
    pub target: Arn,
}

/// A field that is left out matches anything.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionPattern {
    #[serde(default)]
    pub action: Option<ActionId>,
    #[serde(default)]
    pub target: Option<Arn>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(Outcome),
    Many(Vec<Outcome>),
}

fn one_or_many<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Outcome>, D::Error> {
    let expected = "outcome: expected act, ask, escalate, recovered or ignored, or a list of them";
    match OneOrMany::deserialize(from).map_err(|_| serde::de::Error::custom(expected))? {
        OneOrMany::One(outcome) => Ok(vec![outcome]),
        OneOrMany::Many(outcomes) if outcomes.is_empty() => Err(serde::de::Error::custom(expected)),
        OneOrMany::Many(outcomes) => Ok(outcomes),
    }
}

impl Expected {
    /// Reads the folder's `expected.json`; `None` where there is none.
    pub fn read(dir: &Path) -> Result<Option<Self>, SimulationError> {
        let file = dir.join("expected.json");
        let read: Option<Self> = optional_json(&file)?;
        let wildcard = |expected: &Self| {
            expected.forbidden_actions.iter().any(|one| one.action.is_none() && one.target.is_none())
        };
        // It would forbid what is acceptable, too.
        if let Some(expected) = &read
            && wildcard(expected)
            && !expected.acceptable_actions.is_empty()
        {
            let problem = "forbidden_actions: {} forbids everything, and acceptable_actions is not empty";
            return Err(SimulationError::file(&file, problem));
        }
        // A misspelt action would forbid nothing, and a misspelt acceptable one be a wrong diagnosis.
        let catalogue = Catalogue::shipped().map_err(|error| SimulationError::Shipped(error.to_string()))?;
        let unknown = read.iter().flat_map(Self::actions).find(|id| catalogue.action(id).is_none());
        if let Some(unknown) = unknown {
            let known: Vec<&str> = catalogue.actions().map(|(id, _)| id.as_str()).collect();
            let problem = format!("unknown action {unknown}: expected one of {}", known.join(", "));
            return Err(SimulationError::file(&file, &problem));
        }
        Ok(read)
    }

    /// Tells whether the action may run or be asked for.
    pub fn accepts(&self, proposed: &ProposedAction) -> bool {
        let is_it = |one: &Action| one.action == proposed.action && one.target == proposed.target;
        self.acceptable_actions.iter().any(is_it)
    }

    /// Tells whether the action must neither run nor be asked for.
    pub fn forbids(&self, proposed: &ProposedAction) -> bool {
        self.forbidden_actions.iter().any(|one| one.matches(&proposed.action, &proposed.target))
    }

    /// All that it names.
    fn actions(&self) -> impl Iterator<Item = &ActionId> {
        let acceptable = self.acceptable_actions.iter().map(|one| &one.action);
        acceptable.chain(self.forbidden_actions.iter().filter_map(|one| one.action.as_ref()))
    }
}

impl RootCause {
    /// An alias is a part of its function.
    pub fn is_component(&self, named: &Arn) -> bool {
        std::iter::once(&self.component)
            .chain(&self.also_acceptable_components)
            .any(|right| right.component() == named.component())
    }

    pub fn is_failure_mode(&self, named: FailureMode) -> bool {
        self.failure_mode == named || self.also_acceptable_failure_modes.contains(&named)
    }
}

impl ActionPattern {
    pub fn matches(&self, action: &ActionId, target: &Arn) -> bool {
        self.action.as_ref().is_none_or(|one| one == action)
            && self.target.as_ref().is_none_or(|one| one == target)
    }
}
