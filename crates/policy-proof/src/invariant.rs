//! Reads invariants, and refuses what is none with file, line, what was wrong and what would be right.

use std::collections::BTreeSet;

use cedar_policy::{Expression, Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator};
use serde::Deserialize;
use toml::Spanned;

/// The invariants that ship with the default policies.
pub const SHIPPED_INVARIANTS: (&str, &str) = (
    "infra/policies/default.invariants.toml",
    include_str!("../../../infra/policies/default.invariants.toml"),
);

/// Something that the policies are never to allow.
#[derive(Debug, Clone)]
pub struct Invariant {
    pub id: String,
    /// One sentence in plain words.
    pub claim: String,
    /// A Cedar expression: no request for which it holds is allowed.
    pub never_allow_when: String,
    /// True if it is to hold even beside a policy that permits everything, so that only what forbids counts.
    pub whatever_is_permitted: bool,
    pub file: String,
    /// The line of the invariant in its file, counted from 1.
    pub line: usize,
    /// Allows exactly the requests for which the expression holds, or cannot be evaluated.
    pub(crate) requests: PolicySet,
}

/// An invariant that cannot be proved or refuted, because it is not written as one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct InvariantError {
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    pub problem: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    invariant: Vec<Spanned<Entry>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: Spanned<String>,
    claim: Spanned<String>,
    never_allow_when: Spanned<String>,
    #[serde(default)]
    whatever_is_permitted: bool,
}

/// The text of a file, to tell lines in it.
struct Source<'a> {
    file: &'a str,
    text: &'a str,
}

impl Source<'_> {
    fn error(&self, at: usize, problem: String) -> InvariantError {
        InvariantError { file: self.file.to_owned(), line: self.line(at), problem }
    }

    fn line(&self, at: usize) -> usize {
        let before = self.text.as_bytes().iter().take(at);
        before.filter(|byte| **byte == b'\n').count().saturating_add(1)
    }
}

/// Parses the invariants of files, given as name and text, and checks their expressions against `schema`.
pub fn parse_invariants(
    files: &[(String, String)],
    schema: &Schema,
) -> Result<Vec<Invariant>, InvariantError> {
    let mut invariants: Vec<Invariant> = Vec::new();
    let mut ids = BTreeSet::new();
    for (file, text) in files {
        let source = Source { file, text };
        let document: Document = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            source.error(at, error.message().trim().replace('\n', ": "))
        })?;
        if document.invariant.is_empty() {
            return Err(source.error(0, "no invariants: expected at least one [[invariant]]".to_owned()));
        }
        for entry in document.invariant {
            let id_at = entry.get_ref().id.span().start;
            let invariant = parsed(&source, entry, schema)?;
            if !ids.insert(invariant.id.clone()) {
                let problem = format!("id: {:?} is taken: expected an id of its own", invariant.id);
                return Err(source.error(id_at, problem));
            }
            invariants.push(invariant);
        }
    }
    Ok(invariants)
}

fn parsed(source: &Source<'_>, entry: Spanned<Entry>, schema: &Schema) -> Result<Invariant, InvariantError> {
    let line = source.line(entry.span().start);
    let entry = entry.into_inner();
    let id = entry.id.get_ref();
    let is_id = |text: &str| {
        !text.is_empty()
            && text.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-')
    };
    if !is_id(id) {
        let problem = format!("id: invalid {id:?}: expected lower-case letters, digits and hyphens");
        return Err(source.error(entry.id.span().start, problem));
    }
    let wrong = |field: &Spanned<String>, name: &str, problem: &str| {
        source.error(field.span().start, format!("invariant {id:?}: {name}: {problem}"))
    };
    if entry.claim.get_ref().trim().is_empty() {
        return Err(wrong(
            &entry.claim,
            "claim",
            "empty: expected one sentence that says what never happens",
        ));
    }
    let requests = requests_where(entry.never_allow_when.get_ref(), schema)
        .map_err(|problem| wrong(&entry.never_allow_when, "never_allow_when", &problem))?;
    Ok(Invariant {
        id: id.clone(),
        claim: entry.claim.get_ref().trim().to_owned(),
        never_allow_when: entry.never_allow_when.get_ref().trim().to_owned(),
        whatever_is_permitted: entry.whatever_is_permitted,
        file: source.file.to_owned(),
        line,
        requests,
    })
}

