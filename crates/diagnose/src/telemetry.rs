//! Looking at what runs: calls, metrics, log lines. Each look has a budget, and what could not be read
//! is a gap.

use std::collections::{BTreeMap, BTreeSet};

use common::{
    Arn, Clock, Evidence, Observed, PortError, Signal,
    ports::{Logs, Look, Metrics, Topology, Traces},
    telemetry::{CallGraph, CallNode, LogLines},
};
use futures_util::future::join_all;

use crate::{
    Account, TelemetryPorts,
    gather::{Gathered, patient},
};
use reasoning::{
    engine::engine_case::{ENGINE, EngineRun, FunctionLogs, Telemetry},
    evidence::call_graph::{CallIndex, is_in_scope, subgraph, symptom_component},
    evidence::evidence_window::EvidenceWindow,
    evidence::metric_digest::observed_metrics,
};

/// Most components whose metrics are read, the nearest to the symptom: four or five metrics each, and
/// `CloudWatch` charges a cent for a thousand of them.
pub(crate) const MOST_MEASURED: usize = 20;

/// Most functions whose logs are read: `FilterLogEvents` is granted five times a second for an account.
pub(crate) const MOST_LOGGED: usize = 4;

/// Most lines of one function before the incident, and as many in it. New kinds of lines show within
/// the first hundreds; what is left out is said, and is no gap.
pub const MOST_LINES: usize = 1_000;

/// Most nodes of a graph that are kept, the nearest: a DynamoDB item holds 400 KB.
const MOST_NODES: usize = 200;

/// Most calls between them that are kept, for the same reason.
const MOST_CALLS: usize = 600;

/// The services whose resources are components that have metrics.
const MEASURED: [&str; 9] =
    ["dynamodb", "ec2", "ecs", "elasticloadbalancing", "kinesis", "lambda", "rds", "sqs", "states"];

/// Where the symptom is and what lies around it.
#[derive(Debug)]
pub(crate) struct Surroundings {
    pub(crate) window: EvidenceWindow,
    symptom: CallNode,
    graph: CallGraph,
    /// The components around the symptom that can be read, itself first, then the nearest.
    pub(crate) near: Vec<Arn>,
    /// Those of `near` whose metrics are read, and, where there is room, of the application.
    measured: Vec<Arn>,
}

/// How a graph is kept, by what tells it.
type Kept = fn(CallGraph) -> Observed;

/// The looks at who calls whom, taken side by side with others.
pub(crate) struct Graphs {
    window: EvidenceWindow,
    traced: Result<Look<CallGraph>, PortError>,
    event_sources: Result<Look<CallGraph>, PortError>,
}

impl Graphs {
    /// The traced graph and that of event sources, whole; `None` for what could not be read.
    pub(crate) fn found(&self) -> [Option<CallGraph>; 2] {
        [&self.traced, &self.event_sources].map(|look| look.as_ref().ok().map(|look| look.found.clone()))
    }
}

pub(crate) async fn graphs<Y, A, H, R, M, L, K>(
    account: &Account<Y, A, impl Topology, H, R, TelemetryPorts<impl Traces, M, L>, K>,
    clock: &impl Clock,
    signal: &Signal,
) -> Graphs {
    let window = EvidenceWindow::new(signal, clock.now());
    let (from, to) = window.traces();
    let (traced, event_sources) = tokio::join!(
        patient(
            "reading who calls whom",
            account.telemetry.traces.calls(&signal.account, &signal.region, from, to)
        ),
        patient("reading event sources", account.topology.event_sources()),
    );
    Graphs { window, traced, event_sources }
}

