//! Holds the call graph, by index. Components are in the order of their names, so that nothing depends on the
//! order in which they were given.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::incident_data::{IncidentData, Series};

#[derive(Debug, Default)]
pub(crate) struct CallGraph {
    names: Vec<String>,
    callees: Vec<Vec<usize>>,
    callers: Vec<Vec<usize>>,
    /// At least one call from or to the symptom's component is known.
    pub(crate) known: bool,
}

impl CallGraph {
    /// Builds the graph of every component that a series, a call, a log or the symptom names, without self-calls. A call
    /// that was measured is one, whether it is listed or not.
    pub(crate) fn new(data: &IncidentData) -> Self {
        let listed = data.calls.iter().flatten().map(|call| (call.caller.as_str(), call.callee.as_str()));
        let calls: BTreeSet<(&str, &str)> =
            listed.chain(data.series.iter().filter_map(Series::call)).collect();
        let names: BTreeSet<&str> = data
            .series
            .iter()
            .map(|series| series.component.as_str())
            .chain(calls.iter().flat_map(|(caller, callee)| [*caller, *callee]))
            .chain(data.logs.iter().map(|log| log.component.as_str()))
            .chain([data.symptom.component.as_str()])
            .collect();
        let place: BTreeMap<&str, usize> = names.iter().enumerate().map(|(at, name)| (*name, at)).collect();
        let mut forth = vec![BTreeSet::new(); names.len()];
        let mut back = vec![BTreeSet::new(); names.len()];
        for (caller, callee) in &calls {
            if let (Some(caller), Some(callee)) = (place.get(caller), place.get(callee))
                && caller != callee
                && let Some((of_caller, of_callee)) = forth.get_mut(*caller).zip(back.get_mut(*callee))
            {
                of_caller.insert(*callee);
                of_callee.insert(*caller);
            }
        }
        let symptom = data.symptom.component.as_str();
        let known = calls
            .iter()
            .any(|(caller, callee)| caller != callee && (*caller == symptom || *callee == symptom));
        let lists =
            |sets: Vec<BTreeSet<usize>>| sets.into_iter().map(|set| set.into_iter().collect()).collect();
        Self {
            names: names.into_iter().map(str::to_owned).collect(),
            callees: lists(forth),
            callers: lists(back),
            known,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    pub(crate) fn name(&self, component: usize) -> &str {
        self.names.get(component).map_or("", String::as_str)
    }

    pub(crate) fn index(&self, name: &str) -> Option<usize> {
        self.names.binary_search_by(|held| held.as_str().cmp(name)).ok()
    }

    /// True where calls from `start` reach `end`.
    pub(crate) fn reaches(&self, start: usize, end: usize) -> bool {
        self.shortest_paths(start).contains_key(&end)
    }

    pub(crate) fn callers(&self, component: usize) -> &[usize] {
        self.callers.get(component).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn callees(&self, component: usize) -> &[usize] {
        self.callees.get(component).map_or(&[], Vec::as_slice)
    }

    /// Finds the components at most `most` calls away in either direction, each with its distance in calls.
    pub(crate) fn within(&self, component: usize, most: usize) -> BTreeMap<usize, usize> {
        let mut distances = BTreeMap::from([(component, 0)]);
        let mut next = VecDeque::from([(component, 0)]);
        while let Some((at, calls)) = next.pop_front() {
            if calls == most {
                continue;
            }
            for neighbour in self.callees(at).iter().chain(self.callers(at)) {
                distances.entry(*neighbour).or_insert_with(|| {
                    next.push_back((*neighbour, calls + 1));
                    calls + 1
                });
            }
        }
        distances
    }

    /// Finds every component that calls from `start` reach, each with the one before it on a shortest path.
    pub(crate) fn shortest_paths(&self, start: usize) -> BTreeMap<usize, usize> {
        let mut predecessors = BTreeMap::from([(start, start)]);
        let mut next = VecDeque::from([start]);
        while let Some(caller) = next.pop_front() {
            for callee in self.callees(caller) {
                predecessors.entry(*callee).or_insert_with(|| {
                    next.push_back(*callee);
                    caller
                });
            }
        }
        predecessors
    }

    /// Finds the matching components that calls from `start` reach without passing another matching one, only
    /// through those whose state is unknown.
    pub(crate) fn nearest_matching(
        &self,
        start: usize,
        matches: &impl Fn(usize) -> bool,
        unknown: &impl Fn(usize) -> bool,
    ) -> BTreeSet<usize> {
        let mut seen = BTreeSet::from([start]);
        let mut next = vec![start];
        let mut found = BTreeSet::new();
        while let Some(caller) = next.pop() {
            for callee in self.callees(caller) {
                if !seen.insert(*callee) {
                    continue;
                }
                if matches(*callee) {
                    found.insert(*callee);
                } else if unknown(*callee) {
                    next.push(*callee);
                }
            }
        }
        found
    }
}

/// Lists the names on the path from the start of `predecessors` to `end`, both included; `None` where no path leads
/// there.
pub(crate) fn path_to(
    graph: &CallGraph,
    predecessors: &BTreeMap<usize, usize>,
    end: usize,
) -> Option<Vec<String>> {
    let mut path = vec![graph.name(end).to_owned()];
    let mut at = end;
    loop {
        let before = *predecessors.get(&at)?;
        if before == at {
            path.reverse();
            return Some(path);
        }
        path.push(graph.name(before).to_owned());
        at = before;
    }
}
