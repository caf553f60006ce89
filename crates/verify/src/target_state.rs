//! Compares the resource that a plan changed with the state that the plan intended.

use common::{Observed, Plan};

/// The state of the resource that the plan changed, against what the plan intended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetState {
    /// Nothing was planned.
    NoPlan,
    AsPlanned,
    /// The state that was found instead.
    Otherwise(String),
    /// The reason why the state could not be read.
    Unreadable(String),
}

impl TargetState {
    /// Compares by the plan's parameters. The result of an action that is not known here is unreadable.
    pub fn compare(plan: &Plan, observed: &Observed) -> Self {
        let planned = |name: &str| plan.parameters.get(name).map(String::as_str);
        match (plan.action.as_str(), observed) {
            ("start-instance", Observed::Instance { state }) => is(&state.state, Some("running"), "state"),
            ("stop-instance", Observed::Instance { state }) => is(&state.state, Some("stopped"), "state"),
            ("rollback-lambda-alias", Observed::Alias { state }) => {
                is(&state.version, planned("FunctionVersion"), "version")
            }
            // Restoring writes one new version after the expected one; any other is somebody else's.
            ("restore-parameter", Observed::Parameter { state }) => {
                let expected = planned("ExpectedVersion").and_then(|version| version.parse::<u64>().ok());
                let restored =
                    expected.and_then(|version| version.checked_add(1)).map(|version| version.to_string());
                is(&state.version.to_string(), restored.as_deref(), "version")
            }
            ("rollback-ecs-service", Observed::Service { state }) => {
                let definition = is(&state.task_definition, planned("TaskDefinition"), "task definition");
                if definition != Self::AsPlanned {
                    return definition;
                }
                is(&state.rollout_state, Some("COMPLETED"), "rollout state")
            }
            (action, _) => Self::Unreadable(format!("Nightshift cannot check the result of {action}")),
        }
    }
}

fn is(found: &str, planned: Option<&str>, what: &str) -> TargetState {
    match planned {
        Some(planned) if planned == found => TargetState::AsPlanned,
        Some(planned) => TargetState::Otherwise(format!("{what} is {found}, expected {planned}")),
        None => TargetState::Unreadable(format!("the plan has no {what} to compare with")),
    }
}
