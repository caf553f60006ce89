//! From a proposal to a plan, or a refusal. A proposal is only words: whatever it names must be in
//! the catalogue, and every parameter must keep its bound.

use std::collections::BTreeMap;

use common::{ActionId, Arn, IncidentId, Plan, diagnosis::Proposal};

use crate::{
    Catalogue, Guard,
    catalogue::{Action, Bound},
};

/// Why a proposal cannot be a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no action {0} in the catalogue")]
    UnknownAction(ActionId),
    #[error("{0} only takes back another action")]
    UndoOnly(ActionId),
    #[error("{action} does not act on {target}")]
    WrongTarget { action: ActionId, target: Box<Arn> },
    #[error("{action} needs the parameter {parameter}")]
    Missing { action: ActionId, parameter: String },
    #[error("{action} has no parameter {parameter}")]
    Unexpected { action: ActionId, parameter: String },
    #[error("{action}: {parameter} is {value:?}: expected {expected}")]
    OutOfBounds { action: ActionId, parameter: String, value: String, expected: String },
    #[error("{action} is not done by the document {document}")]
    OtherDocument { action: ActionId, document: String },
    #[error("the automation of {action} did not say {output}, which taking it back needs")]
    NoOutput { action: ActionId, output: String },
}

impl Guard {
    /// The plan of a proposal.
    pub fn plan(&self, incident: IncidentId, proposal: &Proposal) -> Result<Plan, Refusal> {
        self.catalogue.plan(incident, proposal)
    }

    /// The plan that takes `plan` back, given its automation's outputs; `None` where the catalogue
    /// knows none.
    pub fn undo(
        &self,
        plan: &Plan,
        outputs: &BTreeMap<String, Vec<String>>,
    ) -> Result<Option<Plan>, Refusal> {
        let Some(undo) = &self.catalogue.known(&plan.action)?.undo else { return Ok(None) };
        let output =
            |name: &str| outputs.get(name).and_then(|all| all.first()).filter(|value| !value.is_empty());
        for (name, wanted) in &undo.only_if {
            let found = output(name)
                .ok_or_else(|| Refusal::NoOutput { action: plan.action.clone(), output: name.clone() })?;
            if found != wanted {
                return Ok(None);
            }
        }
        let mut parameters = BTreeMap::new();
        for (name, template) in &undo.parameters {
            let source = template.trim_start_matches('{').trim_end_matches('}');
            let value = plan.parameters.get(source).or_else(|| output(source)).ok_or_else(|| {
                Refusal::NoOutput { action: plan.action.clone(), output: source.to_owned() }
            })?;
            parameters.insert(name.clone(), value.clone());
        }
        let document = self.catalogue.known(&undo.action)?.document.clone();
        let undo = Plan {
            action: undo.action.clone(),
            document,
            parameters,
            undo_of: Some(plan.hash()),
            ..plan.clone()
        };
        self.catalogue.checked(undo).map(Some)
    }

    /// A plan's sentence for people.
    pub fn describe(&self, plan: &Plan) -> String {
        self.catalogue.describe(plan)
    }

    /// Whether the catalogue, as it is now, would make this plan.
    pub(crate) fn stands(&self, plan: &Plan) -> Result<(), Refusal> {
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
        self.catalogue.checked(plan.clone()).map(|_| ())
    }
}

