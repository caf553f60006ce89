//! The map for people: who depends on whom as trees, then what is no dependency, then what is missing.

use std::collections::{BTreeMap, BTreeSet};

use common::topology::{Edge, EdgeKind};

use super::drawn::{Drawn, counted, words};
use crate::output::plain;

/// The depth of a branch. Components beyond it are drawn under another root, or with --resource.
const DEEPEST: usize = 12;
/// The number of components without a connection that are shown.
const SHOWN: usize = 20;

type Outgoing<'a> = BTreeMap<&'a str, Vec<&'a Edge>>;

pub(super) fn tree(drawn: &Drawn) -> String {
    let mut text = plain::wrapped(&drawn.heading(), 0);
    let numbered = drawn.numbered();
    let label = |id: &str| numbered.get(id).map_or_else(|| plain::line(id), |(_, label)| label.clone());
    let mut outgoing = Outgoing::new();
    for edge in drawn.map.edges.iter().filter(|edge| edge.kind.is_dependency()) {
        outgoing.entry(&edge.from).or_default().push(edge);
    }
    for edges in outgoing.values_mut() {
        edges.sort_by_cached_key(|edge| (edge.weak, label(&edge.to), edge.kind));
    }
    let mut forest = Forest { outgoing: &outgoing, label: &label, lines: Vec::new(), seen: BTreeSet::new() };
    if drawn.focus.is_empty() {
        forest.grow(drawn);
    } else {
        for id in drawn.focus.iter().filter(|id| numbered.contains_key(*id)) {
            forest.tree(id);
        }
    }
    let Forest { lines, .. } = forest;
    if !lines.is_empty() {
        text.extend(["\n", &lines.join("\n"), "\n"]);
    }
    if !drawn.focus.is_empty() {
        let dependants = drawn.map.dependants(&drawn.focus, true);
        let certain: BTreeSet<String> =
            drawn.map.dependants(&drawn.focus, false).into_iter().map(|(id, _)| id).collect();
        let mut nearest: Vec<_> = dependants.iter().map(|(id, hops)| (*hops, label(id), id)).collect();
        nearest.sort();
        let entries = nearest.into_iter().map(|(hops, label, id)| {
            let weak = if certain.contains(id) { "" } else { ", by permission only" };
            format!("{label}, {} away{weak}", counted(count(hops), "step"))
        });
        list(&mut text, "Dependents", entries);
    }
    list(&mut text, "Stacks", stacks(drawn, &label));
    list(&mut text, "No known connections", alone(drawn));
    list(&mut text, "Unknown (could not be read)", drawn.gaps());
    text
}

struct Forest<'a, L> {
    outgoing: &'a Outgoing<'a>,
    label: &'a L,
    lines: Vec<String>,
    /// Components that have been drawn with all that they depend on.
    seen: BTreeSet<&'a str>,
}

/// A component that is still to be drawn, below another one.
struct TreeBranch<'a> {
    edge: &'a Edge,
    /// The text before its own sign.
    before: String,
    last: bool,
    depth: usize,
}

impl<'a, L: Fn(&str) -> String> Forest<'a, L> {
    /// A tree from each component that nothing depends on, and from one of each circle that none of them
    /// leads to.
    fn grow(&mut self, drawn: &'a Drawn) {
        let incoming: BTreeSet<&str> = drawn
            .map
            .edges
            .iter()
            .filter(|edge| edge.kind.is_dependency() && edge.from != edge.to)
            .map(|edge| edge.to.as_str())
            .collect();
        let mut all: Vec<&str> = self.outgoing.keys().copied().collect();
        all.sort_by_cached_key(|id| (incoming.contains(id), (self.label)(id)));
        for id in all {
            if !self.seen.contains(id) {
                self.tree(id);
            }
        }
    }

    fn tree(&mut self, root: &'a str) {
        self.lines.push((self.label)(root));
        let mut path = vec![root];
        let mut waiting = self.branches(root, "", 1);
        while let Some(TreeBranch { edge, before, last, depth }) = waiting.pop() {
            path.truncate(depth);
            let id = edge.to.as_str();
            let sign = match (last, edge.weak) {
                (false, false) => "├──",
                (false, true) => "├╌╌",
                (true, false) => "└──",
                (true, true) => "└╌╌",
            };
            let has_more = self.outgoing.contains_key(id);
            let note = if path.contains(&id) {
                " ↻ cycle"
            } else if has_more && self.seen.contains(id) {
                " … see above"
            } else if has_more && depth >= DEEPEST {
                " … more, see --resource"
            } else {
                let below = format!("{before}{}", if last { "    " } else { "│   " });
                waiting.extend(self.branches(id, &below, depth.saturating_add(1)));
                path.push(id);
                ""
            };
            let line = format!("{before}{sign} {} {}{note}", words(edge), (self.label)(id));
            self.lines.push(line);
        }
    }

