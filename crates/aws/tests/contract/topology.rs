//! Tests what every store must do with topology maps.

use common::{
    Arn,
    ports::TopologyCache,
    topology::{Component, Connected, EdgeKind, STORED, TopologyMap},
};

use super::samples::{at, target};

fn function(name: &str) -> Component {
    let arn = Arn::new("lambda", "eu-west-1", "123456789012", &format!("function:{name}"));
    Component { application: Some("shop".into()), ..Component::from_resource(arn, "AWS::Lambda::Function") }
}

fn map(pairs: &[(&str, &str)]) -> TopologyMap {
    let mut connected = Connected::default();
    for (from, to) in pairs {
        connected.connect(function(from), EdgeKind::Calls, function(to));
    }
    connected.connect(function("a"), EdgeKind::MayUse, Component::from_resource(target("limit"), "ssm"));
    connected.components.push(Component::named("api.example.com", "remote"));
    connected.gap("aws events list-rules", "denied");
    TopologyMap::from_connected(connected, at(0))
}

pub(crate) async fn topology_last_one_is_read_back(store: impl TopologyCache) {
    assert_eq!(store.topology("shop").await.unwrap(), None);
    store.put_topology("shop", &map(&[("a", "b"), ("b", "c")])).await.unwrap();
    store.put_topology("shop", &map(&[("a", "b")])).await.unwrap();
    assert_eq!(store.topology("shop").await.unwrap(), Some(map(&[("a", "b")])));
    assert_eq!(store.topology("other shop").await.unwrap(), None);
}

pub(crate) async fn topology_without_anything_is_read_back(store: impl TopologyCache) {
    store.put_topology("shop", &TopologyMap::empty(at(0))).await.unwrap();
    assert_eq!(store.topology("shop").await.unwrap(), Some(TopologyMap::empty(at(0))));
}

pub(crate) async fn topology_too_large_is_kept_in_part_and_says_so(store: impl TopologyCache) {
    let mut connected = Connected::default();
    for number in 0..3_000 {
        let long = format!("{number}-{}", "\u{1F40C}".repeat(60));
        connected.connect(function(&long), EdgeKind::Calls, function("hub"));
    }
    let whole = TopologyMap::from_connected(connected, at(0));
    store.put_topology("shop", &whole).await.unwrap();
    let kept = store.topology("shop").await.unwrap().unwrap();
    assert_eq!(kept, whole.capped(STORED));
    assert!(kept.edges.len() > 200, "{}", kept.edges.len());
    assert!(kept.gaps.iter().any(|gap| gap.reason.contains("left out")), "{:?}", kept.gaps);
}
