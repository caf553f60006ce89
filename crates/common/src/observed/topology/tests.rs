use proptest::prelude::*;

use super::*;
use crate::{
    PortError,
    evidence::{ConnectionSource, ReadSource},
    ports::PortErrorKind,
    telemetry::{Call, CallNode},
};

fn at() -> Timestamp {
    "2026-11-20T03:00:00Z".parse().unwrap()
}

fn resource(service: &str, resource: &str) -> Arn {
    Arn::new(service, "eu-west-1", "123456789012", resource)
}

fn arn(name: &str) -> Arn {
    resource("lambda", &format!("function:{name}"))
}

fn function(name: &str) -> Component {
    Component::from_resource(arn(name), "AWS::Lambda::Function")
}

fn id(name: &str) -> String {
    arn(name).to_string()
}

fn ids(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| id(name)).collect()
}

fn map(edges: &[(&str, EdgeKind, &str)]) -> TopologyMap {
    let mut connected = Connected::default();
    for (from, kind, to) in edges {
        connected.connect(function(from), *kind, function(to));
    }
    TopologyMap::from_connected(connected, at())
}

fn names(found: &[(String, u32)]) -> Vec<(&str, u32)> {
    found.iter().map(|(id, hops)| (id.rsplit(':').next().unwrap(), *hops)).collect()
}

prop_compose! {
    fn component()(number in 0u8..8, kind in "AWS::A|AWS::B|sqs", known: bool, app in prop::option::of("a|b")) -> Component {
        let resource = known.then(|| arn(&number.to_string()));
        Component { resource, name: number.to_string(), kind, application: app }
    }
}

prop_compose! {
    fn edge()(from in 0u8..8, to in 0u8..8, kind in prop::sample::select(&EdgeKind::ALL[..]), weak: bool) -> Edge {
        Edge { from: id(&from.to_string()), to: id(&to.to_string()), kind, weak }
    }
}

prop_compose! {
    fn any_map()(
        components in prop::collection::vec(component(), 0..10),
        edges in prop::collection::vec(edge(), 0..20),
        seconds in 0i64..100,
        gaps in prop::collection::vec(("a|b", "c|d", any::<bool>()), 0..4),
    ) -> TopologyMap {
        let gap = |(operation, reason, context): (String, String, bool)| Gap { context, ..Gap::new(ReadSource::Traces, &operation, &reason) };
        let read_at = at() + SignedDuration::from_secs(seconds);
        TopologyMap { components, edges, read_at, gaps: gaps.into_iter().map(gap).collect() }
    }
}

proptest! {
    #[test]
    fn merged_is_a_union_in_any_order_and_once_is_enough(a in any_map(), b in any_map(), c in any_map()) {
        let ab = a.clone().merged(b.clone());
        prop_assert_eq!(&ab, &b.clone().merged(a.clone()));
        prop_assert_eq!(&ab, &ab.clone().merged(b.clone()));
        prop_assert_eq!(&ab, &ab.clone().merged(ab.clone()));
        prop_assert_eq!(ab.clone().merged(c.clone()), a.clone().merged(b.clone().merged(c)));
        for one in [&a, &b] {
            for component in &one.components {
                prop_assert!(ab.component(&component.id()).is_some());
            }
            for edge in &one.edges {
                let same = |of: &&Edge| (&of.from, &of.to, of.kind) == (&edge.from, &edge.to, edge.kind);
                prop_assert!(ab.edges.iter().any(|of| same(&of) && (edge.weak || !of.weak)));
            }
        }
    }

    #[test]
    fn map_survives_being_stored(map in any_map()) {
        let json = serde_json::to_string(&map).unwrap();
        prop_assert_eq!(serde_json::from_str::<TopologyMap>(&json).unwrap(), map);
    }

    #[test]
    fn dependants_each_once_never_itself_and_the_nearest_first(map in any_map(), weak: bool) {
        let from = ids(&["1"]);
        let found = map.dependants(&from, weak);
        prop_assert!(found.is_sorted_by_key(|(id, hops)| (*hops, id.clone())));
        let each: BTreeSet<_> = found.iter().map(|(id, _)| id.clone()).collect();
        prop_assert_eq!(each.len(), found.len());
        prop_assert!(each.is_disjoint(&from));
        if !weak {
            let more: BTreeSet<_> = map.dependants(&from, true).into_iter().map(|(id, _)| id).collect();
            prop_assert!(each.is_subset(&more));
        }
    }

    #[test]
    fn capped_fits_is_a_part_and_says_what_is_missing(
        map in any_map(), components in 0usize..10, edges in 0usize..10, bytes in 1_000usize..5_000,
    ) {
        let whole = map.clone().normal();
        let capped = map.capped(Caps { components, edges, bytes });
        prop_assert!(capped.components.len() <= components && capped.edges.len() <= edges);
        prop_assert!(serde_json::to_vec(&capped).unwrap().len() <= bytes.max(2_000));
        for edge in &capped.edges {
            prop_assert!(whole.edges.contains(edge));
            prop_assert!(capped.component(&edge.from).is_some() && capped.component(&edge.to).is_some());
        }
        prop_assert!(capped.components.iter().all(|component| whole.components.contains(component)));
        let is_whole = (&capped.components, &capped.edges) == (&whole.components, &whole.edges);
        prop_assert_eq!(is_whole, capped.gaps == whole.gaps);
    }

    #[test]
    fn around_holds_the_dependants_and_nothing_that_hangs_elsewhere(map in any_map()) {
        let from = ids(&["1"]);
        let around = map.around(&from);
        prop_assert_eq!(around.dependants(&from, true), map.dependants(&from, true));
        prop_assert_eq!(around.around(&from), around.clone());
    }
}

