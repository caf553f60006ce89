//! Reads the application's topology: cached from an earlier diagnosis where that is young enough, else read
//! anew beside the other reads. It tells the engine of calls that no trace shows, and people who else is
//! affected.

use std::collections::BTreeMap;

use common::{
    Arn, Clock, Gap,
    evidence::ReadSource,
    ports::{ConnectionSource, Connections, Reading, TopologyCache},
    telemetry::{Call, CallGraph, CallNode},
    topology::{Component, Connected, Edge, EdgeKind, TopologyMap, TopologyReadings, assembled},
};
use jiff::SignedDuration;

use super::{collected_evidence::CollectedEvidence, timeout::with_timeout};

/// For how long a map is good enough to say who else is affected.
const YOUNG: SignedDuration = SignedDuration::from_hours(6);

/// For how long its connections are good enough to conclude from: a deployment that switches from one target to
/// another is what causes incidents. Long enough for a storm to read them once.
const FRESH: SignedDuration = SignedDuration::from_mins(5);

/// Holds what is known of the topology before the symptom's neighbours are.
pub(crate) struct KnownTopology {
    /// Young enough, where there is one.
    kept: Option<TopologyMap>,
    /// The present answers of the sources that need no neighbours to ask about; `None` where the kept map is
    /// fresh, or where there is no application to have a map.
    anew: Option<[SourceReading; 2]>,
}

/// The answer of one source of connections.
type SourceReading = Result<Reading<Connected>, Gap>;

/// Reads the cached map and, where that is not fresh, the sources that need not know what is near.
pub(crate) async fn read_known(
    store: &impl TopologyCache,
    connections: &impl Connections,
    clock: &impl Clock,
    application: Option<&str>,
) -> KnownTopology {
    let Some(application) = application else { return KnownTopology { kept: None, anew: None } };
    let kept = with_timeout(ReadSource::TopologyCache, store.topology(application)).await.ok().flatten();
    let kept = kept.filter(|map| map.age(clock.now()) < YOUNG);
    if kept.as_ref().is_some_and(|map| map.age(clock.now()) < FRESH) {
        return KnownTopology { kept, anew: None };
    }
    let sources = [ConnectionSource::LoadBalancers, ConnectionSource::Rules];
    KnownTopology { kept, anew: Some(ask(connections, sources, &[]).await) }
}

async fn ask(
    connections: &impl Connections,
    [first, second]: [ConnectionSource; 2],
    resources: &[Arn],
) -> [SourceReading; 2] {
    let read = async |source: ConnectionSource| {
        with_timeout(ReadSource::Connections(source), connections.connections(source, resources)).await
    };
    <[_; 2]>::from(tokio::join!(read(first), read(second)))
}

impl KnownTopology {
    /// Returns the calls that are configured, and that no trace or event-source mapping shows. What of them
    /// could not be read is an essential gap: the engine draws conclusions from them.
    pub(crate) fn configured_calls(&self, collected: &mut CollectedEvidence) -> Option<Reading<CallGraph>> {
        let reading = match (&self.anew, &self.kept) {
            (Some(readings), _) => {
                let gaps = readings.iter().filter_map(|reading| reading.as_ref().err());
                collected.gaps.extend(gaps.cloned().map(Gap::as_essential));
                let found = || readings.iter().flatten();
                let commands: Vec<&str> = found().map(|reading| reading.command.as_str()).collect();
                let components = found().flat_map(|reading| &reading.value.components);
                let edges = found().flat_map(|reading| &reading.value.edges);
                Reading::new(commands.join("; "), configured_calls(components, edges))
            }
            (None, Some(map)) => Reading::new(
                "nightshift topology --as json".to_owned(),
                configured_calls(&map.components, &map.edges),
            ),
            (None, None) => return None,
        };
        (!reading.value.calls.is_empty()).then_some(reading)
    }

    /// Returns the whole map, and caches it where all of it was read anew.
    #[allow(clippy::too_many_arguments, reason = "each is a read of its own")]
    pub(crate) async fn complete(
        self,
        store: &impl TopologyCache,
        connections: &impl Connections,
        clock: &impl Clock,
        application: Option<&str>,
        [calls, event_sources]: [Option<CallGraph>; 2],
        members: Option<Vec<Arn>>,
        near: &[Arn],
    ) -> (Option<TopologyMap>, CollectedEvidence) {
        let mut collected = CollectedEvidence::default();
        let (anew, application) = match (self.kept, self.anew, application) {
            (Some(map), ..) => {
                collected.gaps.extend(map.gaps.iter().cloned().map(Gap::as_context));
                return (Some(map), collected);
            }
            (None, Some(anew), Some(application)) => (anew, application),
            _ => return (None, collected),
        };
        let sources = [ConnectionSource::Stacks, ConnectionSource::Permissions];
        let asked: Vec<Arn> = near.iter().chain(members.iter().flatten()).cloned().collect();
        let connections: Vec<SourceReading> =
            anew.into_iter().chain(ask(connections, sources, &asked).await).collect();
        let whole = calls.is_some() && event_sources.is_some() && members.is_some();
        let whole = whole && connections.iter().all(Result::is_ok);
        let readings = TopologyReadings {
            calls: calls.map(Ok),
            event_sources: event_sources.map(Ok),
            members: members.map(Ok),
            connections: connections
                .into_iter()
                .map(|reading| reading.map(|reading| reading.value))
                .collect(),
        };
        let map = assembled(readings, Some(application), &[], clock.now());
        collected.gaps.extend(map.gaps.iter().cloned().map(Gap::as_context));
        if whole && let Err(error) = store.put_topology(application, &map).await {
            collected.gaps.push(Gap::from_error(ReadSource::TopologyCache, &error));
        }
        (Some(map), collected)
    }
}

/// Only between resources: what else a map has is whatever somebody calls itself.
fn configured_calls<'a>(
    components: impl IntoIterator<Item = &'a Component>,
    edges: impl IntoIterator<Item = &'a Edge>,
) -> CallGraph {
    let nodes: BTreeMap<String, CallNode> = components
        .into_iter()
        .filter_map(|one| Some((one.id(), CallNode::from_resource(one.resource.clone()?, &one.kind))))
        .collect();
    let mut graph = CallGraph::default();
    for edge in edges.into_iter().filter(|edge| matches!(edge.kind, EdgeKind::Targets | EdgeKind::Triggers)) {
        if let (Some(from), Some(to)) = (nodes.get(&edge.from), nodes.get(&edge.to)) {
            graph.calls.push(Call { caller: from.id(), callee: to.id() });
            graph.nodes.extend([from.clone(), to.clone()]);
        }
    }
    graph.nodes.sort();
    graph.nodes.dedup();
    graph.calls.sort();
    graph.calls.dedup();
    graph
}

#[cfg(test)]
mod tests {
    use fakes::sample;

    use super::*;

    #[test]
    fn configured_calls_are_between_resources_and_no_permissions() {
        let function = |name: &str| {
            Component::from_resource(sample::arn("lambda", &format!("function:{name}")), "lambda")
        };
        let mut connected = Connected::default();
        connected.connect(function("a"), EdgeKind::Targets, function("b"));
        connected.connect(function("a"), EdgeKind::MayUse, function("c"));
        connected.connect(function("a"), EdgeKind::Calls, function("d"));
        connected.connect(Component::named("shop", "client"), EdgeKind::Triggers, function("b"));
        let graph = configured_calls(&connected.components, &connected.edges);
        assert_eq!((graph.nodes.len(), graph.calls.len()), (2, 1));
        assert_eq!(graph.calls[0].callee, sample::arn("lambda", "function:b").to_string());
    }
}
