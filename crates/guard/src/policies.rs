//! Holds the Cedar policies and their schema.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityUid, PolicyId, PolicySet, Request, Schema, ValidationMode,
    Validator,
};
use common::{Arn, ResourceKind, verdict::DeterminingPolicy};
use serde_json::json;

const SCHEMA: &str = include_str!("../../../infra/policies/nightshift.cedarschema");
const FILES: [(&str, &str); 3] = [
    ("infra/policies/permit.cedar", include_str!("../../../infra/policies/permit.cedar")),
    ("infra/policies/asks.cedar", include_str!("../../../infra/policies/asks.cedar")),
    ("infra/policies/forbid.cedar", include_str!("../../../infra/policies/forbid.cedar")),
];

/// Policies that parse, fit the schema, and each carry an `@id` and a `@why`.
#[derive(Debug, Clone)]
pub struct Policies {
    schema: Schema,
    policies: PolicySet,
}

#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    #[error("{file}: {problem}")]
    Wrong { file: String, problem: String },
}

/// Cedar's answer to one question.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) allowed: bool,
    pub(crate) determining: Vec<DeterminingPolicy>,
}

impl Policies {
    pub(crate) fn shipped() -> Result<Self, PolicyError> {
        Self::parse(&FILES)
    }

    /// Parses policy files, given as name and text, and checks them against the schema that this binary was built
    /// with: it is the guard that gives the facts.
    pub(crate) fn parse(files: &[(&str, &str)]) -> Result<Self, PolicyError> {
        let wrong = |file: &str, problem: String| PolicyError::Wrong { file: file.to_owned(), problem };
        let (schema, _warnings) = Schema::from_cedarschema_str(SCHEMA)
            .map_err(|error| wrong("infra/policies/nightshift.cedarschema", error.to_string()))?;
        let mut policies = PolicySet::new();
        let mut files_by_policy = BTreeMap::new();
        for &(file, text) in files {
            let parsed: PolicySet = text.parse().map_err(|error| wrong(file, format!("{error}")))?;
            // Templates are not policies until they are linked, so they would be dropped without a word.
            if parsed.templates().next().is_some() {
                return Err(wrong(
                    file,
                    "templates are not supported: write out the principal and the resource".into(),
                ));
            }
            for policy in parsed.policies() {
                let annotated = |key: &str| {
                    let value = policy.annotation(key).filter(|value| !value.is_empty());
                    value.ok_or_else(|| wrong(file, format!("missing @{key} on the policy: {policy}")))
                };
                annotated("why")?;
                let named = policy.new_id(PolicyId::new(annotated("id")?));
                files_by_policy.insert(named.id().clone(), file);
                policies.add(named).map_err(|error| wrong(file, error.to_string()))?;
            }
        }
        // All at once: again for each file, it was a sixth of a cold start.
        let result = Validator::new(schema.clone()).validate(&policies, ValidationMode::Strict);
        if let Some(error) = result.validation_errors().next() {
            let file = files_by_policy.get(error.policy_id()).copied().unwrap_or("infra/policies");
            return Err(wrong(file, result.to_string()));
        }
        Ok(Self { schema, policies })
    }

    /// Asks whether `action` on `target` is permitted. A request that cannot be built, does not fit the schema or
    /// fails to evaluate is denied, with the reason. (Cedar by itself skips a
    /// `forbid` that errors, and then allows.)
    pub(crate) fn ask(&self, action: &str, target: &Arn, context: serde_json::Value) -> Answer {
        self.evaluate(action, target, context).unwrap_or_else(|problem| Answer {
            allowed: false,
            determining: vec![DeterminingPolicy {
                id: "could-not-be-decided".to_owned(),
                why: format!("The policies could not be evaluated, so nothing is permitted: {problem}"),
            }],
        })
    }

