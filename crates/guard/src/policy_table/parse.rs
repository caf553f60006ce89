//! Reads a table, and refuses what is not in its form with file, line, what was wrong and what would be right.

use std::collections::{BTreeMap, BTreeSet};

use common::{Arn, Decision};
use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use super::{PolicyCase, PolicyTable, baseline, sample_target};
use crate::{Facts, Guard};

/// The value of a fact that is not known.
const UNKNOWN: &str = "unknown";
/// Facts that may be unknown.
const OPTIONAL: [&str; 7] = [
    "symptom_measured",
    "resources_touched",
    "capacity_share_percent",
    "dependants",
    "other_open_incidents",
    "habit",
    "open_findings",
];
/// The ids under which the guard denies by itself.
const OWN_IDS: [&str; 2] = ["could-not-be-decided", "no-policy-permits"];

/// A table that cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct TableError {
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    pub problem: String,
}

type FactValues = BTreeMap<Spanned<String>, toml::Value>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    /// Facts that every case of the file starts from.
    #[serde(default)]
    facts: FactValues,
    #[serde(default)]
    case: Vec<Spanned<Case>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    action: Spanned<String>,
    target: Option<Spanned<String>>,
    #[serde(default)]
    approved: bool,
    #[serde(default)]
    undo: bool,
    #[serde(default)]
    facts: FactValues,
    expect: Spanned<String>,
    policies: Option<Vec<Spanned<String>>>,
}

/// The text of a file, to tell lines in it.
struct Source<'a> {
    file: &'a str,
    text: &'a str,
}

impl Source<'_> {
    fn error(&self, at: usize, problem: String) -> TableError {
        TableError { file: self.file.to_owned(), line: self.line(at), problem }
    }

    fn line(&self, at: usize) -> usize {
        let before = self.text.as_bytes().iter().take(at);
        before.filter(|byte| **byte == b'\n').count().saturating_add(1)
    }
}

impl PolicyTable {
    /// Parses the text of a file for `guard`, whose actions and policies it may name.
    pub fn parse(file: &str, text: &str, guard: &Guard) -> Result<Self, TableError> {
        let source = Source { file, text };
        let document: Document = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            source.error(at, error.message().trim().replace('\n', ": "))
        })?;
        if document.case.is_empty() {
            return Err(source.error(0, "no cases: expected at least one [[case]]".to_owned()));
        }
        let mut start = baseline();
        apply(&source, &mut start, &document.facts)?;
        let policies: BTreeSet<String> =
            guard.policies.ids().into_iter().chain(OWN_IDS.map(str::to_owned)).collect();
        let cases = document.case.into_iter().map(|case| parsed(&source, guard, &policies, &start, case));
        Ok(Self { cases: cases.collect::<Result<_, _>>()? })
    }
}

fn parsed(
    source: &Source<'_>,
    guard: &Guard,
    policies: &BTreeSet<String>,
    start: &BTreeMap<String, Value>,
    case: Spanned<Case>,
) -> Result<PolicyCase, TableError> {
    let line = source.line(case.span().start);
    let case = case.into_inner();
    let wrong = |at: usize, field: &str, problem: String| {
        source.error(at, format!("case {:?}: {field}: {problem}", case.name))
    };
    let in_catalogue =
        guard.catalogue.actions().find(|(id, _)| id.as_str() == case.action.get_ref().as_str());
    let Some((action, entry)) = in_catalogue else {
        let known = guard.catalogue.actions().map(|(id, _)| id.as_str());
        let problem = unknown("action", case.action.get_ref(), known);
        return Err(wrong(case.action.span().start, "action", problem));
    };
    let target = match &case.target {
        None => sample_target(entry.resource),
        Some(text) => text
            .get_ref()
            .parse::<Arn>()
            .map_err(|error| wrong(text.span().start, "target", error.to_string()))?,
    };
    let decisions = [Decision::Allow, Decision::Ask, Decision::Deny];
    let expected = decisions.into_iter().find(|one| one.as_str() == case.expect.get_ref().as_str());
    let expected = expected.ok_or_else(|| {
        let problem = unknown("decision", case.expect.get_ref(), decisions.map(Decision::as_str));
        wrong(case.expect.span().start, "expect", problem)
    })?;
    for policy in case.policies.iter().flatten() {
        if !policies.contains(policy.get_ref()) {
            let problem = unknown("policy", policy.get_ref(), policies.iter().map(String::as_str));
            return Err(wrong(policy.span().start, "policies", problem));
        }
    }
    let mut values = start.clone();
    apply(source, &mut values, &case.facts)?;
    let expected_policies = case.policies.map(|policies| {
        let mut ids: Vec<_> = policies.into_iter().map(Spanned::into_inner).collect();
        ids.sort();
        ids
    });
    Ok(PolicyCase {
        file: source.file.to_owned(),
        line,
        action: action.clone(),
        target,
        approved: case.approved,
        undo: case.undo,
        // Each value was accepted by itself.
        facts: facts(&values).map_err(|problem| wrong(0, "facts", problem))?,
        expected,
        expected_policies,
        name: case.name,
    })
}

/// Puts `given` in place of the facts in `values`, each checked by itself so that the one that is wrong is named.
fn apply(
    source: &Source<'_>,
    values: &mut BTreeMap<String, Value>,
    given: &FactValues,
) -> Result<(), TableError> {
    for (name, value) in given {
        let at = name.span().start;
        let name = name.get_ref();
        let known = baseline();
        if !known.contains_key(name) {
            let names = known.keys().map(String::as_str);
            return Err(source.error(at, unknown("fact", name, names)));
        }
        if value.as_str() == Some(UNKNOWN) && OPTIONAL.contains(&name.as_str()) {
            values.remove(name);
            continue;
        }
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        let alone = [(name.clone(), value.clone())];
        facts(&known.into_iter().chain(alone).collect())
            .map_err(|problem| source.error(at, format!("fact {name}: {problem}")))?;
        values.insert(name.clone(), value);
    }
    Ok(())
}

fn facts(values: &BTreeMap<String, Value>) -> Result<Facts, String> {
    let object = Value::Object(values.clone().into_iter().collect());
    serde_json::from_value(object).map_err(|error| error.to_string())
}

fn unknown<'a>(what: &str, given: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<_> = known.into_iter().collect();
    format!("unknown {what} {given:?}: expected one of {}", known.join(", "))
}
