//! Digests the present states of resources.

use common::{
    Arn,
    alias_traffic::AliasTraffic,
    evidence::{AliasState, InstanceState, ParameterState, ServiceState},
};

use super::entry::{EvidenceText, LINE_CHARS};
use crate::{fence::Fence, model_input::ComponentNames};

pub(super) fn parameter(state: &ParameterState, fence: &Fence, names: ComponentNames<'_>) -> EvidenceText {
    let previous = state.previous_version.map_or_else(|| "none".to_owned(), |it| it.to_string());
    let facts = format!(
        "{} version {} since {}, before it {previous}",
        name(&state.arn, names),
        state.version,
        state.modified_at
    );
    let text = format!("{} ({}) by {}", state.name, state.parameter_type, state.modified_by);
    EvidenceText::new("parameter", facts, vec![fence.line(&text, LINE_CHARS)])
}

pub(super) fn alias(state: &AliasState, fence: &Fence, names: ComponentNames<'_>) -> EvidenceText {
    let weighted = if state.weighted { ", part of the traffic elsewhere" } else { "" };
    let previous = state.previous_version.as_deref().unwrap_or("not known");
    let text =
        format!("{}:{} at version {}, before it {previous}", state.function, state.alias, state.version);
    let facts = format!("{}{weighted}", name(&state.arn, names));
    EvidenceText::new("alias", facts, vec![fence.line(&text, LINE_CHARS)])
}

pub(super) fn alias_traffic(traffic: &AliasTraffic, names: ComponentNames<'_>) -> EvidenceText {
    let facts = format!("{}: {}", name(&traffic.alias, names), traffic.in_words());
    EvidenceText::new("requests of an alias", facts, Vec::new())
}

pub(super) fn instance(state: &InstanceState, fence: &Fence, names: ComponentNames<'_>) -> EvidenceText {
    let text = format!("{} is {}", state.id, state.state);
    EvidenceText::new("instance", name(&state.arn, names), vec![fence.line(&text, LINE_CHARS)])
}

pub(super) fn service(state: &ServiceState, fence: &Fence, names: ComponentNames<'_>) -> EvidenceText {
    let facts = format!(
        "{} desired {} running {}",
        name(&state.arn, names),
        state.desired_count,
        state.running_count
    );
    let previous = state.previous_task_definition.as_deref().unwrap_or("not known");
    let text = format!("{}, {}, before it {previous}", state.rollout_state, state.task_definition);
    EvidenceText::new("service", facts, vec![fence.line(&text, LINE_CHARS)])
}

fn name(arn: &Arn, names: ComponentNames<'_>) -> String {
    names.short_name(arn).unwrap_or_else(|| "not listed".to_owned())
}
