//! Collects evidence: first the symptom, then everything around it: the application, what was changed,
//! the present states, and what the components tell while they run. Two rounds after the tags are known:
//! first what needs nothing else, then states and logs of what the first round points to.

mod alias_metrics;
mod application;
mod call_graphs;
mod changes;
pub(crate) mod collected_evidence;
pub(crate) mod context;
mod intent;
pub(crate) mod precedents;
mod related_changes;
pub(crate) mod resource_states;
pub(crate) mod symptom;
pub(crate) mod telemetry;
pub(crate) mod timeout;
mod topology_cache;

use std::{cell::Cell, collections::BTreeSet};

use common::{
    Arn, Clock, ContextSource, Signal,
    evidence::ReadSource,
    ports::{Changes, Topology, TopologyCache},
};
use futures_util::future::join_all;
use reasoning::{
    engine::engine_case,
    evidence::call_graph::can_be_told,
    evidence::evidence_window::{EvidenceWindow, before},
    evidence::onset::LOOKBACK,
    playbooks::playbook_resource::PlaybookResource,
};

use self::{
    alias_metrics::collect_alias_metrics,
    application::{readers, record_members, record_reads},
    call_graphs::{add_uses, read_call_graphs, record_call_graphs},
    changes::record_changes,
    collected_evidence::CollectedEvidence,
    related_changes::{RelatedChanges, split},
    resource_states::{collect_states, subjects},
    timeout::with_timeout,
};
use crate::Account;

/// Collects the evidence around the symptom: the application's resources, what was changed, and how it is
/// now.
#[allow(clippy::too_many_lines, reason = "the order in which one read needs another is told in one place")]
pub(crate) async fn collect_evidence(
    account: &impl Account,
    store: &impl TopologyCache,
    clock: &impl Clock,
    signal: &Signal,
    application: Option<&str>,
    collected: &mut CollectedEvidence,
) {
    let connections = account.connections();
    let (tagged, graphs, topology) = tokio::join!(
        async {
            let name = application?;
            let read = account.topology().resources_of(name);
            Some((name, with_timeout(ReadSource::ApplicationResources, read).await))
        },
        read_call_graphs(account, clock, signal),
        topology_cache::read_known(store, connections, clock, application),
    );
    let (mut members, mut all_tagged) = (Vec::new(), None);
    if let Some((name, reading)) = tagged {
        let reading = collected.accept(reading);
        all_tagged = reading.as_ref().map(|reading| reading.value.clone());
        members = record_members(name, reading, clock, collected);
    }
    let whole_graphs = graphs.whole();
    let configured = topology.configured_calls(collected);
    let configured = add_uses(account, signal, &members, configured, collected).await;
    let around = record_call_graphs(graphs, configured.as_ref(), clock, signal, &members, collected);
    let near = around.as_ref().map(|around| around.near.clone()).unwrap_or_default();
    let callers = around.as_ref().map(|around| around.callers.clone()).unwrap_or_default();

    let resources: BTreeSet<Arn> = signal
        .resources
        .iter()
        .chain(&members)
        .chain(&near)
        .chain(&callers)
        .filter(|arn| can_be_told(arn, signal))
        .cloned()
        .collect();
    let resources: Vec<Arn> = resources.into_iter().collect();
    let parameters: Vec<Arn> = resources
        .iter()
        .filter(|arn| PlaybookResource::from_resource(arn) == Some(PlaybookResource::Parameter))
        .cloned()
        .collect();
    let functions = readers(signal, &near, &parameters, collected);

    let allowance = Cell::new(collected.allowance);
    let scope = context::scope(
        signal,
        &EvidenceWindow::new(signal, clock.now()),
        if near.is_empty() { &resources } else { &near },
        &collected.allowance,
    );
    let (changes, reads, metrics, context) = tokio::join!(
        with_timeout(
            ReadSource::Changes,
            account.changes().changes(&resources, before(signal.occurred_at, LOOKBACK), clock.now()),
        ),
        join_all(functions.iter().map(async |function| {
            let read = account.topology().read_by(function, &parameters);
            (function, with_timeout(ReadSource::FunctionEnvironment, read).await)
        })),
        async {
            match &around {
                Some(around) => telemetry::read_metrics(account, signal, around).await,
                None => None,
            }
        },
        context::ask(account.context(), clock, &scope, &allowance),
    );
    let mut reading = collected.accept(changes);
    let mut elsewhere = Vec::new();
    if let Some(reading) = &mut reading {
        (reading.value, elsewhere) = split(std::mem::take(&mut reading.value), &resources);
    }
    let command = reading.as_ref().map(|reading| reading.command.clone()).unwrap_or_default();
    let changes = record_changes(signal, clock.now(), reading, collected);
    let read = record_reads(reads, clock, collected);
    let mut telemetry = around.map(|around| telemetry::record_metrics(metrics, clock, around, collected));
    let mut related = RelatedChanges::new(command, elsewhere, changes.clone(), read.clone());
    related.add_read_parameters(account, clock, signal, &near, collected).await;
    if let Some(telemetry) = &mut telemetry {
        let zones = related.zones(&telemetry.graph);
        related.connect(
            zones,
            "hosts that are called, and whose DNS records were changed",
            telemetry,
            clock,
            collected,
        );
    }
    let first = telemetry
        .as_ref()
        .map(|telemetry| engine_case::run_engine(signal, telemetry, &related.changes, &related.readers));
    let worth_reading = telemetry.as_mut().zip(first.as_ref()).map(|(telemetry, first)| {
        telemetry.window = telemetry.window.with_onset(first.findings.onset);
        (telemetry.window, first.functions_worth_reading(telemetry, telemetry::MOST_LOGGED))
    });

    let subjects = subjects(signal, &near, &changes, &read);
    let (states, intent, lines, (map, missing)) = tokio::join!(
        async {
            let mut states = collect_states(account, clock, &subjects, &changes).await;
            collect_alias_metrics(account, clock, signal, &changes, &mut states).await;
            states
        },
        intent::collect_intent(account, clock, signal, &changes),
        async {
            match worth_reading {
                Some((window, functions)) => telemetry::read_logs(account, &window, functions).await,
                None => Vec::new(),
            }
        },
        topology.complete(store, connections, clock, application, whole_graphs, all_tagged, &resources),
    );
    collected.map = map;
    collected.append(states);
    collected.append(intent);
    collected.append(missing);
    collected.append(context);
    if let Some(mut telemetry) = telemetry {
        let lines = telemetry::accept_lines(lines, collected);
        if lines.iter().any(|(logs, _)| logs.baseline.truncated || logs.incident.truncated) {
            let counted =
                context::ask_one(account.context(), clock, ContextSource::LogInsights, &scope, &allowance)
                    .await;
            collected.append(counted);
        }
        telemetry.logs = lines.iter().map(|(logs, _)| logs.clone()).collect();
        let named = related.named(&telemetry.logs);
        related.connect(named, "changed resources that new log lines name", &mut telemetry, clock, collected);
        let investigated = engine_case::run_engine(signal, &telemetry, &related.changes, &related.readers);
        telemetry::record_findings(&investigated, &lines, clock, collected);
    }
    collected.allowance = allowance.get();
}