/// What lies around the symptom, of which `members` is what carries the application's tag. `None` where
/// the signal is about nothing but an alarm.
pub(crate) fn surroundings(
    graphs: Graphs,
    configured: Option<&Look<CallGraph>>,
    clock: &impl Clock,
    signal: &Signal,
    members: &[Arn],
    gathered: &mut Gathered,
) -> Option<Surroundings> {
    let Graphs { window, traced, event_sources } = graphs;
    let (traced, event_sources) = (gathered.found(traced), gathered.found(event_sources));
    let component = symptom_component(signal)?;
    let looks = [traced.as_ref(), event_sources.as_ref(), configured];
    let calls = CallIndex::new(looks.into_iter().flatten().map(|look| &look.found));
    let id = calls.node_id(&component);
    let symptom = calls.node(&id).cloned().unwrap_or_else(|| CallNode::of(component.clone(), "resource"));
    let reached = calls.reachable_from(&id);
    if reached.len() > MOST_NODES {
        gathered.gap(
            "who calls whom",
            &format!("{} components are near; the first {MOST_NODES} were kept", reached.len()),
        );
    }
    let mut kept: BTreeSet<String> = reached.iter().take(MOST_NODES).map(|(id, _)| id.clone()).collect();
    kept.extend(members.iter().map(|arn| arn.component().to_string()).take(MOST_NODES));

    let mut graph = CallGraph::default();
    let sources: [(_, _, Kept); 3] = [
        (traced.as_ref(), "the traces know", |graph| Observed::Calls { graph }),
        (event_sources.as_ref(), "event-source mappings know", |graph| Observed::EventSources { graph }),
        (configured, "the map knows", |graph| Observed::Connections { graph }),
    ];
    for (place, (look, known, observed)) in sources.into_iter().enumerate() {
        let Some(Look { query, found }) = look else { continue };
        let mut around = subgraph(found, &kept);
        if around.calls.len() > MOST_CALLS {
            let near: BTreeMap<&String, usize> =
                reached.iter().enumerate().map(|(place, (id, _))| (id, place)).collect();
            around.calls.sort_by_key(|call| near.get(&call.caller).copied().unwrap_or(usize::MAX));
            let reason = format!("{} calls; the nearest {MOST_CALLS} were kept", around.calls.len());
            gathered.gap("who calls whom", &reason);
            around.calls.truncate(MOST_CALLS);
        }
        // That traces know nothing around the symptom is worth telling.
        if place == 0 || !around.calls.is_empty() {
            let summary = format!(
                "{known} {} components; {} of them, with {} calls, are around the symptom",
                found.nodes.len(),
                around.nodes.len(),
                around.calls.len()
            );
            gathered.add(clock.now(), query, &summary, observed(around.clone()));
        }
        graph.nodes.extend(around.nodes);
        graph.calls.extend(around.calls);
    }

    let resources = reached.iter().filter_map(|(id, _)| calls.node(id)?.resource.clone());
    let near: Vec<Arn> = unique(std::iter::once(component).chain(resources), signal);
    let reached_measured = near.iter().filter(|arn| is_measured(arn)).count();
    if reached_measured > MOST_MEASURED {
        let reason =
            format!("{reached_measured} components are near; the metrics of {MOST_MEASURED} were read");
        gathered.gap("metrics around the symptom", &reason);
    }
    let mut measured = unique(near.iter().cloned().chain(members.iter().map(Arn::component)), signal);
    measured.retain(is_measured);
    measured.truncate(MOST_MEASURED);
    Some(Surroundings { window, symptom, graph, near, measured })
}

/// Each once, of the signal's account and region, in their order.
fn unique(all: impl Iterator<Item = Arn>, signal: &Signal) -> Vec<Arn> {
    let mut seen = BTreeSet::new();
    all.filter(|arn| is_in_scope(arn, signal) && seen.insert(arn.clone())).collect()
}

fn is_measured(arn: &Arn) -> bool {
    MEASURED.contains(&arn.service()) && (arn.service() != "lambda" || arn.function().is_some())
}

/// The metrics around the symptom, and its own.
pub(crate) async fn measure<Y, A, T, H, R, X, L, K>(
    account: &Account<Y, A, T, H, R, TelemetryPorts<X, impl Metrics, L>, K>,
    signal: &Signal,
    around: &Surroundings,
) -> Option<Result<Look<Vec<common::telemetry::MetricSeries>>, PortError>> {
    if around.measured.is_empty() && signal.metric.is_none() {
        return None;
    }
    let look =
        account.telemetry.metrics.series(&around.measured, signal.metric.as_ref(), around.window.sampling);
    Some(patient("reading metrics", look).await)
}

/// All that was measured, kept as digests.
pub(crate) fn keep_metrics(
    look: Option<Result<Look<Vec<common::telemetry::MetricSeries>>, PortError>>,
    clock: &impl Clock,
    around: Surroundings,
    gathered: &mut Gathered,
) -> Telemetry {
    let Surroundings { window, symptom, graph, measured, .. } = around;
    let mut series = Vec::new();
    if let Some(Look { query, found }) = look.and_then(|look| gathered.found(look)) {
        let summary = format!("{} metrics of {} components had values", found.len(), measured.len());
        gathered.add(clock.now(), &query, &summary, observed_metrics(&found, &window));
        series = found;
    }
    Telemetry { window, symptom, graph, series, logs: Vec::new() }
}

