//! Computes how much an action touches: resources, share of capacity, dependants.

use std::collections::BTreeSet;

use common::{Arn, Evidence, Observed, ResourceKind, topology::TopologyMap};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

/// A map older than this says too little about who depends on the target now.
const MAP_IS_CURRENT_FOR: SignedDuration = SignedDuration::from_hours(24);

/// The effect of an action, while it runs and after it, on the capacity that serves requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapacityEffect {
    /// It takes nothing out of service: it adds capacity, or changes a setting in one step.
    None,
    /// It takes the target out of service, which is one of several like it.
    Target,
    /// It replaces all that serves the target's requests.
    All,
}

/// Returns how many resources the action touches: the target and, of a parameter, the functions that read it.
/// Unknown where nothing was read about who reads the parameter.
pub fn resources_touched(target: &Arn, evidence: &[Evidence]) -> Option<u32> {
    if !matches!(target.kind(), ResourceKind::Parameter { .. }) {
        return Some(1);
    }
    let reads: Vec<_> = evidence
        .iter()
        .filter_map(|one| match &one.observed {
            Observed::Reads { function, parameters } => Some((function, parameters)),
            _ => None,
        })
        .collect();
    let readers: BTreeSet<Arn> = reads
        .iter()
        .filter(|(_, parameters)| parameters.contains(target))
        .map(|(function, _)| function.component())
        .collect();
    (!reads.is_empty()).then(|| count(readers.len()).saturating_add(1))
}

/// Returns the share of the service's capacity, in whole percent rounded up, that the action takes out of service
/// or replaces. `in_service` is how many resources like the target serve now, itself included; unknown, so is a
/// share that depends on it.
pub fn capacity_share_percent(effect: CapacityEffect, in_service: Option<u32>) -> Option<u32> {
    match effect {
        CapacityEffect::None => Some(0),
        CapacityEffect::All => Some(100),
        CapacityEffect::Target => match in_service? {
            // The last one, or one of which nobody knows that it serves.
            0 => Some(100),
            several => Some(100_u32.div_ceil(several)),
        },
    }
}

/// Returns how many components depend on the target, by the stored topology map or by the diagnosis, whichever
/// names more: a map that misses a connection must not make the blast radius smaller. Unknown where neither is
/// there. What may be used, by a permission alone, is no dependant.
pub fn dependants(
    target: &Arn,
    map: Option<&TopologyMap>,
    diagnosed: Option<usize>,
    now: Timestamp,
) -> Option<u32> {
    let current = map.filter(|map| now.duration_since(map.read_at) <= MAP_IS_CURRENT_FOR);
    let by_map = current.map(|map| map.dependants(&map.ids_of(&target.component()), false).len());
    by_map.max(diagnosed).map(count)
}

/// Returns what a diagnosis that read any calls knows of dependants; `None` where it read none.
pub fn diagnosed_dependants(evidence: &[Evidence], named: &[String]) -> Option<usize> {
    let calls = |one: &Evidence| {
        matches!(
            one.observed,
            Observed::Calls { .. } | Observed::EventSources { .. } | Observed::Connections { .. }
        )
    };
    (!named.is_empty() || evidence.iter().any(calls)).then_some(named.len())
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use common::topology::{Component, Connected, Edge, EdgeKind};
    use fakes::sample;
    use proptest::prelude::*;

    use super::*;

    fn evidence(observed: Observed) -> Evidence {
        Evidence::new("aws".to_owned(), sample::at(), "read".to_owned(), observed)
    }

    #[test]
    fn resources_touched_counts_the_readers_of_a_parameter() {
        let limit = sample::arn("ssm", "parameter/shop/limit");
        let reads = |name: &str, parameters: Vec<Arn>| {
            evidence(Observed::Reads { function: sample::arn("lambda", name), parameters })
        };
        let reads_it = |name: &str| reads(name, vec![limit.clone()]);
        for (evidence, expected) in [
            (vec![], None),
            (vec![reads("function:a", vec![])], Some(1)),
            (vec![reads_it("function:a")], Some(2)),
            (vec![reads_it("function:a"), reads_it("function:b")], Some(3)),
            (vec![reads_it("function:a"), reads_it("function:a:live")], Some(2)),
        ] {
            assert_eq!(resources_touched(&limit, &evidence), expected, "{evidence:?}");
        }
        assert_eq!(resources_touched(&sample::arn("ec2", "instance/i-1"), &[]), Some(1));
    }

    #[test]
    fn capacity_share_is_rounded_up_and_unknown_where_it_cannot_be_counted() {
        for (effect, in_service, expected) in [
            (CapacityEffect::None, None, Some(0)),
            (CapacityEffect::All, None, Some(100)),
            (CapacityEffect::Target, None, None),
            (CapacityEffect::Target, Some(0), Some(100)),
            (CapacityEffect::Target, Some(1), Some(100)),
            (CapacityEffect::Target, Some(3), Some(34)),
            (CapacityEffect::Target, Some(10), Some(10)),
            (CapacityEffect::Target, Some(11), Some(10)),
        ] {
            assert_eq!(capacity_share_percent(effect, in_service), expected, "{effect:?} {in_service:?}");
        }
    }

    fn map(readers: u8) -> TopologyMap {
        let target = sample::arn("lambda", "function:target");
        let reader = |number: u8| sample::arn("lambda", &format!("function:reader-{number}"));
        let arns = (0..readers).map(reader).chain([target.clone()]);
        let components = arns.map(|arn| Component::from_resource(arn, "AWS::Lambda::Function")).collect();
        let edges = (0..readers)
            .map(|number| Edge::new(reader(number).to_string(), EdgeKind::Calls, target.to_string()))
            .collect();
        TopologyMap::from_connected(Connected { components, edges, ..Connected::default() }, sample::at())
    }

    #[test]
    fn dependants_are_counted_on_a_current_map_or_by_the_diagnosis() {
        let target = sample::arn("lambda", "function:target:live");
        let later = |hours| sample::at() + SignedDuration::from_hours(hours);
        for (map, diagnosed, now, expected) in [
            (Some(map(3)), None, later(1), Some(3)),
            (Some(map(3)), None, later(25), None),
            (Some(map(3)), Some(1), later(25), Some(1)),
            (Some(map(3)), Some(5), later(1), Some(5)),
            (None, Some(0), later(1), Some(0)),
            (None, None, later(1), None),
        ] {
            assert_eq!(dependants(&target, map.as_ref(), diagnosed, now), expected);
        }
    }

    #[test]
    fn diagnosed_dependants_are_unknown_where_no_calls_were_read() {
        let graph = common::telemetry::CallGraph::default();
        let named = ["web (lambda)".to_owned()];
        assert_eq!(diagnosed_dependants(&[], &[]), None);
        assert_eq!(diagnosed_dependants(&[], &named), Some(1));
        assert_eq!(diagnosed_dependants(&[evidence(Observed::EventSources { graph })], &[]), Some(0));
    }

    proptest! {
        #[test]
        fn capacity_share_more_in_service_never_makes_it_larger(a in 1u32..1000, b in 1u32..1000) {
            let share = |n| capacity_share_percent(CapacityEffect::Target, Some(n));
            prop_assert!(share(a.max(b)) <= share(a.min(b)));
        }
    }
}
