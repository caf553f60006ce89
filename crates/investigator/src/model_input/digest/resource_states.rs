//! Present states.

use common::{Arn, Observed};

use super::{entry::WIDEST, evidence::Parts};
use crate::{fence::Fence, model_input::component_names::Names};

pub(super) fn parts(observed: &Observed, fence: &Fence, names: Names<'_>) -> Parts {
    let name = |arn: &Arn| names.name(arn).unwrap_or_else(|| "not listed".to_owned());
    match observed {
        Observed::Parameter { state } => {
            let previous = state.previous_version.map_or_else(|| "none".to_owned(), |it| it.to_string());
            let facts = format!(
                "{} version {} since {}, before it {previous}",
                name(&state.arn),
                state.version,
                state.modified_at
            );
            let text = format!("{} ({}) by {}", state.name, state.parameter_type, state.modified_by);
            ("parameter", facts, vec![fence.line(&text, WIDEST)])
        }
        Observed::Alias { state } => {
            let weighted = if state.weighted { ", part of the traffic elsewhere" } else { "" };
            let previous = state.previous_version.as_deref().unwrap_or("not known");
            let text = format!(
                "{}:{} at version {}, before it {previous}",
                state.function, state.alias, state.version
            );
            ("alias", format!("{}{weighted}", name(&state.arn)), vec![fence.line(&text, WIDEST)])
        }
        Observed::Instance { state } => (
            "instance",
            name(&state.arn),
            vec![fence.line(&format!("{} is {}", state.id, state.state), WIDEST)],
        ),
        Observed::Service { state } => {
            let facts = format!(
                "{} desired {} running {}",
                name(&state.arn),
                state.desired_count,
                state.running_count
            );
            let previous = state.previous_task_definition.as_deref().unwrap_or("not known");
            let text = format!("{}, {}, before it {previous}", state.rollout_state, state.task_definition);
            ("service", facts, vec![fence.line(&text, WIDEST)])
        }
        _ => ("evidence", String::new(), Vec::new()),
    }
}