/// One function's looks at its logs.
pub(crate) struct LogLooks {
    function: Arn,
    baseline: Result<Look<LogLines>, PortError>,
    incident: Result<Look<LogLines>, PortError>,
}

/// The lines of these functions. A function's two windows come one after the other, so that no more
/// than [`MOST_LOGGED`] calls are made at once.
pub(crate) async fn log_lines<Y, A, T, H, R, X, M, K>(
    account: &Account<Y, A, T, H, R, TelemetryPorts<X, M, impl Logs>, K>,
    window: &EvidenceWindow,
    functions: Vec<Arn>,
) -> Vec<LogLooks> {
    let logs = &account.telemetry.logs;
    join_all(functions.into_iter().map(async |function| {
        let read =
            async |(from, to)| patient("reading logs", logs.lines(&function, from, to, MOST_LINES)).await;
        let incident = read(window.incident_logs()).await;
        // Without the one the other says nothing.
        let baseline = match &incident {
            Ok(_) => read(window.baseline_logs()).await,
            Err(_) => Ok(Look { query: String::new(), found: LogLines::default() }),
        };
        LogLooks { function, baseline, incident }
    }))
    .await
}

/// Lines as the engine takes them, with the queries that they came from.
pub(crate) fn keep_lines(looks: Vec<LogLooks>, gathered: &mut Gathered) -> Vec<(FunctionLogs, String)> {
    let mut kept = Vec::new();
    for LogLooks { function, baseline, incident } in looks {
        let (baseline, incident) = (gathered.found(baseline), gathered.found(incident));
        if let (Some(baseline), Some(incident)) = (baseline, incident) {
            let query = format!("{}; {}", baseline.query, incident.query);
            kept.push((FunctionLogs { function, baseline: baseline.found, incident: incident.found }, query));
        }
    }
    kept
}

/// What the engine made of it, and of the lines what it found worth telling.
pub(crate) fn conclude(
    investigated: &EngineRun,
    logs: &[(FunctionLogs, String)],
    clock: &impl Clock,
    gathered: &mut Gathered,
) {
    let now = clock.now();
    for (of_function, query) in logs {
        let FunctionLogs { function, baseline, incident } = of_function;
        let templates = investigated.templates(function);
        let truncated = baseline.truncated || incident.truncated;
        let summary = format!(
            "{} logged {} lines in the incident and {} before it{}; {} kinds of line stand out",
            function.name(),
            incident.lines.len(),
            baseline.lines.len(),
            if truncated { ", of those that were read" } else { "" },
            templates.len()
        );
        let observed = Observed::Logs {
            function: function.clone(),
            baseline_lines: count(baseline.lines.len()),
            incident_lines: count(incident.lines.len()),
            truncated,
            templates,
        };
        gathered.add(now, query, &summary, observed);
    }
    let findings = investigated.findings();
    let made_of: Vec<&str> =
        gathered.evidence.iter().filter(|one| feeds_engine(one)).map(|one| one.id.as_str()).collect();
    let query = format!("nightshift {ENGINE} on {} and the changes", made_of.join(" "));
    let summary = summary(&findings);
    gathered.add(now, &query, &summary, Observed::Engine { findings });
}

const fn feeds_engine(evidence: &Evidence) -> bool {
    matches!(
        evidence.observed,
        Observed::Calls { .. }
            | Observed::EventSources { .. }
            | Observed::Connections { .. }
            | Observed::Metrics { .. }
            | Observed::Logs { .. }
    )
}

fn summary(findings: &common::findings::EngineFindings) -> String {
    use common::findings::EngineVerdict::{Abstain, Healthy, RootCause};
    match (&findings.verdict, findings.suspects.first()) {
        (RootCause, Some(first)) => format!(
            "the engine takes {} for the root cause ({:.0} %); {} others were ruled out",
            first.name,
            first.confidence * 100.0,
            findings.ruled_out.len()
        ),
        (RootCause, None) => "the engine names no root cause".to_owned(),
        (Healthy { why }, _) => format!("the engine sees nothing wrong: {why}"),
        (Abstain { why }, _) => format!("the engine cannot say: {why}"),
    }
}

fn count(lines: usize) -> u64 {
    u64::try_from(lines).unwrap_or(u64::MAX)
}
