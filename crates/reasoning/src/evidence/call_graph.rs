//! Finds the components that the symptom depends on: calls followed from its component, a few hops far.

use std::collections::{BTreeMap, BTreeSet};

use common::{
    Arn, Signal,
    telemetry::{CallGraph, CallNode},
};

/// The most calls between a symptom and its cause. Farther components are seen in nearer ones first, and
/// every hop multiplies what there is to read.
pub const MAX_HOPS: u32 = 3;

/// Returns the component that the symptom is seen at: the first resource of the signal that is no alarm.
pub fn symptom_component(signal: &Signal) -> Option<Arn> {
    let here =
        |arn: &&Arn| can_be_told(arn, signal) && !matches!(arn.kind(), common::ResourceKind::Alarm { .. });
    signal.resources.iter().find(here).map(Arn::component)
}

/// Returns true if the resource is of the signal's account, region and partition: no other can be read or acted on. Some
/// services' ARNs have no account.
pub fn is_in_scope(arn: &Arn, signal: &Signal) -> bool {
    arn.is_of(&signal.account, &signal.region)
}

/// Returns true if nothing says that the resource is another account's or region's: it can be told of. Of buckets, hosted
/// zones, roles and APIs the ARN does not say more, and none of them can be acted on.
pub fn can_be_told(arn: &Arn, signal: &Signal) -> bool {
    arn.may_be_of(&signal.account, &signal.region)
}

/// The calls of one or more graphs, by caller.
#[derive(Debug, Default)]
pub struct CallIndex<'a> {
    nodes: BTreeMap<String, &'a CallNode>,
    callees: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> CallIndex<'a> {
    /// Merges `graphs`; of two nodes of one id, the later stands.
    pub fn new(graphs: impl IntoIterator<Item = &'a CallGraph>) -> Self {
        let mut all = Self::default();
        for graph in graphs {
            for node in &graph.nodes {
                all.nodes.insert(node.id(), node);
            }
            for call in &graph.calls {
                all.callees.entry(&call.caller).or_default().insert(&call.callee);
            }
        }
        all
    }

    /// Returns the id of a component's node: the one that is it, or, where no node is, the only one that bears its
    /// name and is no other resource. Without a node of either sort, the component's ARN.
    pub fn node_id(&self, component: &Arn) -> String {
        let id = component.to_string();
        if self.nodes.contains_key(&id) {
            return id;
        }
        let name = component.name();
        let name = name.rsplit('/').next().unwrap_or(&name);
        // A remote address is nobody's resource, and of two of one name neither is known to be it.
        let named = |(_, node): &(&String, &&CallNode)| {
            node.resource.is_none() && node.kind != "remote" && node.name == name
        };
        let mut found = self.nodes.iter().filter(named);
        match (found.next(), found.next()) {
            (Some((only, _)), None) => only.clone(),
            _ => id,
        }
    }

    pub fn node(&self, id: &str) -> Option<&'a CallNode> {
        self.nodes.get(id).copied()
    }

    /// Returns what calls `to` itself, by id.
    pub fn callers_of(&self, to: &str) -> BTreeSet<&'a str> {
        let calls_it = |(_, callees): &(&&'a str, &BTreeSet<&'a str>)| callees.contains(to);
        self.callees.iter().filter(calls_it).map(|(caller, _)| *caller).collect()
    }

    /// Returns what calls from `from` reach within [`MAX_HOPS`], the nearest first and then by id, each with
    /// its distance; `from` itself is the first.
    pub fn reachable_from(&self, from: &str) -> Vec<(String, u32)> {
        let mut found = vec![(from.to_owned(), 0)];
        let mut seen = BTreeSet::from([from.to_owned()]);
        let mut border = vec![from.to_owned()];
        for hops in 1..=MAX_HOPS {
            let next: BTreeSet<String> = border
                .iter()
                .filter_map(|id| self.callees.get(id.as_str()))
                .flatten()
                .map(|id| (*id).to_owned())
                .filter(|id| seen.insert(id.clone()))
                .collect();
            border = next.into_iter().collect();
            found.extend(border.iter().map(|id| (id.clone(), hops)));
        }
        found
    }
}

