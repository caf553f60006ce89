//! Finds the blast radius: who depends on a broken component.

use std::collections::BTreeSet;

use common::{Arn, Hypothesis, topology::TopologyMap};

/// The most dependants in a report, the nearest.
const MAX_AFFECTED: usize = 50;

/// Returns who depends on `component` as far as `map` knows, itself left out: the nearest first and then by name,
/// each in one line. What only has the permission to use it is not known to depend on it.
pub fn blast_radius(component: &Arn, map: &TopologyMap) -> Vec<String> {
    let found = map.dependants(&map.ids_of(component), false);
    let mut labelled: Vec<(u32, String)> =
        found.into_iter().map(|(id, hops)| (hops, map.label(&id))).collect();
    labelled.sort();
    let mut seen = BTreeSet::new();
    labelled.into_iter().map(|(_, label)| label).filter(|label| seen.insert(label.clone())).collect()
}

/// Returns who depends on the component of the first hypothesis; nobody where there is none, or where no map is known.
pub fn affected_by(cause: Option<&Hypothesis>, map: Option<&TopologyMap>) -> Vec<String> {
    let radius = cause.zip(map).map(|(cause, map)| blast_radius(&cause.component, map));
    radius.unwrap_or_default().into_iter().take(MAX_AFFECTED).collect()
}

#[cfg(test)]
mod tests {
    use common::topology::{Component, Connected, Edge, EdgeKind};
    use fakes::sample;
    use proptest::prelude::*;

    use super::*;

    fn function(name: &str) -> Arn {
        sample::arn("lambda", &format!("function:{name}"))
    }

    fn id(number: u8) -> String {
        function(&number.to_string()).to_string()
    }

    fn map(edges: Vec<Edge>) -> TopologyMap {
        let component =
            |number: u8| Component::from_resource(function(&number.to_string()), "AWS::Lambda::Function");
        let components = (0..8).map(component).collect();
        TopologyMap::from_connected(Connected { components, edges, ..Connected::default() }, sample::at())
    }

    prop_compose! {
        fn edge()(from in 0u8..8, to in 0u8..8, kind in prop::sample::select(&EdgeKind::ALL[..])) -> Edge {
            Edge::new(id(from), kind, id(to))
        }
    }

    proptest! {
        #[test]
        fn blast_radius_another_edge_takes_nobody_away_nor_farther(
            edges in prop::collection::vec(edge(), 0..20), another in edge(),
        ) {
            let broken = function("1");
            let before = map(edges.clone());
            let after = map(edges.into_iter().chain([another]).collect());
            let known: BTreeSet<String> = blast_radius(&broken, &after).into_iter().collect();
            for label in blast_radius(&broken, &before) {
                prop_assert!(known.contains(&label), "{label}");
            }
            let nearer = after.dependants(&after.ids_of(&broken), false);
            for (id, hops) in before.dependants(&before.ids_of(&broken), false) {
                prop_assert!(nearer.iter().any(|(of, now)| *of == id && *now <= hops));
            }
        }

        #[test]
        fn blast_radius_has_each_once_and_never_the_broken_one(edges in prop::collection::vec(edge(), 0..20)) {
            let found = blast_radius(&function("1"), &map(edges));
            let each: BTreeSet<&String> = found.iter().collect();
            prop_assert_eq!(each.len(), found.len());
            prop_assert!(!found.contains(&"1 (lambda)".to_owned()));
        }
    }

    #[test]
    fn blast_radius_is_the_nearest_first_and_of_the_component_an_alias_belongs_to() {
        let mut connected = Connected::default();
        let pay = || Component::from_resource(function("pay"), "AWS::Lambda::Function");
        let web = || Component::named("web\nshop", "AWS::ECS::Fargate");
        connected.connect(web(), EdgeKind::Calls, pay());
        connected.connect(
            Component::from_resource(sample::arn("sqs", "orders"), "sqs"),
            EdgeKind::EmptiedBy,
            pay(),
        );
        connected.connect(Component::named("a balancer", "remote"), EdgeKind::Targets, web());
        connected.connect(Component::from_resource(function("report"), "lambda"), EdgeKind::MayUse, pay());
        let map = TopologyMap::from_connected(connected, sample::at());
        let found = blast_radius(&sample::arn("lambda", "function:pay:live"), &map);
        assert_eq!(found, ["orders (sqs)", "web shop (ECS Fargate)", "a balancer (remote)"]);
        assert!(blast_radius(&function("unknown"), &map).is_empty());
    }
}