impl Catalogue {
    /// The plan of a proposal.
    pub fn plan(&self, incident: IncidentId, proposal: &Proposal) -> Result<Plan, Refusal> {
        let action = self.known(&proposal.action)?;
        if action.undo_only {
            return Err(Refusal::UndoOnly(proposal.action.clone()));
        }
        self.checked(Plan {
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

    fn checked(&self, plan: Plan) -> Result<Plan, Refusal> {
        let action = self.known(&plan.action)?;
        let of = || plan.action.clone();
        if !action.resource.is_of(&plan.target.kind()) {
            return Err(Refusal::WrongTarget { action: of(), target: Box::new(plan.target) });
        }
        if let Some(parameter) = plan.parameters.keys().find(|name| !action.parameters.contains_key(*name)) {
            return Err(Refusal::Unexpected { action: of(), parameter: parameter.clone() });
        }
        for (parameter, bound) in &action.parameters {
            let value = plan
                .parameters
                .get(parameter)
                .ok_or_else(|| Refusal::Missing { action: of(), parameter: parameter.clone() })?;
            if let Err(expected) = keeps(bound, value, action, &plan.target) {
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

/// Whether a value keeps its bound; if not, what would.
fn keeps(bound: &Bound, value: &str, action: &Action, target: &Arn) -> Result<(), String> {
    let (kept, expected) = match bound {
        Bound::Target(part) => {
            let own = action.resource.part(&target.kind(), part);
            (own.as_deref() == Some(value), format!("the target's own {part}"))
        }
        Bound::WholeNumber(least) => {
            let canonical =
                value.parse::<u64>().is_ok_and(|number| number >= *least && number.to_string() == value);
            (canonical, format!("a whole number of at least {least}"))
        }
        Bound::Arn(start) => {
            let (service, resource) = start.split_once(':').unwrap_or((start, ""));
            let of_target = value.parse::<Arn>().is_ok_and(|arn| {
                arn.service() == service
                    && arn.account() == target.account()
                    && arn.region() == target.region()
                    && arn.resource().strip_prefix(resource).is_some_and(is_plain)
            });
            (of_target, format!("an ARN of {start}… in the target's account and region"))
        }
    };
    if kept { Ok(()) } else { Err(expected) }
}

/// The characters of names and revisions; nothing that a shell, JSON or a template could misread.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':'))
}

#[cfg(test)]
mod tests {
    use fakes::sample;
    use proptest::prelude::*;

    use super::*;

    static GUARD: std::sync::LazyLock<Guard> = std::sync::LazyLock::new(|| Guard::shipped().unwrap());

    fn proposal(action: &str, target: Arn, parameters: &[(&str, &str)]) -> Proposal {
        Proposal {
            action: action.parse().unwrap(),
            target,
            parameters: parameters.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        }
    }

    fn restore(name: &str, version: &str) -> Proposal {
        let target = sample::arn("ssm", "parameter/petshop/limit");
        let parameters = [("ParameterName", name), ("RestoreVersion", version), ("ExpectedVersion", "2")];
        proposal("restore-parameter", target, &parameters)
    }

    fn refusal(proposal: &Proposal) -> Refusal {
        GUARD.plan(sample::incident().id, proposal).unwrap_err()
    }

    #[test]
    fn plan_of_a_bounded_proposal_is_made() {
        let guard = &*GUARD;
        let plan = guard.plan(sample::incident().id, &restore("/petshop/limit", "1")).unwrap();
        assert_eq!(plan.document, "Nightshift-RestoreParameter");
        assert_eq!(guard.describe(&plan), "Restore version 1 of the parameter /petshop/limit");
    }

    #[test]
    fn plan_of_anything_else_is_refused() {
        let target = sample::arn("ec2", "instance/i-1");
        let foreign = "arn:aws:ecs:eu-west-1:999999999999:task-definition/web:1";
        let service = sample::arn("ecs", "service/petshop/web");
        let roll = |to: &str| {
            let own = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:2";
            let parameters = [
                ("Cluster", "petshop"),
                ("Service", "web"),
                ("TaskDefinition", to),
                ("ExpectedTaskDefinition", own),
            ];
            proposal("rollback-ecs-service", service.clone(), &parameters)
        };
        assert!(matches!(
            refusal(&proposal("delete-everything", target.clone(), &[])),
            Refusal::UnknownAction(_)
        ));
        let stop = proposal("stop-instance", target.clone(), &[("InstanceId", "i-1")]);
        assert!(matches!(refusal(&stop), Refusal::UndoOnly(_)));
        let wrong = proposal("restore-parameter", target.clone(), &[]);
        assert!(matches!(refusal(&wrong), Refusal::WrongTarget { .. }));
        assert!(matches!(refusal(&proposal("start-instance", target.clone(), &[])), Refusal::Missing { .. }));
        let more = proposal("start-instance", target.clone(), &[("InstanceId", "i-1"), ("Force", "true")]);
        assert!(matches!(refusal(&more), Refusal::Unexpected { .. }));
        let other = proposal("start-instance", target, &[("InstanceId", "i-2")]);
        for out in [other, restore("/petshop/other", "1"), restore("/petshop/limit", "0"), roll(foreign)] {
            assert!(matches!(refusal(&out), Refusal::OutOfBounds { .. }), "{out:?}");
        }
    }

    #[test]
    fn undo_of_a_restored_parameter_restores_what_was_there() {
        let guard = &*GUARD;
        let plan = guard.plan(sample::incident().id, &restore("/petshop/limit", "1")).unwrap();
        let outputs = BTreeMap::from([
            ("RecordState.VersionBefore".to_owned(), vec!["2".to_owned()]),
            ("ConfirmRestored.VersionAfter".to_owned(), vec!["3".to_owned()]),
        ]);
        let undo = guard.undo(&plan, &outputs).unwrap().unwrap();
        assert_eq!(undo.undo_of, Some(plan.hash()));
        assert_eq!(undo.parameters.get("RestoreVersion").map(String::as_str), Some("2"));
        assert_eq!(undo.parameters.get("ExpectedVersion").map(String::as_str), Some("3"));
        assert!(matches!(guard.undo(&plan, &BTreeMap::new()), Err(Refusal::NoOutput { .. })));
    }

    #[test]
    fn undo_of_an_instance_that_somebody_else_had_started_is_none() {
        let target = sample::arn("ec2", "instance/i-1");
        let start = proposal("start-instance", target, &[("InstanceId", "i-1")]);
        let plan = GUARD.plan(sample::incident().id, &start).unwrap();
        let undo = |before: &str| {
            let outputs = BTreeMap::from([("RecordState.StateBefore".to_owned(), vec![before.to_owned()])]);
            GUARD.undo(&plan, &outputs).unwrap()
        };
        assert!(undo("stopped").is_some());
        assert_eq!(undo("running"), None);
        assert!(matches!(GUARD.undo(&plan, &BTreeMap::new()), Err(Refusal::NoOutput { .. })));
    }

    #[test]
    fn stands_only_what_the_catalogue_would_make_now() {
        let plan = GUARD.plan(sample::incident().id, &restore("/petshop/limit", "1")).unwrap();
        assert_eq!(GUARD.stands(&plan), Ok(()));
        let other = Plan { document: "Nightshift-StopInstance".into(), ..plan.clone() };
        assert!(matches!(GUARD.stands(&other), Err(Refusal::OtherDocument { .. })));
        let mut loose = plan;
        loose.parameters.insert("RestoreVersion".into(), "0".into());
        assert!(matches!(GUARD.stands(&loose), Err(Refusal::OutOfBounds { .. })));
    }

    proptest! {
        #[test]
        fn plan_never_acts_on_a_name_other_than_the_targets(name in any::<String>(), version in any::<String>()) {
            let guard = &*GUARD;
            if let Ok(plan) = guard.plan(sample::incident().id, &restore(&name, &version)) {
                prop_assert_eq!(plan.parameters.get("ParameterName").map(String::as_str), Some("/petshop/limit"));
                prop_assert!(version.bytes().all(|b| b.is_ascii_digit()));
            }
        }

        #[test]
        fn undo_outputs_never_escape_their_bounds(output in any::<String>()) {
            let guard = &*GUARD;
            let plan = guard.plan(sample::incident().id, &restore("/petshop/limit", "1")).unwrap();
            let outputs = BTreeMap::from([
                ("RecordState.VersionBefore".to_owned(), vec![output.clone()]),
                ("ConfirmRestored.VersionAfter".to_owned(), vec!["3".to_owned()]),
            ]);
            if guard.undo(&plan, &outputs).is_ok() {
                prop_assert!(output.bytes().all(|b| b.is_ascii_digit()));
            }
        }
    }
}
