//! Several maps as one. Whoever read first, the union is the same, and what two sources know of one
//! component is known once.

use std::{cmp::Reverse, collections::BTreeMap};

use super::{Component, Edge, EdgeKind, TopologyMap};
use crate::{Gap, evidence::ReadSource, port_error::PortErrorKind};

impl TopologyMap {
    /// All that either knows, as old as the older one.
    #[must_use]
    pub fn merged(mut self, other: Self) -> Self {
        self.components.extend(other.components);
        self.edges.extend(other.edges);
        self.gaps.extend(other.gaps);
        self.read_at = self.read_at.min(other.read_at);
        self.normal()
    }

    /// Each component, edge and gap once, in order.
    #[must_use]
    pub(super) fn normal(self) -> Self {
        let mut components: BTreeMap<String, Component> = BTreeMap::new();
        for component in self.components {
            let id = component.id();
            let known = match components.remove(&id) {
                Some(known) => joined(known, component),
                None => component,
            };
            components.insert(id, known);
        }
        let mut edges: BTreeMap<(String, String, EdgeKind), bool> = BTreeMap::new();
        for Edge { from, to, kind, weak } in self.edges {
            // What is known for certain by one source is certain.
            edges.entry((from, to, kind)).and_modify(|known| *known &= weak).or_insert(weak);
        }
        let mut gaps = self.gaps;
        gaps.sort_by(|a, b| order(a).cmp(&order(b)));
        gaps.dedup();
        Self {
            components: components.into_values().collect(),
            edges: edges.into_iter().map(|((from, to, kind), weak)| Edge { from, to, kind, weak }).collect(),
            read_at: self.read_at,
            gaps,
        }
    }
}

/// Merges two sources' views of one component, keeping of each property the value that says more.
fn joined(one: Component, other: Component) -> Component {
    let says_more = |kind: &String| (Reverse(kind.starts_with("AWS::")), kind.clone());
    Component {
        // The name alone says as much as a path that ends in it.
        name: if brief(&one.name) <= brief(&other.name) { one.name } else { other.name },
        kind: if says_more(&one.kind) <= says_more(&other.kind) { one.kind } else { other.kind },
        application: match (one.application, other.application) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        },
        resource: one.resource,
    }
}

fn brief(name: &String) -> (usize, &String) {
    (name.len(), name)
}

fn order(gap: &Gap) -> (&str, &str, &ReadSource, Option<PortErrorKind>, bool) {
    (&gap.operation, &gap.reason, &gap.source, gap.failure, gap.context)
}