    /// The branches of one component, the last first.
    fn branches(&mut self, id: &'a str, before: &str, depth: usize) -> Vec<TreeBranch<'a>> {
        let Some(edges) = self.outgoing.get(id) else { return Vec::new() };
        self.seen.insert(id);
        let branch = |(place, edge): (usize, &&'a Edge)| TreeBranch {
            edge,
            before: before.to_owned(),
            last: place.saturating_add(1) == edges.len(),
            depth,
        };
        edges.iter().enumerate().map(branch).rev().collect()
    }
}

fn stacks(drawn: &Drawn, label: &impl Fn(&str) -> String) -> Vec<String> {
    let mut stacks: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for edge in drawn.map.edges.iter().filter(|edge| edge.kind == EdgeKind::StackOf) {
        stacks.entry(&edge.from).or_default().push(label(&edge.to));
    }
    stacks.into_iter().map(|(stack, members)| format!("{}: {}", label(stack), members.join(", "))).collect()
}

fn alone(drawn: &Drawn) -> Vec<String> {
    let connected: BTreeSet<&String> =
        drawn.map.edges.iter().flat_map(|edge| [&edge.from, &edge.to]).collect();
    let alone: Vec<String> = drawn
        .map
        .components
        .iter()
        .filter(|component| !connected.contains(&component.id()))
        .map(common::topology::Component::label)
        .collect();
    let more = alone.len().checked_sub(SHOWN).filter(|more| *more > 0);
    let more = more.map(|more| format!("and {more} more (--as json)"));
    alone.into_iter().take(SHOWN).chain(more).collect()
}

fn list(text: &mut String, title: &str, entries: impl IntoIterator<Item = String>) {
    let mut entries = entries.into_iter().peekable();
    if entries.peek().is_none() {
        return;
    }
    text.extend(["\n", title, "\n"]);
    for entry in entries {
        text.push_str(&plain::hanging("- ", &entry, 2, 4));
    }
}

fn count(hops: u32) -> usize {
    usize::try_from(hops).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use common::{
        topology::{Connected, TopologyMap},
        untrusted_text::is_hidden,
    };
    use fakes::sample;
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;
    use crate::account::topology::drawn::{
        Origin,
        sample::{any_map, function, map},
    };

    fn drawn(map: TopologyMap, resource: Option<&common::Arn>) -> Drawn {
        let now = sample::at() + SignedDuration::from_mins(11);
        Drawn::new(map, Some("shop".to_owned()), resource, Origin::Kept, now)
    }

    #[test]
    fn tree_has_its_age_first_and_every_part() {
        let text = tree(&drawn(map(), None));
        assert_eq!(text, include_str!("golden_tree.txt"), "\n{text}");
    }

    #[test]
    fn tree_of_one_component_says_who_depends_on_it() {
        let text = tree(&drawn(map(), Some(&sample::arn("sqs", "orders"))));
        assert_eq!(text, include_str!("golden_one.txt"), "\n{text}");
    }

    #[test]
    fn tree_of_an_empty_map_is_its_heading() {
        let text = tree(&drawn(TopologyMap::empty(sample::at()), None));
        assert_eq!(text.lines().count(), 1, "{text}");
    }

    #[test]
    fn tree_of_a_long_chain_is_cut_and_goes_on_nowhere() {
        let mut all = Connected::default();
        for number in 0..500 {
            let next = function(&format!("f{}", number + 1));
            all.connect(function(&format!("f{number}")), EdgeKind::Calls, next);
        }
        let text = tree(&drawn(TopologyMap::from_connected(all, sample::at()), None));
        assert!(text.contains("… more, see --resource") && text.contains("f500 (lambda)"), "{text}");
    }

    proptest! {
        #[test]
        fn tree_of_any_names_ends_names_every_end_and_cannot_steer_a_terminal(map in any_map()) {
            let drawn = drawn(map, None);
            let text = tree(&drawn);
            prop_assert!(!text.chars().any(|c| c != '\n' && is_hidden(c)), "{text:?}");
            let lines = drawn.map.edges.iter().filter(|edge| edge.kind.is_dependency()).count();
            let drawn_edges = text.lines().filter(|line| line.contains("── ") || line.contains("╌╌ ")).count();
            prop_assert!(drawn_edges >= lines, "{text}");
        }
    }
}
