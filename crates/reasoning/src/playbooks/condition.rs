//! Checks one condition of a playbook: a fact, and one test of it.

use std::collections::BTreeSet;

use common::EvidenceId;
use serde::Deserialize;

use crate::playbooks::facts::{Facts, Value};

/// A condition as a playbook's file has it, before it is known to hold exactly one test.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UncheckedCondition {
    pub fact: String,
    is: Option<Vec<String>>,
    not: Option<Vec<String>>,
    at_most: Option<f64>,
    at_least: Option<f64>,
    present: Option<bool>,
    differs_from: Option<String>,
    same_as: Option<String>,
    /// Failing it although the fact is known means that nothing is wrong with the resource.
    #[serde(default)]
    otherwise_fine: bool,
}

/// A test of one fact.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    pub fact: String,
    pub test: Test,
    /// Failing the test although the fact is known means that nothing is wrong with the resource.
    pub otherwise_fine: bool,
}

/// The test that a condition makes of its fact.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    Is(Vec<String>),
    Not(Vec<String>),
    AtMost(f64),
    AtLeast(f64),
    Present(bool),
    DiffersFrom(String),
    SameAs(String),
}

impl UncheckedCondition {
    /// Returns the condition. Errs unless there is exactly one test in it.
    pub fn parse(self) -> Result<Condition, String> {
        let tests: Vec<Test> = [
            self.is.map(Test::Is),
            self.not.map(Test::Not),
            self.at_most.map(Test::AtMost),
            self.at_least.map(Test::AtLeast),
            self.present.map(Test::Present),
            self.differs_from.map(Test::DiffersFrom),
            self.same_as.map(Test::SameAs),
        ]
        .into_iter()
        .flatten()
        .collect();
        match <[Test; 1]>::try_from(tests) {
            Ok([test]) => Ok(Condition { fact: self.fact, test, otherwise_fine: self.otherwise_fine }),
            Err(tests) => Err(format!(
                "the condition on {} has {} tests and needs one of is, not, at_most, at_least, present, differs_from, same_as",
                self.fact,
                tests.len()
            )),
        }
    }
}

impl Condition {
    /// Returns the names of the facts that it tests.
    pub fn facts(&self) -> impl Iterator<Item = &str> {
        let other = match &self.test {
            Test::DiffersFrom(other) | Test::SameAs(other) => Some(other.as_str()),
            _ => None,
        };
        std::iter::once(self.fact.as_str()).chain(other)
    }

    /// Returns true if it holds. An unknown fact fulfils nothing but `present = false`.
    pub fn holds(&self, facts: &Facts) -> bool {
        let Some(fact) = facts.get(&self.fact) else { return self.test == Test::Present(false) };
        match (&self.test, &fact.value) {
            (Test::Is(words), Value::Text(text)) => words.contains(text),
            (Test::Not(words), Value::Text(text)) => !words.contains(text),
            (Test::AtMost(limit), Value::Number(number)) => number <= limit,
            (Test::AtLeast(limit), Value::Number(number)) => number >= limit,
            (Test::Present(present), _) => *present,
            (Test::SameAs(other), value) => facts.get(other).is_some_and(|other| other.value == *value),
            (Test::DiffersFrom(other), value) => facts.get(other).is_some_and(|other| other.value != *value),
            // A test of another type of value: nothing is known to hold.
            (Test::Is(_) | Test::Not(_), Value::Number(_))
            | (Test::AtMost(_) | Test::AtLeast(_), Value::Text(_)) => false,
        }
    }

    /// Returns the evidence of the facts that it tests.
    pub fn evidence(&self, facts: &Facts) -> BTreeSet<EvidenceId> {
        self.facts().filter_map(|name| facts.get(name)).flat_map(|fact| fact.evidence.clone()).collect()
    }

    /// Says what its fact is, for people.
    pub fn found(&self, facts: &Facts) -> String {
        let found = facts.get(&self.fact).map_or_else(|| "unknown".to_owned(), |fact| fact.value.readable());
        format!("its {} is {found}", readable_name(&self.fact))
    }

    /// Says why it does not hold, for people.
    pub fn failure(&self, facts: &Facts) -> String {
        let needed = match &self.test {
            Test::Is(words) => words.join(" or "),
            Test::Not(words) => format!("any other than {}", words.join(" or ")),
            Test::AtMost(limit) => format!("at most {limit}"),
            Test::AtLeast(limit) => format!("at least {limit}"),
            Test::Present(true) => "a known value".to_owned(),
            Test::Present(false) => "none".to_owned(),
            Test::DiffersFrom(other) => format!("another than its {}", readable_name(other)),
            Test::SameAs(other) => format!("the same as its {}", readable_name(other)),
        };
        format!("{}, expected {needed}", self.found(facts))
    }
}

/// Returns the name of a fact in words: `state.rollout_state` is "rollout state", `change.event` is "change event".
fn readable_name(fact: &str) -> String {
    fact.strip_prefix("state.").unwrap_or(fact).replace(['.', '_'], " ")
}