    fn evaluate(&self, action: &str, target: &Arn, context: serde_json::Value) -> Result<Answer, String> {
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let uid = |kind: &str, id: &str| {
            EntityUid::from_json(json!({ "type": kind, "id": id })).map_err(|error| text(&error))
        };
        let principal = uid("Nightshift::Responder", "nightshift")?;
        let action = uid("Nightshift::Action", action)?;
        let resource = uid("Nightshift::Resource", &target.to_string())?;
        let context =
            Context::from_json_value(context, Some((&self.schema, &action))).map_err(|e| text(&e))?;
        let entities = json!([
            { "uid": { "type": "Nightshift::Responder", "id": "nightshift" }, "attrs": {}, "parents": [] },
            {
                "uid": { "type": "Nightshift::Resource", "id": target.to_string() },
                "attrs": resource_attributes(target),
                "parents": [],
            },
        ]);
        let entities = Entities::from_json_value(entities, Some(&self.schema)).map_err(|e| text(&e))?;
        let request =
            Request::new(principal, action, resource, context, Some(&self.schema)).map_err(|e| text(&e))?;
        let response = Authorizer::new().is_authorized(&request, &self.policies, &entities);
        if let Some(error) = response.diagnostics().errors().next() {
            return Err(text(&error));
        }
        let mut determining: Vec<_> = response.diagnostics().reason().map(|id| self.named(id)).collect();
        determining.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(Answer { allowed: response.decision() == Decision::Allow, determining })
    }

    fn named(&self, id: &PolicyId) -> DeterminingPolicy {
        let why = self.policies.annotation(id, "why").unwrap_or_default();
        DeterminingPolicy { id: id.to_string(), why: why.to_owned() }
    }

    /// Returns the schema that every request fits.
    pub const fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Returns the policies, each under its `@id`.
    pub const fn policy_set(&self) -> &PolicySet {
        &self.policies
    }

    /// Returns the ids of all policies.
    pub(crate) fn ids(&self) -> BTreeSet<String> {
        self.policies.policies().map(|policy| policy.id().to_string()).collect()
    }

    #[cfg(test)]
    pub(crate) fn with_forbid(text: &str) -> Self {
        let files: Vec<_> = FILES.into_iter().chain([("test.cedar", text)]).collect();
        Self::parse(&files).unwrap()
    }
}

/// Returns what the policies know of a target beside its ARN, under the schema's names.
pub fn resource_attributes(target: &Arn) -> serde_json::Value {
    json!({ "kind": kind(target), "account": target.account(), "region": target.region() })
}

fn kind(target: &Arn) -> &'static str {
    match target.kind() {
        ResourceKind::Alarm { .. } => "alarm",
        ResourceKind::Parameter { .. } => "parameter",
        ResourceKind::Function { .. } => "function",
        ResourceKind::FunctionAlias { .. } => "function-alias",
        ResourceKind::Instance { .. } => "instance",
        ResourceKind::Service { .. } => "service",
        ResourceKind::Other => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalogue;

    #[test]
    fn shipped_policies_fit_the_schema() {
        Policies::shipped().unwrap();
    }

    #[test]
    fn parse_policy_without_a_reason_names_the_file() {
        let files = [("mine.cedar", "@id(\"x\") permit (principal, action, resource);")];
        let error = Policies::parse(&files).unwrap_err().to_string();
        assert!(error.starts_with("mine.cedar") && error.contains("@why"), "{error}");
    }

    #[test]
    fn parse_template_is_refused_and_not_dropped() {
        let text = "@id(\"x\") @why(\"y\") forbid (principal, action, resource == ?resource);";
        assert!(Policies::parse(&[("mine.cedar", text)]).is_err());
    }

    #[test]
    fn parse_policy_that_does_not_fit_the_schema_names_its_file() {
        for condition in ["context.moon", "context.mode == 5", "context.confidence_percent"] {
            let text = format!(
                "@id(\"x\") @why(\"y\") permit (principal, action, resource) when {{ {condition} }};"
            );
            let files: Vec<_> = FILES.into_iter().chain([("mine.cedar", text.as_str())]).collect();
            let error = Policies::parse(&files).unwrap_err().to_string();
            assert!(error.starts_with("mine.cedar: "), "{error}");
        }
    }

    #[test]
    fn schema_has_every_action_of_the_catalogue_in_its_tier_and_no_other() {
        let policies = Policies::shipped().unwrap();
        let in_schema: std::collections::BTreeSet<String> = policies
            .schema
            .actions()
            .map(|uid| uid.id().unescaped().to_owned())
            .filter(|id| !id.starts_with("tier-"))
            .collect();
        let catalogue = Catalogue::shipped().unwrap();
        let in_catalogue: std::collections::BTreeSet<String> =
            catalogue.actions().map(|(id, _)| id.to_string()).collect();
        assert_eq!(in_schema, in_catalogue);
        for (id, action) in catalogue.actions() {
            let line = SCHEMA.lines().find(|line| line.contains(&format!("action \"{id}\""))).unwrap();
            assert!(line.contains(&format!("in [\"tier-{}\"]", action.tier)), "{line}");
        }
    }
}
