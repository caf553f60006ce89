//! The application's map: kept from an earlier look where that is young enough, else drawn anew beside
//! the other looks. It tells the engine of ways that no trace shows, and people who else is affected.

use common::{
    Arn, Clock, PortError,
    ports::{ConnectionSource, Connections, Look, TopologyCache},
    telemetry::{Call, CallGraph, CallNode},
    topology::{Component, Connected, Edge, EdgeKind, Looks, TopologyMap, assembled},
};
use jiff::SignedDuration;

use crate::gather::{Gathered, context_gap, patient};

/// For how long a map is good: who is configured to lead where changes with deployments.
const YOUNG: SignedDuration = SignedDuration::from_hours(6);

/// What is known of the map before anything around the symptom is.
pub(crate) enum Known {
    /// Of no application there is a map.
    None,
    Kept(TopologyMap),
    /// None is kept, or one that is too old: what the sources say that need not know what is near.
    Anew(Vec<Result<Look<Connected>, PortError>>),
}

pub(crate) async fn known(
    store: &impl TopologyCache,
    connections: &impl Connections,
    clock: &impl Clock,
    application: Option<&str>,
) -> Known {
    let Some(application) = application else { return Known::None };
    match patient("reading the map that was kept", store.topology(application)).await {
        Ok(Some(map)) if map.age(clock.now()) < YOUNG => Known::Kept(map),
        _ => Known::Anew(
            ask(connections, [ConnectionSource::LoadBalancers, ConnectionSource::Rules], &[]).await,
        ),
    }
}

async fn ask(
    connections: &impl Connections,
    [first, second]: [ConnectionSource; 2],
    resources: &[Arn],
) -> Vec<Result<Look<Connected>, PortError>> {
    let look = async |source: ConnectionSource| {
        patient("reading what leads where", connections.connections(source, resources)).await
    };
    let (first, second) = tokio::join!(look(first), look(second));
    vec![first, second]
}

impl Known {
    /// The ways that are configured, and that no trace or event-source mapping shows.
    pub(crate) fn ways(&self) -> CallGraph {
        match self {
            Self::None => CallGraph::default(),
            Self::Kept(map) => ways(&map.components, &map.edges),
            Self::Anew(looks) => {
                let found = || looks.iter().flatten().map(|look| &look.found);
                let components: Vec<_> = found().flat_map(|one| one.components.iter().cloned()).collect();
                let edges: Vec<_> = found().flat_map(|one| one.edges.iter().cloned()).collect();
                ways(&components, &edges)
            }
        }
    }

    /// The whole map, and kept for the next time where it was drawn anew.
    #[allow(clippy::too_many_arguments, reason = "each is a look of its own")]
    pub(crate) async fn complete(
        self,
        store: &impl TopologyCache,
        connections: &impl Connections,
        clock: &impl Clock,
        application: Option<&str>,
        graphs: [CallGraph; 2],
        members: &[Arn],
        near: &[Arn],
    ) -> (Option<TopologyMap>, Gathered) {
        let mut gathered = Gathered::default();
        let (looks, application) = match (self, application) {
            (Self::Kept(map), _) => return (Some(map), gathered),
            (Self::Anew(looks), Some(application)) => (looks, application),
            _ => return (None, gathered),
        };
        let mut looks = looks;
        looks.extend(ask(connections, [ConnectionSource::Stacks, ConnectionSource::Permissions], near).await);
        let read = |found| Some(Ok(Look { query: String::new(), found }));
        let [calls, event_sources] = graphs;
        let looks = Looks {
            calls: read(calls),
            event_sources: read(event_sources),
            members: Some(Ok(Look { query: String::new(), found: members.to_vec() })),
            connections: looks,
        };
        let map = assembled(looks, Some(application), near, clock.now());
        gathered.gaps.extend(map.gaps.iter().map(|gap| context_gap(&gap.query, &gap.reason)));
        if let Err(error) = store.put_topology(application, &map).await {
            gathered.gaps.push(context_gap(&error.operation, &error.to_string()));
        }
        (Some(map), gathered)
    }
}

/// Only between resources: what else a map has is whatever somebody calls itself.
fn ways(components: &[Component], edges: &[Edge]) -> CallGraph {
    let node = |id: &str| {
        let component = components.iter().find(|one| one.id() == id)?;
        Some(CallNode::of(component.resource.clone()?, &component.kind))
    };
    let mut graph = CallGraph::default();
    for edge in edges.iter().filter(|edge| matches!(edge.kind, EdgeKind::Targets | EdgeKind::Triggers)) {
        if let (Some(from), Some(to)) = (node(&edge.from), node(&edge.to)) {
            graph.calls.push(Call { caller: from.id(), callee: to.id() });
            graph.nodes.extend([from, to]);
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
    use common::testing::sample;

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
