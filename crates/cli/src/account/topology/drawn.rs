//! The map to draw, the resource in question, and the origin of the map.

use std::collections::{BTreeMap, BTreeSet};

use common::{
    Arn,
    topology::{Component, Edge, EdgeKind, TopologyMap},
};
use jiff::Timestamp;
use serde::Serialize;

use crate::output::plain;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Origin {
    /// Nightshift stored it at its last read of the account.
    Kept,
    /// Read with the caller's credentials.
    Now,
}

#[derive(Debug)]
pub(super) struct Drawn {
    pub(super) map: TopologyMap,
    application: Option<String>,
    /// The ids of what was asked about; none where all was.
    pub(super) focus: BTreeSet<String>,
    origin: Origin,
    now: Timestamp,
}

/// The answer as JSON; its form is a contract.
#[derive(Debug, Serialize)]
struct Json<'a> {
    application: Option<&'a str>,
    origin: Origin,
    read_at: Timestamp,
    components: &'a [Component],
    edges: &'a [Edge],
    gaps: &'a [common::Gap],
}

impl Drawn {
    pub(super) fn new(
        map: TopologyMap,
        application: Option<String>,
        resource: Option<&Arn>,
        origin: Origin,
        now: Timestamp,
    ) -> Self {
        let (map, focus) = match resource {
            Some(resource) => {
                let ids = map.ids_of(resource);
                (map.around(&ids), ids)
            }
            None => (map, BTreeSet::new()),
        };
        Self { map, application, focus, origin, now }
    }

    /// Names the map and its age, in one line.
    pub(super) fn heading(&self) -> String {
        let of = self.application.as_deref().map_or_else(|| "Account".to_owned(), plain::line);
        let (components, edges) = (self.map.components.len(), self.map.edges.len());
        let read = plain::moment(self.map.read_at, self.now);
        let origin = match self.origin {
            Origin::Kept => format!("stored map of {read}"),
            Origin::Now => format!("read {}", plain::date_time(self.map.read_at)),
        };
        plain::line(&format!(
            "{of}: {} and {}, {origin}",
            counted(components, "component"),
            counted(edges, "connection")
        ))
    }

    pub(super) fn json(&self) -> String {
        let Self { map, application, origin, .. } = self;
        let json = Json {
            application: application.as_deref(),
            origin: *origin,
            read_at: map.read_at,
            components: &map.components,
            edges: &map.edges,
            gaps: &map.gaps,
        };
        // Plain data always has a JSON form.
        serde_json::to_string(&json).unwrap_or_default()
    }

    /// Everything that there is or that an edge names, by its id: its number and its label.
    pub(super) fn numbered(&self) -> BTreeMap<String, (usize, String)> {
        let mut labels: BTreeMap<String, String> =
            self.map.components.iter().map(|one| (one.id(), one.label())).collect();
        for id in self.map.edges.iter().flat_map(|edge| [&edge.from, &edge.to]) {
            labels.entry(id.clone()).or_insert_with(|| plain::line(id));
        }
        labels.into_iter().enumerate().map(|(number, (id, label))| (id, (number, label))).collect()
    }

    pub(super) fn gaps(&self) -> impl Iterator<Item = String> {
        self.map.gaps.iter().map(|gap| plain::line(&gap.to_string()))
    }
}

/// `1 component`, `2 components`
pub(super) fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// `text` between an edge's two ends.
pub(super) fn words(edge: &Edge) -> String {
    let words = edge.kind.words();
    if edge.weak && edge.kind != EdgeKind::MayUse { format!("perhaps {words}") } else { words.to_owned() }
}

#[cfg(test)]
pub(super) mod sample {
    use common::topology::Connected;
    use fakes::sample;
    use proptest::prelude::*;

    use super::*;

    pub(in crate::account::topology) fn function(name: &str) -> Component {
        Component::from_resource(sample::arn("lambda", &format!("function:{name}")), "AWS::Lambda::Function")
    }

    /// A shop with a circle, a stack, a permission, something alone and something that was not read.
    pub(in crate::account::topology) fn map() -> TopologyMap {
        let queue = || Component::from_resource(sample::arn("sqs", "orders"), "AWS::SQS::Queue");
        let table =
            || Component::from_resource(sample::arn("dynamodb", "table/orders"), "AWS::DynamoDB::Table");
        let stack = || {
            Component::from_resource(
                sample::arn("cloudformation", "stack/shop/1"),
                "AWS::CloudFormation::Stack",
            )
        };
        let mut all = Connected::default();
        all.connect(
            Component::named("shop-lb", "AWS::ElasticLoadBalancingV2::LoadBalancer"),
            EdgeKind::Targets,
            function("checkout"),
        );
        all.connect(function("checkout"), EdgeKind::Calls, queue());
        all.connect(function("checkout"), EdgeKind::Calls, table());
        all.connect(queue(), EdgeKind::EmptiedBy, function("pay"));
        all.connect(function("pay"), EdgeKind::Calls, Component::named("api.bank.example", "remote"));
        all.connect(function("pay"), EdgeKind::Calls, queue());
        all.connect(function("pay"), EdgeKind::MayUse, table());
        all.connect(stack(), EdgeKind::StackOf, function("pay"));
        all.connect(stack(), EdgeKind::StackOf, queue());
        all.components.push(Component::from_resource(sample::arn("ssm", "parameter/shop/limit"), "ssm"));
        all.gap("aws events list-rules", "ListRules: denied");
        TopologyMap::from_connected(all, sample::at())
    }

    prop_compose! {
        /// A map whose names are anything.
        pub(in crate::account::topology) fn any_map()(
            names in prop::collection::vec((any::<String>(), any::<String>()), 1..6),
            edges in prop::collection::vec(
                (0usize..6, 0usize..6, prop::sample::select(&EdgeKind::ALL[..]), any::<bool>(), any::<String>()), 0..10,
            ),
            gap in any::<String>(),
        ) -> TopologyMap {
            let components: Vec<_> = names.iter().map(|(name, kind)| Component::named(name, kind)).collect();
            let id = |number: usize| components[number % components.len()].id();
            let edges = edges.into_iter().map(|(from, to, kind, weak, unknown)| {
                let to = if unknown.len() > 20 { unknown } else { id(to) };
                Edge { from: id(from), to, kind, weak }
            });
            let mut all = Connected { edges: edges.collect(), components: components.clone(), ..Connected::default() };
            all.gap(&gap, &gap);
            TopologyMap::from_connected(all, sample::at())
        }
    }
}
