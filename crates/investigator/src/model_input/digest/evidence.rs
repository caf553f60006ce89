//! One piece of evidence.

use common::{Arn, Evidence, Observed, SymptomState, telemetry::CallGraph};
use jiff::Timestamp;

use super::{
    changes, engine_findings,
    entry::{Entry, WIDEST, first},
    logs, metrics, notes_and_precedents,
    number::number,
    resource_states,
};
use crate::{fence::Fence, model_input::component_names::Names};

const MOST_TRANSITIONS: usize = 10;
const MOST_RESOURCES: usize = 30;
const MOST_CALLS: usize = 40;
const TEAM_TOOL_BYTES: usize = 2_000;

/// What comes first where there is not room for all.
pub(super) const fn rank(observed: &Observed) -> u8 {
    match observed {
        Observed::Symptom { .. } => 0,
        Observed::Engine { .. } => 1,
        Observed::Change { .. } => 2,
        Observed::Logs { .. } => 3,
        Observed::Metrics { .. } => 4,
        Observed::Notes { .. } => 5,
        Observed::Parameter { .. }
        | Observed::Alias { .. }
        | Observed::Instance { .. }
        | Observed::Service { .. } => 6,
        Observed::Calls { .. }
        | Observed::EventSources { .. }
        | Observed::Connections { .. }
        | Observed::Reads { .. } => 7,
        Observed::AlarmHistory { .. } => 8,
        Observed::Precedents { .. } => 9,
        Observed::TeamTool { .. } => 10,
        Observed::Application { .. } => 11,
    }
}

/// Its id and what is structured in a line of ours; what anybody may have written in the fence below.
pub(super) fn entry(evidence: &Evidence, fence: &Fence, names: Names<'_>) -> Entry {
    let (kind, facts, body) = parts(&evidence.observed, fence, names);
    let about = if facts.is_empty() { String::new() } else { format!(": {facts}") };
    let head = format!("[{}] {kind}{about}", evidence.id);
    Entry {
        evidence: Some(evidence.id.clone()),
        ..Entry::fenced("evidence", &head, evidence.id.as_str(), &body, fence)
    }
}

/// What it is, what of it is structured, and the lines for the fence.
pub(super) type Parts = (&'static str, String, Vec<String>);

fn parts(observed: &Observed, fence: &Fence, names: Names<'_>) -> Parts {
    let name = |arn: &Arn| names.name(arn).unwrap_or_else(|| "not listed".to_owned());
    match observed {
        Observed::Symptom { observation } => {
            let excess = observation.excess.map(|by| format!(", beyond normal by {}", number(by)));
            let facts = format!(
                "{}{}{}",
                state(observation.state),
                since(observation.since),
                excess.unwrap_or_default()
            );
            ("symptom", facts, vec![fence.line(&observation.summary, WIDEST)])
        }
        Observed::AlarmHistory { transitions } => {
            let latest = transitions
                .iter()
                .rev()
                .take(MOST_TRANSITIONS)
                .map(|one| fence.line(&format!("{} {}: {}", one.at, state(one.to), one.summary), WIDEST));
            ("alarm history, the latest first", String::new(), latest.collect())
        }
        Observed::Application { name: application, resources } => {
            let mut body = vec![fence.line(application, WIDEST)];
            let listed =
                resources.iter().map(|arn| fence.line(&names.name(arn).unwrap_or_else(|| arn.name()), 120));
            body.extend(first(MOST_RESOURCES, listed.collect()));
            ("resources of the application", resources.len().to_string(), body)
        }
        Observed::Change { change } => {
            let ours = if change.by_nightshift { ", by Nightshift itself" } else { "" };
            (
                "change",
                format!("{} on {}{ours}", change.at, name(&change.resource)),
                changes::lines(change, fence, names),
            )
        }
        Observed::Parameter { .. }
        | Observed::Alias { .. }
        | Observed::Instance { .. }
        | Observed::Service { .. } => resource_states::parts(observed, fence, names),
        Observed::Reads { function, parameters } => {
            let read =
                parameters.iter().map(|arn| fence.line(&names.name(arn).unwrap_or_else(|| arn.name()), 120));
            ("parameters that a function reads", name(function), first(MOST_RESOURCES, read.collect()))
        }
        Observed::Calls { graph } => ("who calls whom", String::new(), calls(graph, fence, names)),
        Observed::EventSources { graph } => {
            ("which functions empty which queues and streams", String::new(), calls(graph, fence, names))
        }
        Observed::Connections { graph } => {
            ("where load balancers and rules lead", String::new(), calls(graph, fence, names))
        }
        Observed::Metrics { from, incident_from, to, series, .. } => {
            let facts = format!("median from {from} → median from {incident_from} to {to}");
            ("metrics", facts, metrics::lines(series, fence, names))
        }
        Observed::Logs { function, baseline_lines, incident_lines, truncated, templates } => {
            let more = if *truncated { ", and more that were not read" } else { "" };
            let facts =
                format!("{} {baseline_lines} lines before, {incident_lines} during{more}", name(function));
            ("log lines", facts, logs::lines(templates, fence))
        }
        Observed::Engine { findings } => {
            let onset = findings.onset.map(|at| format!(", symptom began {at}")).unwrap_or_default();
            let facts = format!("{}{onset}", engine_findings::verdict(findings));
            ("the engine's findings", facts, engine_findings::lines(findings, fence, names))
        }
        Observed::Notes { source, notes } => {
            ("notes", source.as_str().to_owned(), notes_and_precedents::notes(notes, fence, names))
        }
        Observed::Precedents { precedents } => {
            ("earlier incidents", String::new(), notes_and_precedents::precedents(precedents, fence, names))
        }
        Observed::TeamTool { tool, text } => {
            let mut body = vec![fence.line(tool, 80)];
            body.extend(fence.lines(text, TEAM_TOOL_BYTES, WIDEST));
            ("answer of a tool of the team's", String::new(), body)
        }
    }
}

const fn state(state: SymptomState) -> &'static str {
    match state {
        SymptomState::Firing => "firing",
        SymptomState::Recovered => "recovered",
        SymptomState::Unknown => "unknown",
    }
}

fn since(at: Option<Timestamp>) -> String {
    at.map(|at| format!(" since {at}")).unwrap_or_default()
}

fn calls(graph: &CallGraph, fence: &Fence, names: Names<'_>) -> Vec<String> {
    let called = |id: &String| {
        let node = graph.nodes.iter().find(|node| node.id() == *id);
        let known = node.and_then(|node| node.resource.as_ref()).and_then(|arn| names.name(arn));
        known.or_else(|| node.map(|node| node.name.clone())).unwrap_or_else(|| id.clone())
    };
    let lines = graph
        .calls
        .iter()
        .map(|call| fence.line(&format!("{} → {}", called(&call.caller), called(&call.callee)), 160));
    first(MOST_CALLS, lines.collect())
}
