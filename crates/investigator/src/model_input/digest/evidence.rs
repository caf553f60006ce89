//! Digests one piece of evidence to an entry.

use common::{Arn, Evidence, Observed, SymptomState, intent::IntentSign, telemetry::CallGraph};
use jiff::Timestamp;

use super::{
    changes, engine_findings,
    entry::{Entry, EvidenceText, LINE_CHARS, first_lines},
    logs, metrics, notes_and_precedents,
    number::number,
    resource_states,
};
use crate::{fence::Fence, model_input::ComponentNames};

const MAX_TRANSITIONS: usize = 10;
const MAX_RESOURCES: usize = 30;
const MAX_CALLS: usize = 40;
const TEAM_TOOL_BYTES: usize = 2_000;

/// The rank of evidence where there is no room for all; the lowest comes first.
pub(super) const fn rank(observed: &Observed) -> u8 {
    match observed {
        Observed::Symptom { .. } => 0,
        Observed::Engine { .. } => 1,
        Observed::Change { .. } | Observed::Intent { .. } => 2,
        Observed::Logs { .. } => 3,
        Observed::Metrics { .. } | Observed::AliasTraffic { .. } => 4,
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

/// The entry of one piece of evidence: its id and its structured facts in a line of ours, and below it, inside the
/// fence, what anybody may have written.
pub(super) fn entry(evidence: &Evidence, fence: &Fence, names: ComponentNames<'_>) -> Entry {
    let EvidenceText { kind, facts, body } = evidence_text(&evidence.observed, fence, names);
    let about = if facts.is_empty() { String::new() } else { format!(": {facts}") };
    let head = format!("[{}] {kind}{about}", evidence.id);
    Entry {
        evidence: Some(evidence.id.clone()),
        ..Entry::fenced("evidence", &head, evidence.id.as_str(), &body, fence)
    }
}

fn evidence_text(observed: &Observed, fence: &Fence, names: ComponentNames<'_>) -> EvidenceText {
    let name = |arn: &Arn| names.short_name(arn).unwrap_or_else(|| "not listed".to_owned());
    match observed {
        Observed::Symptom { observation } => {
            let excess = observation.excess.map(|by| format!(", beyond normal by {}", number(by)));
            let facts = format!(
                "{}{}{}",
                state(observation.state),
                since(observation.since),
                excess.unwrap_or_default()
            );
            EvidenceText::new("symptom", facts, vec![fence.line(&observation.summary, LINE_CHARS)])
        }
        Observed::AlarmHistory { transitions } => {
            let latest =
                transitions.iter().rev().take(MAX_TRANSITIONS).map(|one| {
                    fence.line(&format!("{} {}: {}", one.at, state(one.to), one.summary), LINE_CHARS)
                });
            EvidenceText::new("alarm history, the latest first", String::new(), latest.collect())
        }
        Observed::Application { name: application, resources } => {
            let mut body = vec![fence.line(application, LINE_CHARS)];
            let listed = resources
                .iter()
                .map(|arn| fence.line(&names.short_name(arn).unwrap_or_else(|| arn.name()), 120));
            body.extend(first_lines(MAX_RESOURCES, listed.collect()));
            EvidenceText::new("resources of the application", resources.len().to_string(), body)
        }
        Observed::Change { change } => {
            let ours = if change.by_nightshift { ", by Nightshift itself" } else { "" };
            EvidenceText::new(
                "change",
                format!("{} on {}{ours}", change.at, name(&change.resource)),
                changes::lines(change, fence, names),
            )
        }
        Observed::Intent { resource, signs } => {
            let body = signs.iter().map(|sign| fence.line(&intent_sign(sign), LINE_CHARS)).collect();
            EvidenceText::new("signs that its state is meant", name(resource), body)
        }
        Observed::Parameter { state } => resource_states::parameter(state, fence, names),
        Observed::Alias { state } => resource_states::alias(state, fence, names),
        Observed::AliasTraffic { traffic } => resource_states::alias_traffic(traffic, names),
        Observed::Instance { state } => resource_states::instance(state, fence, names),
        Observed::Service { state } => resource_states::service(state, fence, names),
        Observed::Reads { function, parameters } => {
            let read = parameters
                .iter()
                .map(|arn| fence.line(&names.short_name(arn).unwrap_or_else(|| arn.name()), 120));
            EvidenceText::new(
                "parameters that a function reads",
                name(function),
                first_lines(MAX_RESOURCES, read.collect()),
            )
        }
        Observed::Calls { graph } => {
            EvidenceText::new("who calls whom", String::new(), calls(graph, fence, names))
        }
        Observed::EventSources { graph } => EvidenceText::new(
            "which functions empty which queues and streams",
            String::new(),
            calls(graph, fence, names),
        ),
        Observed::Connections { graph } => EvidenceText::new(
            "where load balancers and rules lead",
            String::new(),
            calls(graph, fence, names),
        ),
        Observed::Metrics { from, incident_from, to, series, .. } => {
            let facts = format!("median from {from} → median from {incident_from} to {to}");
            EvidenceText::new("metrics", facts, metrics::lines(series, fence, names))
        }
        Observed::Logs { function, baseline_lines, incident_lines, truncated, templates } => {
            let more = if *truncated { ", and more that were not read" } else { "" };
            let facts =
                format!("{} {baseline_lines} lines before, {incident_lines} during{more}", name(function));
            EvidenceText::new("log lines", facts, logs::lines(templates, fence))
        }
        Observed::Engine { findings } => {
            let onset = findings.onset.map(|at| format!(", symptom began {at}")).unwrap_or_default();
            let facts = format!("{}{onset}", engine_findings::verdict(findings));
            EvidenceText::new("the engine's findings", facts, engine_findings::lines(findings, fence, names))
        }
        Observed::Notes { source, notes } => EvidenceText::new(
            "notes",
            source.as_str().to_owned(),
            notes_and_precedents::notes(notes, fence, names),
        ),
        Observed::Precedents { precedents } => EvidenceText::new(
            "earlier incidents",
            String::new(),
            notes_and_precedents::precedents(precedents, fence, names),
        ),
        Observed::TeamTool { tool, text } => {
            let mut body = vec![fence.line(tool, 80)];
            body.extend(fence.lines(text, TEAM_TOOL_BYTES, LINE_CHARS));
            EvidenceText::new("answer of a tool of the team's", String::new(), body)
        }
    }
}

fn intent_sign(sign: &IntentSign) -> String {
    match sign {
        IntentSign::Tag { key, value, .. } => format!("tag {key} = {value}"),
        IntentSign::Habit { event_name, days, time_of_day, .. } => {
            format!("{event_name} by the same actor on {days} of the 14 days before, at about {time_of_day}")
        }
        IntentSign::SecurityFinding { finding } => {
            format!("open security finding {}: {}", finding.severity, finding.title)
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

fn calls(graph: &CallGraph, fence: &Fence, names: ComponentNames<'_>) -> Vec<String> {
    let called = |id: &String| {
        let node = graph.nodes.iter().find(|node| node.id() == *id);
        let known = node.and_then(|node| node.resource.as_ref()).and_then(|arn| names.short_name(arn));
        known.or_else(|| node.map(|node| node.name.clone())).unwrap_or_else(|| id.clone())
    };
    let lines = graph
        .calls
        .iter()
        .map(|call| fence.line(&format!("{} → {}", called(&call.caller), called(&call.callee)), 160));
    first_lines(MAX_CALLS, lines.collect())
}
