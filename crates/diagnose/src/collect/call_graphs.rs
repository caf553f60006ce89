//! Collects who calls whom around the symptom: traces, event-source mappings and configured connections, as
//! one graph, and the components near the symptom that it leads to.

use std::collections::{BTreeMap, BTreeSet};

use common::{
    Arn, Clock, Gap, Observed, Signal,
    evidence::ReadSource,
    ports::{Reading, Topology, Traces},
    telemetry::{Call, CallGraph, CallNode},
};
use reasoning::{
    evidence::call_graph::{CallIndex, can_be_told, is_in_scope, subgraph, symptom_component},
    evidence::evidence_window::EvidenceWindow,
};

use super::{collected_evidence::CollectedEvidence, timeout::with_timeout};
use crate::Account;

/// Most components whose metrics are read, the nearest to the symptom: four or five metrics each, and
/// `CloudWatch` charges a cent for a thousand of them.
const MOST_MEASURED: usize = 20;

/// Most nodes of a graph that are kept, the nearest: a DynamoDB item holds 400 KB.
const MOST_NODES: usize = 200;

/// Most calls between them that are kept, for the same reason.
const MOST_CALLS: usize = 600;

/// The services whose resources are components that have metrics.
const MEASURED: [&str; 11] = [
    "apigateway",
    "dynamodb",
    "ec2",
    "ecs",
    "elasticache",
    "elasticloadbalancing",
    "kinesis",
    "lambda",
    "rds",
    "sqs",
    "states",
];

/// The symptom's component and what lies around it.
#[derive(Debug)]
pub(crate) struct NearbyComponents {
    pub(crate) window: EvidenceWindow,
    pub(crate) symptom: CallNode,
    pub(crate) graph: CallGraph,
    /// The components around the symptom that can be read, itself first, then the nearest.
    pub(crate) near: Vec<Arn>,
    /// The components that call or start the symptom's own.
    pub(crate) callers: Vec<Arn>,
    /// Those of `near` whose metrics are read, and, where there is room, of the application.
    pub(crate) measured: Vec<Arn>,
}

/// Makes evidence of a graph, by its source.
type AsEvidence = fn(CallGraph) -> Observed;

/// The call graphs as they were read, side by side with other reads.
pub(crate) struct CallGraphs {
    window: EvidenceWindow,
    traced: Result<Reading<CallGraph>, Gap>,
    event_sources: Result<Reading<CallGraph>, Gap>,
}

impl CallGraphs {
    /// Returns the traced graph and that of event sources, whole; `None` for what could not be read.
    pub(crate) fn whole(&self) -> [Option<CallGraph>; 2] {
        [&self.traced, &self.event_sources].map(|reading| Some(reading.as_ref().ok()?.value.clone()))
    }
}

pub(crate) async fn read_call_graphs(
    account: &impl Account,
    clock: &impl Clock,
    signal: &Signal,
) -> CallGraphs {
    let window = EvidenceWindow::new(signal, clock.now());
    let (from, to) = window.traces();
    let (traced, event_sources) = tokio::join!(
        with_timeout(ReadSource::Traces, account.traces().calls(&signal.account, &signal.region, from, to)),
        with_timeout(ReadSource::EventSources, account.topology().event_sources()),
    );
    CallGraphs { window, traced, event_sources }
}

/// Adds what the functions that the signal is about use by their configuration to what else is configured: few programs
/// are traced to their databases.
pub(crate) async fn add_uses(
    account: &impl Account,
    signal: &Signal,
    members: &[Arn],
    configured: Option<Reading<CallGraph>>,
    collected: &mut CollectedEvidence,
) -> Option<Reading<CallGraph>> {
    let functions =
        signal.resources.iter().filter(|arn| is_in_scope(arn, signal) && arn.function().is_some());
    // An alias tells more than its function, and comes before it.
    let Some(function) = functions.into_iter().next() else { return configured };
    let read = account.topology().used_by(function, members);
    let read = with_timeout(ReadSource::FunctionEnvironment, read).await;
    let Some(Reading { command, value: used, .. }) = collected.accept(read) else { return configured };
    if used.is_empty() {
        return configured;
    }
    let mut reading = configured.unwrap_or_else(|| Reading::new(String::new(), CallGraph::default()));
    let commands = [reading.command, command].into_iter().filter(|command| !command.is_empty());
    reading.command = commands.collect::<Vec<_>>().join("; ");
    let caller = CallNode::from_resource(function.component(), "AWS::Lambda::Function");
    for resource in used {
        let node = CallNode::from_resource(resource.component(), resource.service());
        reading.value.calls.push(Call { caller: caller.id(), callee: node.id() });
        reading.value.nodes.push(node);
    }
    reading.value.nodes.push(caller);
    Some(reading)
}

