//! Reads the permanent fixes, which are data: for each way to fail, what keeps it from coming back.

use std::sync::LazyLock;

use common::{Arn, FailureMode};
use serde::Deserialize;

use super::{
    component_kind::ComponentKind,
    report_facts::{ALWAYS, SOMETIMES},
};
use crate::playbooks::template::Template;

const FILE: &str = "infra/lasting_fixes.toml";
const SHIPPED: &str = include_str!("../../../../infra/lasting_fixes.toml");

/// A file that could not be read would cost the specification and never the diagnosis; a test holds that
/// this one can be.
static READ: LazyLock<LastingFixes> = LazyLock::new(|| LastingFixes::parse(SHIPPED).unwrap_or_default());

/// Specifications to be filled, those for one kind of resource before those for any.
#[derive(Debug, Clone, Default)]
pub struct LastingFixes {
    pub(crate) problem: Vec<Template>,
    /// The specification for a change that answers a security finding.
    security: Option<Specification>,
    all: Vec<Specification>,
}

/// The specification of a permanent fix, to be filled with the facts of an incident.
#[derive(Debug, Clone)]
pub(crate) struct Specification {
    failure_modes: Vec<FailureMode>,
    /// Empty stands for any.
    resources: Vec<ComponentKind>,
    pub(crate) place: Vec<Template>,
    pub(crate) change: Vec<Template>,
    pub(crate) tests: Vec<Template>,
}

/// A file that cannot be used, with what is wrong in it.
#[derive(Debug, thiserror::Error)]
pub enum InvalidLastingFixes {
    #[error("{FILE}: not a valid file of permanent fixes")]
    Form(#[source] toml::de::Error),
    #[error("{FILE}: {field}: {reason}")]
    Field { field: String, reason: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LastingFixesFile {
    problem: Vec<String>,
    security: Option<SentencesFile>,
    fix: Vec<LastingFixFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SentencesFile {
    place: Vec<String>,
    change: Vec<String>,
    tests: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LastingFixFile {
    failure_modes: Vec<FailureMode>,
    #[serde(default)]
    resources: Vec<ComponentKind>,
    place: Vec<String>,
    change: Vec<String>,
    tests: Vec<String>,
}

impl LastingFixes {
    /// Returns the fixes that ship with Nightshift.
    pub fn shipped() -> &'static Self {
        &READ
    }

    /// Parses and checks the fixes in `text`.
    pub fn parse(text: &str) -> Result<Self, InvalidLastingFixes> {
        let written: LastingFixesFile = toml::from_str(text).map_err(InvalidLastingFixes::Form)?;
        let mut all = Vec::new();
        for (number, fix) in (1u32..).zip(written.fix) {
            let of = |field: &str| format!("fix {number}: {field}");
            all.push(Specification {
                failure_modes: fix.failure_modes,
                resources: fix.resources,
                place: sentences(&of("place"), &fix.place)?,
                change: sentences(&of("change"), &fix.change)?,
                tests: sentences(&of("tests"), &fix.tests)?,
            });
        }
        let security = written.security.map(|security| {
            Ok(Specification {
                failure_modes: Vec::new(),
                resources: Vec::new(),
                place: sentences("security: place", &security.place)?,
                change: sentences("security: change", &security.change)?,
                tests: sentences("security: tests", &security.tests)?,
            })
        });
        Ok(Self { problem: sentences("problem", &written.problem)?, security: security.transpose()?, all })
    }

    /// Returns the specification for a change that answers a security finding: what it took away is not given back.
    pub(crate) const fn after_a_security_response(&self) -> Option<&Specification> {
        self.security.as_ref()
    }

    /// Returns the specification for this way to fail: one that names the kind of resource before one for any.
    pub(crate) fn specification_for(&self, mode: FailureMode, resource: &Arn) -> Option<&Specification> {
        let kind = ComponentKind::from_resource(resource);
        let mut fitting = self.all.iter().filter(|one| one.failure_modes.contains(&mode));
        let of_kind = |one: &&Specification| kind.is_some_and(|kind| one.resources.contains(&kind));
        fitting.clone().find(of_kind).or_else(|| fitting.find(|one| one.resources.is_empty()))
    }
}

fn sentences(field: &str, texts: &[String]) -> Result<Vec<Template>, InvalidLastingFixes> {
    let wrong = |reason: String| InvalidLastingFixes::Field { field: field.to_owned(), reason };
    let parsed: Result<Vec<_>, _> = texts.iter().map(|text| Template::parse(text)).collect();
    let parsed = parsed.map_err(wrong)?;
    let known = |fact: &&str| ALWAYS.contains(fact) || SOMETIMES.contains(fact);
    if let Some(unknown) = parsed.iter().flat_map(Template::facts).find(|fact| !known(fact)) {
        let expected = [ALWAYS, SOMETIMES].concat().join(", ");
        return Err(wrong(format!("unknown fact {unknown}: expected one of {expected}")));
    }
    let Some(first) = parsed.first() else {
        return Err(wrong("is empty, expected a sentence".to_owned()));
    };
    if let Some(fact) = first.facts().find(|fact| !ALWAYS.contains(fact)) {
        let expected = ALWAYS.join(", ");
        let what = format!("the first sentence names {fact}, which may not be known, expected {expected}");
        return Err(wrong(what));
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use fakes::sample;

    use super::*;

    #[test]
    fn shipped_holds_together_and_has_something_for_every_known_way_to_fail() {
        let fixes = LastingFixes::parse(SHIPPED).unwrap();
        let anything = sample::arn("appsync", "apis/a");
        for mode in FailureMode::ALL.into_iter().filter(|mode| *mode != FailureMode::Unknown) {
            assert!(fixes.specification_for(mode, &anything).is_some(), "{mode:?}");
        }
        assert!(fixes.specification_for(FailureMode::Unknown, &anything).is_none());
        assert!(!LastingFixes::shipped().all.is_empty());
        assert!(LastingFixes::shipped().after_a_security_response().is_some());
    }

    #[test]
    fn specification_for_prefers_what_names_the_kind() {
        let fixes = LastingFixes::shipped();
        let places = |resource: &str| {
            let arn = sample::arn("lambda", resource);
            fixes.specification_for(FailureMode::BadDeployment, &arn).unwrap().place.clone()
        };
        assert_eq!(places("function:checkout:live"), places("function:checkout"));
        assert_ne!(places("function:checkout"), places("layer:checkout"));
    }

    #[test]
    fn parse_of_a_wrong_file_names_the_field_and_what_would_be_right() {
        let fix = |place: &str, change: &str| {
            format!(
                "problem = [\"{{cause}}\"]\n[[fix]]\nfailure_modes = [\"slow\"]\nplace = [{place}]\n\
                 change = [{change}]\ntests = [\"x\"]\n"
            )
        };
        assert!(LastingFixes::parse(&fix("\"{arn}\"", "\"x\", \"{metric}\"")).is_ok());
        for (place, change, field, expected) in [
            ("", "\"x\"", "fix 1: place", "is empty"),
            ("\"{stack}\"", "\"x\"", "fix 1: place", "may not be known"),
            ("\"x\"", "\"{colour}\"", "fix 1: change", "unknown fact colour"),
            ("\"x\"", "\"{arn\"", "fix 1: change", "never closed"),
        ] {
            let said = LastingFixes::parse(&fix(place, change)).unwrap_err().to_string();
            assert!(said.contains(FILE) && said.contains(field) && said.contains(expected), "{said}");
        }
        assert!(matches!(LastingFixes::parse("problem = 1"), Err(InvalidLastingFixes::Form(_))));
    }
}
