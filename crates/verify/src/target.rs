//! Whether the thing that a plan changed is what the plan said it would be.

use common::{Observed, Plan};

use crate::judge::Target;

/// Compares by the plan's parameters. An action that is not known here is never as planned.
pub fn compare(plan: &Plan, observed: &Observed) -> Target {
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
            if definition != Target::AsPlanned {
                return definition;
            }
            is(&state.rollout_state, Some("COMPLETED"), "rollout state")
        }
        (action, _) => Target::Unreadable(format!("what {action} makes of it cannot be compared")),
    }
}

fn is(found: &str, planned: Option<&str>, what: &str) -> Target {
    match planned {
        Some(planned) if planned == found => Target::AsPlanned,
        Some(planned) => Target::Otherwise(format!("{what} {found}, not {planned}")),
        None => Target::Unreadable(format!("the plan names no {what}")),
    }
}