/// Records the graphs around the symptom and returns the components near it, of which `members` carry the
/// application's tag. `None` where the signal is about nothing but an alarm.
pub(crate) fn record_call_graphs(
    graphs: CallGraphs,
    configured: Option<&Reading<CallGraph>>,
    clock: &impl Clock,
    signal: &Signal,
    members: &[Arn],
    collected: &mut CollectedEvidence,
) -> Option<NearbyComponents> {
    let CallGraphs { window, mut traced, event_sources } = graphs;
    if let (Ok(reading), Some((name, stage))) = (&mut traced, stage(signal)) {
        reading.value.identify(&name, &stage);
    }
    let (traced, event_sources) = (collected.accept(traced), collected.accept(event_sources));
    let component = symptom_component(signal)?;
    let readings = [traced.as_ref(), event_sources.as_ref(), configured];
    let calls = CallIndex::new(readings.into_iter().flatten().map(|reading| &reading.value));
    let id = calls.node_id(&component);
    let symptom =
        calls.node(&id).cloned().unwrap_or_else(|| CallNode::from_resource(component.clone(), "resource"));
    let reached = calls.reachable_from(&id);
    if reached.len() > MOST_NODES {
        collected.add_gap(
            ReadSource::CallGraph,
            "call graph",
            &format!("{} components are near; the first {MOST_NODES} were kept", reached.len()),
        );
    }
    let mut kept: BTreeSet<String> = reached.iter().take(MOST_NODES).map(|(id, _)| id.clone()).collect();
    kept.extend(members.iter().map(|arn| arn.component().to_string()).take(MOST_NODES));

    let mut graph = CallGraph::default();
    let sources: [(_, _, AsEvidence); 3] = [
        (traced.as_ref(), "traces:", |graph| Observed::Calls { graph }),
        (event_sources.as_ref(), "event-source mappings:", |graph| Observed::EventSources { graph }),
        (configured, "topology:", |graph| Observed::Connections { graph }),
    ];
    for (place, (reading, known, observed)) in sources.into_iter().enumerate() {
        let Some(Reading { command, value: found, .. }) = reading else { continue };
        let mut around = subgraph(found, &kept);
        if around.calls.len() > MOST_CALLS {
            let near: BTreeMap<&String, usize> =
                reached.iter().enumerate().map(|(place, (id, _))| (id, place)).collect();
            around.calls.sort_by_key(|call| near.get(&call.caller).copied().unwrap_or(usize::MAX));
            let reason = format!("{} calls; the nearest {MOST_CALLS} were kept", around.calls.len());
            collected.add_gap(ReadSource::CallGraph, "call graph", &reason);
            around.calls.truncate(MOST_CALLS);
        }
        // That traces know nothing around the symptom is worth telling.
        if place == 0 || !around.calls.is_empty() {
            let summary = format!(
                "{known} {} components, {} of them around the symptom, with {} calls",
                found.nodes.len(),
                around.nodes.len(),
                around.calls.len()
            );
            collected.add(clock.now(), command, &summary, observed(around.clone()));
        }
        graph.nodes.extend(around.nodes);
        graph.calls.extend(around.calls);
    }

    let resources = reached.iter().filter_map(|(id, _)| calls.node(id)?.resource.clone());
    let near: Vec<Arn> = unique(std::iter::once(component).chain(resources), signal);
    let callers = calls.callers_of(&id).into_iter().filter_map(|id| calls.node(id)?.resource.clone());
    let callers = unique(callers, signal);
    let reached_measured = near.iter().filter(|arn| is_measured(arn)).count();
    if reached_measured > MOST_MEASURED {
        let reason =
            format!("{reached_measured} components are near; the metrics of {MOST_MEASURED} were read");
        collected.add_gap(ReadSource::Metrics, "metrics around the symptom", &reason);
    }
    let mut measured = unique(near.iter().cloned().chain(members.iter().map(Arn::component)), signal);
    measured.retain(is_measured);
    measured.truncate(MOST_MEASURED);
    Some(NearbyComponents { window, symptom, graph, near, callers, measured })
}

/// The stage of a REST API that the signal is about, with the name that X-Ray gives it, `api/stage`: nothing else tells
/// that they are the same.
fn stage(signal: &Signal) -> Option<(String, Arn)> {
    let dimensions = &signal.metric.as_ref()?.dimensions;
    let name = format!("{}/{}", dimensions.get("ApiName")?, dimensions.get("Stage")?);
    Some((name, symptom_component(signal).filter(|arn| arn.service() == "apigateway")?))
}

/// Each once, as far as nothing says that it is another account's or region's, in their order.
fn unique(all: impl Iterator<Item = Arn>, signal: &Signal) -> Vec<Arn> {
    let mut seen = BTreeSet::new();
    all.filter(|arn| can_be_told(arn, signal) && seen.insert(arn.clone())).collect()
}

fn is_measured(arn: &Arn) -> bool {
    MEASURED.contains(&arn.service()) && (arn.service() != "lambda" || arn.function().is_some())
}
