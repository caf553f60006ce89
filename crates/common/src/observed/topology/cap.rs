//! Cuts a map until it is small enough to be kept; its gaps say what was left out.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Component, Edge, TopologyMap};
use crate::{Gap, evidence::ReadSource, untrusted_text::one_line};

/// The most that a map may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    pub components: usize,
    pub edges: usize,
    /// The most bytes of its JSON, which is never shorter than the same as an item of a table.
    pub bytes: usize,
}

/// A `DynamoDB` item holds 400 KB, its key and times included.
pub const STORED: Caps = Caps { components: 1_000, edges: 2_000, bytes: 380_000 };

/// Most gaps that are kept, and how much of each: their texts are services' own.
const MOST_GAPS: usize = 50;
const GAP_CHARS: usize = 300;
/// Bytes reserved for the map's other fields and for the gap that says what was left out.
const REST: usize = 1_000;

impl TopologyMap {
    /// The map, or as much of it as fits: first what carries an application's tag, then what is connected
    /// to anything, and of edges the certain before the weak.
    #[must_use]
    pub fn capped(self, caps: Caps) -> Self {
        let Self { components, edges, read_at, gaps } = self.normal();
        let (all_components, all_edges) = (components.len(), edges.len());
        let connected: BTreeSet<&String> = edges.iter().flat_map(|edge| [&edge.from, &edge.to]).collect();
        let rank = |one: &Component| (one.application.is_none(), !connected.contains(&one.id()));
        let mut components = components;
        components.sort_by_cached_key(rank);
        let gaps = short(gaps);
        let room = caps.bytes.saturating_sub(lengths(&gaps)).saturating_sub(REST);
        // Components without what connects them say little.
        let mut kept = fitting(components, caps.components, room / 2);
        let ids: BTreeSet<String> = kept.iter().map(Component::id).collect();
        let mut edges: Vec<Edge> =
            edges.into_iter().filter(|edge| ids.contains(&edge.from) && ids.contains(&edge.to)).collect();
        edges.sort_by_key(|edge| edge.weak);
        let edges = fitting(edges, caps.edges, room.saturating_sub(lengths(&kept)));
        kept.sort();
        let left_out = (all_components.saturating_sub(kept.len()), all_edges.saturating_sub(edges.len()));
        let mut map = Self { components: kept, edges, read_at, gaps };
        if left_out != (0, 0) {
            let reason = format!(
                "{} of {all_components} components and {} of {all_edges} connections are left out: the map is \
                 too large to be kept whole",
                left_out.0, left_out.1
            );
            map.gaps.push(Gap::new(ReadSource::TopologyCache, "the map", &reason));
        }
        map.normal()
    }
}

/// The first `most` that together take no more than `bytes`; one that alone is too long is passed over.
fn fitting<T: Serialize>(all: Vec<T>, most: usize, bytes: usize) -> Vec<T> {
    let mut left = bytes;
    let fits = |one: &T| match left.checked_sub(length(one)) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    all.into_iter().filter(fits).take(most).collect()
}

fn length(value: &impl Serialize) -> usize {
    // With the comma.
    serde_json::to_vec(value).map_or(usize::MAX, |json| json.len().saturating_add(1))
}

fn lengths<T: Serialize>(all: &[T]) -> usize {
    all.iter().map(length).fold(0, usize::saturating_add)
}

fn short(mut gaps: Vec<Gap>) -> Vec<Gap> {
    gaps.truncate(MOST_GAPS);
    for gap in &mut gaps {
        gap.operation = one_line(&gap.operation, GAP_CHARS);
        gap.reason = one_line(&gap.reason, GAP_CHARS);
    }
    gaps
}
