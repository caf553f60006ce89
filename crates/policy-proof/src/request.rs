//! One request to the policies, in plain values that can be changed one at a time.

use std::collections::BTreeMap;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityUid, EvalResult, PolicySet, Request, Schema,
};
use cedar_policy_symcc::Env;
use guard::{Facts, Guard, resource_attributes};
use serde_json::{Value, json};

const RESPONDER: &str = "Nightshift::Responder";
const RESOURCE: &str = "Nightshift::Resource";
const ACTION: &str = "Nightshift::Action";
/// The names of what is no fact: who asks, and what is acted on.
pub(crate) const PRINCIPAL: &str = "principal";
pub(crate) const TARGET: &str = "target";
const TARGET_ATTRIBUTES: [(&str, &str); 3] =
    [("target.kind", "kind"), ("target.account", "account"), ("target.region", "region")];

/// A request. Its values are the facts, and the names of who asks and of the target with the target's attributes. An
/// optional fact that is unknown is absent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PolicyRequest {
    pub(crate) action: String,
    pub(crate) values: BTreeMap<String, Value>,
}

impl PolicyRequest {
    /// A request by Nightshift, of which no fact speaks against acting unattended.
    pub(crate) fn nothing_against(guard: &Guard, action: &str) -> Self {
        let mut values: BTreeMap<String, Value> = match Facts::nothing_against().context(false, false) {
            Value::Object(facts) => facts.into_iter().collect(),
            _ => BTreeMap::new(),
        };
        values.insert(PRINCIPAL.to_owned(), "nightshift".into());
        if let Some(target) = guard.sample_target(action) {
            values.insert(TARGET.to_owned(), target.to_string().into());
            let attributes = resource_attributes(&target);
            for (name, attribute) in TARGET_ATTRIBUTES {
                values.insert(name.to_owned(), attributes.get(attribute).cloned().unwrap_or_default());
            }
        }
        Self { action: action.to_owned(), values }
    }

    /// Reads what the solver found. `None` if it lacks what every request has.
    pub(crate) fn from_solver(found: &Env, guard: &Guard) -> Option<Self> {
        let request = &found.request;
        let action = request.action()?.id().unescaped();
        let resource = found.entities.get(request.resource()?)?;
        let context = request.context()?;
        let mut values = BTreeMap::new();
        for name in Self::nothing_against(guard, action).values.into_keys() {
            let attribute = TARGET_ATTRIBUTES.iter().find(|(one, _)| *one == name);
            let value = match (name.as_str(), attribute) {
                (PRINCIPAL, _) => Some(request.principal()?.id().unescaped().into()),
                (TARGET, _) => Some(request.resource()?.id().unescaped().into()),
                (_, Some((_, attribute))) => plain(&resource.attr(attribute)?.ok()?),
                (fact, None) => context.get(fact).as_ref().and_then(plain),
            };
            if let Some(value) = value {
                values.insert(name, value);
            }
        }
        Some(Self { action: action.to_owned(), values })
    }

    /// Returns the ids of the policies that permit the request; `None` where it is not allowed, does not fit the
    /// schema or a policy cannot be evaluated for it, as the guard denies that too.
    pub(crate) fn permitted_by(&self, policies: &PolicySet, schema: &Schema) -> Option<Vec<String>> {
        let uid = |kind: &str, id: &str| EntityUid::from_json(json!({ "type": kind, "id": id })).ok();
        let text = |name: &str| self.values.get(name).and_then(Value::as_str);
        let action = uid(ACTION, &self.action)?;
        let facts: serde_json::Map<String, Value> = self
            .values
            .iter()
            .filter(|(name, _)| is_fact(name))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        let context = Context::from_json_value(Value::Object(facts), Some((schema, &action))).ok()?;
        let attributes: serde_json::Map<String, Value> = TARGET_ATTRIBUTES
            .iter()
            .filter_map(|(name, attribute)| Some(((*attribute).to_owned(), self.values.get(*name)?.clone())))
            .collect();
        let entities = json!([
            { "uid": { "type": RESPONDER, "id": text(PRINCIPAL)? }, "attrs": {}, "parents": [] },
            { "uid": { "type": RESOURCE, "id": text(TARGET)? }, "attrs": attributes, "parents": [] },
        ]);
        let entities = Entities::from_json_value(entities, Some(schema)).ok()?;
        let (principal, resource) = (uid(RESPONDER, text(PRINCIPAL)?)?, uid(RESOURCE, text(TARGET)?)?);
        let request = Request::new(principal, action, resource, context, Some(schema)).ok()?;
        let response = Authorizer::new().is_authorized(&request, policies, &entities);
        if response.decision() != Decision::Allow || response.diagnostics().errors().next().is_some() {
            return None;
        }
        let mut ids: Vec<_> = response.diagnostics().reason().map(ToString::to_string).collect();
        ids.sort();
        Some(ids)
    }
}

fn is_fact(name: &str) -> bool {
    name != PRINCIPAL && !name.starts_with(TARGET_PREFIX) && name != TARGET
}

const TARGET_PREFIX: &str = "target.";

/// A value of a type that the schema has; `None` for any other.
fn plain(value: &EvalResult) -> Option<Value> {
    match value {
        EvalResult::Bool(value) => Some((*value).into()),
        EvalResult::Long(value) => Some((*value).into()),
        EvalResult::String(value) => Some(value.clone().into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_against_runs_unattended_exactly_in_tier_2() {
        let guard = Guard::shipped().unwrap();
        let policies = guard.policies();
        for (id, action) in guard.catalogue.actions() {
            let request = PolicyRequest::nothing_against(&guard, id.as_str());
            let permitted = request.permitted_by(policies.policy_set(), policies.schema());
            let expected = (action.tier == 2).then(|| vec!["tier-2-unattended".to_owned()]);
            assert_eq!(permitted, expected, "{id}");
        }
    }

    #[test]
    fn request_that_does_not_fit_the_schema_is_not_permitted() {
        let guard = Guard::shipped().unwrap();
        let everything: PolicySet = "permit (principal, action, resource);".parse().unwrap();
        let request = PolicyRequest::nothing_against(&guard, "start-instance");
        assert!(request.permitted_by(&everything, guard.policies().schema()).is_some());
        for (name, value) in [("drill", json!("no")), ("severity", json!(0.5)), ("target", json!(1))] {
            let mut wrong = request.clone();
            wrong.values.insert(name.to_owned(), value);
            assert_eq!(wrong.permitted_by(&everything, guard.policies().schema()), None, "{name}");
        }
    }
}
