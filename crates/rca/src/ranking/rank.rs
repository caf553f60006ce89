//! Which component explains the most: abnormal itself, like the symptom in time, behind the most of
//! what else is abnormal, and not explained by what it calls.

use std::collections::{BTreeMap, BTreeSet};

use crate::{ranking::call_graph::Graph, ranking::suspects::Suspect, series::anomaly::alike};

/// From here on a component counts as abnormal: chance alone does that to a stretch of two samples of
/// a normal metric about once in a hundred million.
pub(crate) const ABNORMAL: f64 = 4.0;
/// A callee this much calmer than its caller still explains it: what a caller waits for is diluted by
/// its own work, but what it calls several times is multiplied.
const DILUTION: f64 = 2.0;
/// What a component is worth that no chain of calls leads to: graphs miss edges, but not most of them.
const OFF_THE_PATH: f64 = 0.3;
/// What new errors in its log, and a change to it just before the onset, add to a component's score:
/// enough to decide between two that are as good, too little to make a cause of a bystander.
const COMPLAINS: f64 = 0.25;
const CHANGED: f64 = 0.5;
/// How like the symptom's course one is taken to be that is not known: less than the likeness of causes
/// (0.9 and more on the recorded incidents), more than that of strangers (0.5).
const COURSE_UNKNOWN: f64 = 0.7;
/// Being behind nothing else that is abnormal leaves this much: a leaf that nobody else waits for can
/// still be the cause.
const ALONE: f64 = 0.25;

/// How a component fares as an explanation.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) component: usize,
    pub(crate) score: f64,
    /// How like the symptom's its course in time is, from 0 to 1.
    pub(crate) alike: f64,
    /// The abnormal component that it calls and that explains it best, and how well, from 0 to 1.
    pub(crate) explained_by: Option<(usize, f64)>,
    /// Whether calls lead from the symptom to it.
    pub(crate) on_path: bool,
    /// Which share of all that is abnormal it is behind, itself included.
    pub(crate) coverage: f64,
}

/// The abnormal components, best explanation first. `course`: the symptom's deviations a step, where it
/// has any that say something.
pub(crate) fn rank(
    graph: &Graph,
    suspects: &[Suspect],
    symptom: Option<usize>,
    course: Option<&[f64]>,
    changed: impl Fn(&str) -> f64,
) -> Vec<Standing> {
    let weight = |component: usize| suspects.get(component).map_or(0.0, Suspect::weight);
    let is_abnormal = |component: usize| weight(component) >= ABNORMAL;
    let is_unknown = |component: usize| suspects.get(component).is_none_or(Suspect::is_unknown);
    let by_step = |component: usize| {
        suspects.get(component).and_then(Suspect::worst).map_or(&[][..], |aspect| aspect.by_step.as_slice())
    };
    let abnormal: Vec<usize> = (0..graph.len()).filter(|component| is_abnormal(*component)).collect();
    let likeness: BTreeMap<usize, f64> = abnormal
        .iter()
        .map(|component| {
            let like = match (course, by_step(*component)) {
                (None, _) => 1.0,
                (Some(_), []) => COURSE_UNKNOWN,
                (Some(course), steps) => alike(steps, course),
            };
            (*component, like)
        })
        .collect();
    let like = |component: usize| likeness.get(&component).copied().unwrap_or(0.0);
    let strength = |component: usize| (1.0 + weight(component)).ln();
    let calls: BTreeMap<usize, BTreeSet<usize>> = abnormal
        .iter()
        .map(|component| (*component, graph.next_marked(*component, &is_abnormal, &is_unknown)))
        .collect();
    let behind = behind(&abnormal, &calls);
    let total: f64 = abnormal.iter().map(|component| strength(*component) * like(*component)).sum();
    let traffic = |component: usize| suspects.get(component).and_then(|suspect| suspect.traffic);
    let usual = symptom.and_then(traffic);
    let ways = symptom.filter(|_| graph.known).map(|symptom| graph.ways(symptom));

    let mut standings: Vec<Standing> = abnormal
        .iter()
        .map(|&component| {
            let explained_by = calls
                .get(&component)
                .into_iter()
                .flatten()
                // In a circle of calls the worse one explains the other.
                .filter(|callee| {
                    !behind.get(&component).is_some_and(|callers| callers.contains(*callee))
                        || (weight(**callee), *callee) > (weight(component), &component)
                })
                .map(|&callee| {
                    let dilution = (DILUTION * weight(callee) / weight(component)).min(1.0);
                    let explained = match (by_step(callee), by_step(component)) {
                        // Only its log speaks, and that has no height to compare.
                        ([], _) | (_, []) => COURSE_UNKNOWN,
                        (one, other) => dilution * alike(one, other),
                    };
                    (callee, explained)
                })
                .max_by(|one, other| one.1.total_cmp(&other.1));
            let own = 1.0 - explained_by.map_or(0.0, |(_, explained)| explained);
            let covered: f64 = behind
                .get(&component)
                .into_iter()
                .flatten()
                .map(|caller| strength(*caller) * like(*caller))
                .sum();
            let coverage = if total > 0.0 { covered / total } else { 0.0 };
            let on_path = ways.as_ref().is_none_or(|ways| ways.contains_key(&component));
            let like = like(component);
            let mut score = strength(component) * like * like * own * (ALONE + (1.0 - ALONE) * coverage);
            if graph.known {
                score *= if on_path { 1.0 } else { OFF_THE_PATH };
                score *= load(traffic(component), usual);
            } else {
                // Nothing tells cause from effect but how abnormal each is.
                score = weight(component) * like;
            }
            if suspects.get(component).is_some_and(|suspect| suspect.complains) {
                score *= 1.0 + COMPLAINS;
            }
            score *= 1.0 + CHANGED * changed(graph.name(component)).clamp(0.0, 1.0);
            Standing { component, score, alike: like, explained_by, on_path, coverage }
        })
        .collect();
    standings.sort_by(|one, other| {
        other
            .score
            .total_cmp(&one.score)
            .then_with(|| graph.name(one.component).cmp(graph.name(other.component)))
    });
    standings
}

/// One request of a hundred can still be the one that is slow.
const LEAST_LOAD: f64 = 0.01;

/// How much of the symptom a component can spoil: one that takes a tenth of the requests that the
/// symptom's takes cannot do as much. The root, because a request may pass several times.
fn load(traffic: Option<f64>, of_symptom: Option<f64>) -> f64 {
    match (traffic, of_symptom) {
        (Some(traffic), Some(whole)) if whole > 0.0 => (traffic / whole).clamp(LEAST_LOAD, 1.0).sqrt(),
        _ => 1.0,
    }
}

/// For each abnormal component, the abnormal ones whose calls reach it through abnormal ones.
fn behind(abnormal: &[usize], calls: &BTreeMap<usize, BTreeSet<usize>>) -> BTreeMap<usize, BTreeSet<usize>> {
    let mut behind: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for start in abnormal {
        let mut next = vec![*start];
        let mut seen = BTreeSet::from([*start]);
        while let Some(caller) = next.pop() {
            behind.entry(caller).or_default().insert(*start);
            next.extend(calls.get(&caller).into_iter().flatten().filter(|callee| seen.insert(**callee)));
        }
    }
    behind
}
