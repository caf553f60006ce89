//! Following edges: who depends on a component, and what is around some.

use std::collections::{BTreeMap, BTreeSet};

use super::{Edge, TopologyMap};

impl TopologyMap {
    /// Returns the ids that depend on any of `ids`, directly or through others, without `ids` themselves: the
    /// nearest first and then by id, each with its distance in edges. Weak edges count only if `weak` is true.
    pub fn dependants(&self, ids: &BTreeSet<String>, weak: bool) -> Vec<(String, u32)> {
        let counts = |edge: &&Edge| edge.kind.is_dependency() && (weak || !edge.weak);
        let mut back: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for edge in self.edges.iter().filter(counts) {
            back.entry(&edge.to).or_default().insert(&edge.from);
        }
        let mut seen: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
        let mut border: Vec<&str> = seen.iter().copied().collect();
        let mut found = Vec::new();
        for hops in 1u32.. {
            let next: BTreeSet<&str> =
                border.iter().filter_map(|id| back.get(id)).flatten().copied().collect();
            border = next.into_iter().filter(|id| seen.insert(id)).collect();
            if border.is_empty() {
                break;
            }
            found.extend(border.iter().map(|id| ((*id).to_owned(), hops)));
        }
        found
    }

    /// The part of the map that `ids` hang together with: whoever depends on them, whatever they depend
    /// on, weakly too, and the stacks of all these.
    #[must_use]
    pub fn around(&self, ids: &BTreeSet<String>) -> Self {
        let mut near = ids.clone();
        near.extend(self.dependants(ids, true).into_iter().map(|(id, _)| id));
        near.extend(self.turned().dependants(ids, true).into_iter().map(|(id, _)| id));
        let stacks: BTreeSet<String> = self
            .edges
            .iter()
            .filter(|edge| !edge.kind.is_dependency() && near.contains(&edge.to))
            .map(|edge| edge.from.clone())
            .collect();
        near.extend(stacks);
        self.between(&near)
    }

    /// The part of the map between `ids`.
    #[must_use]
    pub fn between(&self, ids: &BTreeSet<String>) -> Self {
        let inside = |edge: &&Edge| ids.contains(&edge.from) && ids.contains(&edge.to);
        Self {
            components: self.components.iter().filter(|one| ids.contains(&one.id())).cloned().collect(),
            edges: self.edges.iter().filter(inside).cloned().collect(),
            read_at: self.read_at,
            gaps: self.gaps.clone(),
        }
    }

    fn turned(&self) -> Self {
        let turn = |edge: &Edge| Edge { from: edge.to.clone(), to: edge.from.clone(), ..edge.clone() };
        Self { edges: self.edges.iter().map(turn).collect(), ..Self::empty(self.read_at) }
    }
}