/// Returns the part of a graph between the components of `ids`.
pub fn subgraph(graph: &CallGraph, ids: &BTreeSet<String>) -> CallGraph {
    let inside = |id: &String| ids.contains(id);
    CallGraph {
        nodes: graph.nodes.iter().filter(|node| inside(&node.id())).cloned().collect(),
        calls: graph
            .calls
            .iter()
            .filter(|call| inside(&call.caller) && inside(&call.callee))
            .cloned()
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use common::telemetry::Call;
    use fakes::sample;
    use proptest::prelude::*;

    use super::*;

    fn graph(calls: &[(u8, u8)]) -> CallGraph {
        let node = |number: u8| CallNode { name: number.to_string(), kind: "k".to_owned(), resource: None };
        let mut nodes: Vec<_> = calls.iter().flat_map(|(a, b)| [node(*a), node(*b)]).collect();
        nodes.sort();
        nodes.dedup();
        let calls =
            calls.iter().map(|(a, b)| Call { caller: node(*a).id(), callee: node(*b).id() }).collect();
        CallGraph { nodes, calls }
    }

    #[test]
    fn reachable_from_goes_three_hops_and_no_farther_nor_in_circles() {
        let graph = graph(&[(0, 1), (1, 0), (1, 2), (2, 3), (3, 4)]);
        let found = CallIndex::new([&graph]).reachable_from("k 0");
        let expected = [("k 0", 0), ("k 1", 1), ("k 2", 2), ("k 3", 3)];
        assert_eq!(found, expected.map(|(id, hops)| (id.to_owned(), hops)));
    }

    #[test]
    fn callers_of_a_component_are_those_that_call_it_themselves() {
        let graph = graph(&[(0, 1), (1, 2), (3, 2)]);
        assert_eq!(CallIndex::new([&graph]).callers_of("k 2"), BTreeSet::from(["k 1", "k 3"]));
    }

    #[test]
    fn id_of_a_component_without_a_node_of_its_own_is_that_of_its_name() {
        let web = CallNode { name: "web".to_owned(), kind: "AWS::ECS::Fargate".to_owned(), resource: None };
        let graph = CallGraph { nodes: vec![web], calls: Vec::new() };
        let calls = CallIndex::new([&graph]);
        assert_eq!(calls.node_id(&sample::arn("ecs", "service/shop/web")), "AWS::ECS::Fargate web");
        let other = sample::arn("lambda", "function:checkout");
        assert_eq!(calls.node_id(&other), other.to_string());
    }

    #[test]
    fn symptom_component_is_the_function_and_never_the_alarm() {
        let signal = sample::alarm_signal("event-1", "x");
        assert_eq!(symptom_component(&signal), Some(sample::arn("lambda", "function:checkout")));
        let alarm_only = Signal {
            resources: signal.resources.into_iter().take(1).collect(),
            ..sample::alarm_signal("e", "x")
        };
        assert_eq!(symptom_component(&alarm_only), None);
    }

    proptest! {
        #[test]
        fn reachable_from_order_of_calls_does_not_matter_and_each_is_there_once(
            (calls, shuffled) in prop::collection::vec((0u8..12, 0u8..12), 0..30)
                .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        ) {
            let (one, other) = (graph(&calls), graph(&shuffled));
            let found = CallIndex::new([&one]).reachable_from("k 0");
            prop_assert_eq!(&found, &CallIndex::new([&other]).reachable_from("k 0"));
            let ids: BTreeSet<_> = found.iter().map(|(id, _)| id).collect();
            prop_assert_eq!(ids.len(), found.len());
            prop_assert!(found.is_sorted_by_key(|(_, hops)| *hops));
        }
    }
}