#[test]
fn merged_takes_of_each_source_what_says_more() {
    let tagged =
        Component { application: Some("shop".to_owned()), ..Component::from_resource(arn("a"), "lambda") };
    let traced = function("a");
    let one = Connected { components: vec![tagged, traced], ..Connected::default() };
    let map = TopologyMap::from_connected(one, at());
    let [only] = map.components.as_slice() else { panic!("{map:?}") };
    assert_eq!((only.kind.as_str(), only.application.as_deref()), ("AWS::Lambda::Function", Some("shop")));
}

#[test]
fn merged_is_as_old_as_its_older_part_and_what_one_is_sure_of_is_certain() {
    let mut unsure = map(&[("a", EdgeKind::Calls, "b")]);
    unsure.edges[0].weak = true;
    unsure.read_at = at() - SignedDuration::from_mins(5);
    let both = map(&[("a", EdgeKind::Calls, "b")]).merged(unsure);
    assert!(!both.edges[0].weak);
    assert_eq!(both.age(at()), SignedDuration::from_mins(5));
    assert_eq!(both.age(at() - SignedDuration::from_hours(1)), SignedDuration::ZERO);
}

#[test]
fn dependants_go_through_others_and_neither_through_stacks_nor_unasked_permissions() {
    let map = map(&[
        ("web", EdgeKind::Calls, "pay"),
        ("balancer", EdgeKind::Targets, "web"),
        ("queue", EdgeKind::EmptiedBy, "pay"),
        ("rule", EdgeKind::Triggers, "queue"),
        ("stack", EdgeKind::StackOf, "pay"),
        ("report", EdgeKind::MayUse, "queue"),
        ("pay", EdgeKind::Calls, "bank"),
    ]);
    let found = map.dependants(&ids(&["pay"]), false);
    assert_eq!(names(&found), [("queue", 1), ("web", 1), ("balancer", 2), ("rule", 2)]);
    let found = map.dependants(&ids(&["pay"]), true);
    assert!(names(&found).contains(&("report", 2)));
}

#[test]
fn ids_of_a_service_are_its_own_and_that_of_the_only_program_of_its_name() {
    let service = resource("ecs", "service/shop/web");
    let named = |kinds: &[&str]| TopologyMap {
        components: kinds.iter().map(|kind| Component::named("web", kind)).collect(),
        ..TopologyMap::empty(at())
    };
    let own = service.to_string();
    let with = |other: &str| BTreeSet::from([own.clone(), other.to_owned()]);
    assert_eq!(named(&["AWS::ECS::Fargate"]).ids_of(&service), with("AWS::ECS::Fargate web"));
    assert_eq!(named(&["AWS::ECS::Fargate", "AWS::EC2::Instance"]).ids_of(&service).len(), 1);
    assert_eq!(named(&["remote"]).ids_of(&service).len(), 1);
}

fn graph(calls: &[(&str, &str)]) -> CallGraph {
    let node = |name: &str| CallNode::from_resource(arn(name), "AWS::Lambda::Function");
    CallGraph {
        nodes: calls.iter().flat_map(|(a, b)| [node(a), node(b)]).collect(),
        calls: calls.iter().map(|(a, b)| Call { caller: id(a), callee: id(b) }).collect(),
    }
}

#[test]
fn assembled_of_an_application_is_what_hangs_together_with_its_members() {
    let readings = || TopologyReadings {
        calls: Some(Ok(graph(&[("theirs", "ours"), ("ours", "bank"), ("else", "where")]))),
        event_sources: Some(Ok(graph(&[("queue", "ours")]))),
        members: Some(Ok(vec![resource("lambda", "function:ours:live")])),
        connections: vec![Err(Gap::from_error(
            ReadSource::Connections(ConnectionSource::Rules),
            &PortError::new("ListRules", PortErrorKind::Denied, "not\nauthorized"),
        ))],
    };
    let map = assembled(readings(), Some("shop"), &[], at());
    let found: Vec<_> = map.components.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(found, ["bank", "ours", "queue", "theirs"]);
    assert_eq!(map.component(&id("ours")).unwrap().application.as_deref(), Some("shop"));
    assert_eq!(
        (map.gaps[0].operation.as_str(), map.gaps[0].reason.as_str()),
        ("ListRules", "denied: not authorized")
    );
    assert_eq!(assembled(readings(), None, &[], at()).components.len(), 6);
}

#[test]
fn assembled_where_the_members_could_not_be_read_is_all_and_says_so() {
    let denied = || {
        let error = PortError::new("GetResources", PortErrorKind::Denied, "x");
        Gap::from_error(ReadSource::ApplicationResources, &error)
    };
    let readings = TopologyReadings {
        calls: Some(Ok(graph(&[("a", "b")]))),
        members: Some(Err(denied())),
        ..TopologyReadings::default()
    };
    assert!(!readings.failed());
    let map = assembled(readings, Some("shop"), &[arn("c")], at());
    assert_eq!((map.components.len(), map.gaps.len()), (3, 1));
    assert!(TopologyReadings { members: Some(Err(denied())), ..TopologyReadings::default() }.failed());
    assert!(!TopologyReadings::default().failed());
}
