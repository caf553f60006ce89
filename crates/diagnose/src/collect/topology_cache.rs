//! The application's map: kept from an earlier look where that is young enough, else drawn anew beside
//! the other looks. It tells the engine of ways that no trace shows, and people who else is affected.

use std::collections::BTreeMap;

use common::{
    Arn, Clock, PortError,
    ports::{ConnectionSource, Connections, Reading, TopologyCache},
    telemetry::{Call, CallGraph, CallNode},
    topology::{Component, Connected, Edge, EdgeKind, Looks, TopologyMap, assembled},
};
use jiff::SignedDuration;

use crate::collect::collected_evidence::{Gathered, context_gap, patient};

/// For how long a map is good enough to say who else is affected.
const YOUNG: SignedDuration = SignedDuration::from_hours(6);

/// For how long its ways are good enough to conclude from: a deployment that switches from one target to
/// another is what causes incidents. Long enough for a storm to read them once.
const FRESH: SignedDuration = SignedDuration::from_mins(5);

/// What is known of the map before anything around the symptom is.
pub(crate) struct Known {
    /// Young enough, where there is one.
    kept: Option<TopologyMap>,
    /// What the sources that need not know what is near say now; `None` where the kept map is fresh, or
    /// where there is no application to have a map.
    anew: Option<[Result<Reading<Connected>, PortError>; 2]>,
}

pub(crate) async fn known(
    store: &impl TopologyCache,
    connections: &impl Connections,
    clock: &impl Clock,
    application: Option<&str>,
) -> Known {
    let Some(application) = application else { return Known { kept: None, anew: None } };
    let kept = patient("reading the map that was kept", store.topology(application)).await.ok().flatten();
    let kept = kept.filter(|map| map.age(clock.now()) < YOUNG);
    if kept.as_ref().is_some_and(|map| map.age(clock.now()) < FRESH) {
        return Known { kept, anew: None };
    }
    let sources = [ConnectionSource::LoadBalancers, ConnectionSource::Rules];
    Known { kept, anew: Some(ask(connections, sources, &[]).await) }
}

async fn ask(
    connections: &impl Connections,
    [first, second]: [ConnectionSource; 2],
    resources: &[Arn],
) -> [Result<Reading<Connected>, PortError>; 2] {
    let look = async |source: ConnectionSource| {
        patient("reading what leads where", connections.connections(source, resources)).await
    };
    <[_; 2]>::from(tokio::join!(look(first), look(second)))
}

impl Known {
    /// The ways that are configured, and that no trace or event-source mapping shows. What of them could
    /// not be read is a gap like any other: the engine draws conclusions from them.
    pub(crate) fn ways(&self, gathered: &mut Gathered) -> Option<Reading<CallGraph>> {
        let look = match (&self.anew, &self.kept) {
            (Some(looks), _) => {
                for error in looks.iter().filter_map(|look| look.as_ref().err()) {
                    gathered.gap(&error.operation, &format!("{error}: {}", error.source));
                }
                let found = || looks.iter().flatten();
                let queries: Vec<&str> = found().map(|look| look.command.as_str()).collect();
                let components = found().flat_map(|look| &look.value.components);
                let edges = found().flat_map(|look| &look.value.edges);
                Reading::new(queries.join("; "), ways(components, edges))
            }
            (None, Some(map)) => {
                Reading::new("nightshift topology --as json".to_owned(), ways(&map.components, &map.edges))
            }
            (None, None) => return None,
        };
        (!look.value.calls.is_empty()).then_some(look)
    }

    /// The whole map, and kept for the next time where all of it was read anew.
    #[allow(clippy::too_many_arguments, reason = "each is a look of its own")]
    pub(crate) async fn complete(
        self,
        store: &impl TopologyCache,
        connections: &impl Connections,
        clock: &impl Clock,
        application: Option<&str>,
        [calls, event_sources]: [Option<CallGraph>; 2],
        members: Option<Vec<Arn>>,
        near: &[Arn],
    ) -> (Option<TopologyMap>, Gathered) {
        let mut gathered = Gathered::default();
        let (anew, application) = match (self.kept, self.anew, application) {
            (Some(map), ..) => {
                gathered.gaps.extend(map.gaps.iter().map(|gap| context_gap(&gap.query, &gap.reason)));
                return (Some(map), gathered);
            }
            (None, Some(anew), Some(application)) => (anew, application),
            _ => return (None, gathered),
        };
        let sources = [ConnectionSource::Stacks, ConnectionSource::Permissions];
        let asked: Vec<Arn> = near.iter().chain(members.iter().flatten()).cloned().collect();
        let connections: Vec<_> = anew.into_iter().chain(ask(connections, sources, &asked).await).collect();
        let whole = calls.is_some() && event_sources.is_some() && members.is_some();
        let whole = whole && connections.iter().all(Result::is_ok);
        let read = |found| Ok(Reading::new(String::new(), found));
        let looks = Looks {
            calls: calls.map(read),
            event_sources: event_sources.map(read),
            members: members.map(|found| Ok(Reading::new(String::new(), found))),
            connections,
        };
        let map = assembled(looks, Some(application), &[], clock.now());
        gathered.gaps.extend(map.gaps.iter().map(|gap| context_gap(&gap.query, &gap.reason)));
        if whole && let Err(error) = store.put_topology(application, &map).await {
            gathered.gaps.push(context_gap(&error.operation, &error.to_string()));
        }
        (Some(map), gathered)
    }
}

/// Only between resources: what else a map has is whatever somebody calls itself.
fn ways<'a>(
    components: impl IntoIterator<Item = &'a Component>,
    edges: impl IntoIterator<Item = &'a Edge>,
) -> CallGraph {
    let nodes: BTreeMap<String, CallNode> = components
        .into_iter()
        .filter_map(|one| Some((one.id(), CallNode::of(one.resource.clone()?, &one.kind))))
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
    fn ways_are_configured_ones_between_resources_and_no_permissions() {
        let function =
            |name: &str| Component::of(sample::arn("lambda", &format!("function:{name}")), "lambda");
        let mut connected = Connected::default();
        connected.connect(function("a"), EdgeKind::Targets, function("b"));
        connected.connect(function("a"), EdgeKind::MayUse, function("c"));
        connected.connect(function("a"), EdgeKind::Calls, function("d"));
        connected.connect(Component::named("shop", "client"), EdgeKind::Triggers, function("b"));
        let graph = ways(&connected.components, &connected.edges);
        assert_eq!((graph.nodes.len(), graph.calls.len()), (2, 1));
        assert_eq!(graph.calls[0].callee, sample::arn("lambda", "function:b").to_string());
    }
}