/// Returns policies that allow exactly the requests for which `condition` holds.
fn requests_where(condition: &str, schema: &Schema) -> Result<PolicySet, String> {
    // Alone first, so that it cannot end the policy that it is put into.
    condition.parse::<Expression>().map_err(|error| {
        format!("{error}: expected a Cedar expression, such as context.quarantined || !context.target_seen")
    })?;
    let requests = requests_of(condition)?;
    let result = Validator::new(schema.clone()).validate(&requests, ValidationMode::Strict);
    if let Some(error) = result.validation_errors().next() {
        let error = error.to_string();
        let error = error.strip_prefix("for policy `outside`, ").unwrap_or(&error).to_owned();
        return Err(format!("{error}: expected a condition on the facts of nightshift.cedarschema"));
    }
    Ok(requests)
}

/// A request for which the condition cannot be evaluated is allowed too: an invariant that says nothing of it would be a
/// gap.
fn requests_of(condition: &str) -> Result<PolicySet, String> {
    let policy = |id: &str, text: &str| {
        Policy::parse(Some(PolicyId::new(id)), text).map_err(|error| error.to_string())
    };
    let every = policy("every", "permit (principal, action, resource);")?;
    let outside = format!("forbid (principal, action, resource) unless {{\n{condition}\n}};");
    let outside = policy("outside", &outside)?;
    PolicySet::from_policies([every, outside]).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use guard::Guard;

    use super::*;

    fn parse(text: &str) -> Result<Vec<Invariant>, String> {
        let guard = Guard::shipped().unwrap();
        let files = [("mine.invariants.toml".to_owned(), text.to_owned())];
        parse_invariants(&files, guard.policies().schema()).map_err(|error| error.to_string())
    }

    fn entry(id: &str, claim: &str, condition: &str) -> String {
        format!("[[invariant]]\nid = {id:?}\nclaim = {claim:?}\nnever_allow_when = {condition:?}\n")
    }

    #[test]
    fn parse_default_invariants() {
        let invariants = parse(SHIPPED_INVARIANTS.1).unwrap();
        assert!(invariants.len() > 30);
        assert!(invariants.iter().all(|one| one.claim.ends_with('.')));
    }

    #[test]
    fn parse_keeps_what_was_written_and_its_line() {
        let text = format!(
            "# mine\n{}whatever_is_permitted = true\n\n{}",
            entry("one", "First.", "context.drill // a comment"),
            entry("two", " Second. ", "context.undo"),
        );
        let invariants = parse(&text).unwrap();
        let told: Vec<_> = invariants
            .iter()
            .map(|one| (one.id.as_str(), one.claim.as_str(), one.whatever_is_permitted, one.line))
            .collect();
        assert_eq!(told, [("one", "First.", true, 2), ("two", "Second.", false, 8)]);
    }

    #[test]
    fn parse_what_is_no_invariant_says_where_what_and_what_would_be_right() {
        let twice = format!("{0}{0}", entry("one", "First.", "context.drill"));
        for (text, expected) in [
            (String::new(), "1: no invariants: expected at least one [[invariant]]"),
            ("[[invariant]]\nid = \"a\"".to_owned(), "1: missing field `claim`"),
            (entry("A b", "First.", "true"), "2: id: invalid \"A b\": expected lower-case letters"),
            (entry("a", " ", "true"), "3: invariant \"a\": claim: empty: expected one sentence"),
            (twice, "6: id: \"one\" is taken"),
            (entry("a", "First.", "context.moon"), "4: invariant \"a\": never_allow_when: attribute `moon`"),
            (
                entry("a", "First.", "context.severity"),
                "4: invariant \"a\": never_allow_when: unexpected type",
            ),
            (entry("a", "First.", "context.mode == 5"), "4: invariant \"a\": never_allow_when: "),
            (entry("a", "First.", "context.habit"), "4: invariant \"a\": never_allow_when: "),
            (
                entry("a", "First.", "true }; permit (principal, action, resource) when { true"),
                "4: invariant \"a\": never_allow_when: ",
            ),
            (entry("a", "First.", ""), "4: invariant \"a\": never_allow_when: "),
        ] {
            let error = parse(&text).unwrap_err();
            assert!(error.starts_with(&format!("mine.invariants.toml:{expected}")), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }
}
