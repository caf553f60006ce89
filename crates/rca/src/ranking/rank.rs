//! Ranks the suspects by how much each one explains: abnormal itself, at the same time as the symptom, called
//! by most of what else is abnormal, and not explained by what it calls.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    ranking::{
        abnormal::ABNORMAL,
        call_graph::CallGraph,
        explanation::{Explanation, Explanations, Reason},
        latency_budget::budget_share,
        pass_on::pass_on,
        ranked_suspect::RankedSuspect,
        suspects::Suspect,
    },
    series::{metric_kind::MetricKind, similarity::similarity},
};

/// A callee this much calmer than its caller still explains it: what a caller waits for is diluted by
/// its own work, but what it calls several times is multiplied.
const DILUTION: f64 = 2.0;
/// A callee that can make less than this share of a caller's delay is another's concern.
const LEAST_BUDGET: f64 = 0.5;
/// The factor of a component that no chain of calls leads to: graphs miss edges, but not most of them.
const OFF_THE_PATH: f64 = 0.3;
/// The share that new errors in its log, and a change to it just before the onset, add to a component's score:
/// enough to decide between two that are as good, too little to make a cause of a bystander.
const NEW_ERRORS: f64 = 0.25;
const CHANGED: f64 = 0.5;
/// The similarity to the symptom that is assumed where a component has no scores: less than that of causes
/// (0.9 and more on the recorded incidents), more than that of unrelated components (0.5).
const UNKNOWN_SIMILARITY: f64 = 0.7;
/// Being behind nothing else that is abnormal leaves this much: a leaf that nobody else waits for can
/// still be the cause.
const ALONE: f64 = 0.25;

/// Ranks the abnormal components, best explanation first. `symptom_scores`: the symptom's anomaly scores, where
/// they say when the incident was. `explanations`: what explains a component besides what it calls.
pub(crate) fn rank(
    graph: &CallGraph,
    suspects: &[Suspect],
    symptom: Option<usize>,
    symptom_scores: Option<&[f64]>,
    explanations: &Explanations,
    changed: impl Fn(&str) -> f64,
) -> Vec<RankedSuspect> {
    let weight = |component: usize| suspects.get(component).map_or(0.0, Suspect::weight);
    // What explains another tells more than by itself.
    let explaining: BTreeSet<usize> = explanations.values().map(|explanation| explanation.by).collect();
    let is_abnormal = |component: usize| weight(component) >= ABNORMAL || explaining.contains(&component);
    let is_unknown = |component: usize| suspects.get(component).is_none_or(Suspect::is_unknown);
    let scores = |component: usize| {
        suspects.get(component).and_then(Suspect::worst).map_or(&[][..], |metric| metric.scores.as_slice())
    };
    let abnormal: Vec<usize> = (0..graph.len()).filter(|component| is_abnormal(*component)).collect();
    let similarities: BTreeMap<usize, f64> = abnormal
        .iter()
        .map(|component| {
            let similar = match (symptom_scores, scores(*component)) {
                (None, _) => 1.0,
                (Some(_), []) => UNKNOWN_SIMILARITY,
                (Some(symptom), own) => similarity(own, symptom),
            };
            (*component, similar)
        })
        .collect();
    let similar = |component: usize| similarities.get(&component).copied().unwrap_or(0.0);
    let recently = |component: usize| changed(graph.name(component)).clamp(0.0, 1.0);
    let strength = |component: usize| (1.0 + weight(component)).ln();
    let calls: BTreeMap<usize, BTreeSet<usize>> = abnormal
        .iter()
        .map(|&component| {
            let mut near = graph.nearest_matching(component, &is_abnormal, &is_unknown);
            near.retain(|callee| may_explain(*callee, component, suspects, explanations));
            (component, near)
        })
        .collect();
    let callers = transitive_callers(&abnormal, &calls);
    let total: f64 = abnormal.iter().map(|component| strength(*component) * similar(*component)).sum();
    let traffic = |component: usize| suspects.get(component).and_then(|suspect| suspect.traffic);
    let symptom_traffic = symptom.and_then(traffic);
    let reached = symptom.filter(|_| graph.known).map(|symptom| graph.shortest_paths(symptom));

    let mut ranking: Vec<RankedSuspect> = abnormal
        .iter()
        .map(|&component| {
            let explained_by = calls
                .get(&component)
                .into_iter()
                .flatten()
                // In a circle of calls the worse one explains the other.
                .filter(|callee| {
                    !callers.get(&component).is_some_and(|callers| callers.contains(*callee))
                        || (weight(**callee), *callee) > (weight(component), &component)
                })
                .map(|&callee| {
                    let dilution = (DILUTION * weight(callee) / weight(component)).min(1.0);
                    let explained = match (scores(callee), scores(component)) {
                        // Only its log is abnormal, and that has no scores to compare.
                        ([], _) | (_, []) => UNKNOWN_SIMILARITY,
                        (one, other) => {
                            dilution.min(budget_share(suspects, callee, component)) * similarity(one, other)
                        }
                    };
                    // Connections are opened by those who call: where the caller was just changed, and the callee was
                    // not, the caller may well have filled it, and the callee explains little.
                    let filled = suspects
                        .get(callee)
                        .and_then(Suspect::worst)
                        .is_some_and(|metric| metric.kind == MetricKind::Connections);
                    let by_caller =
                        if filled { (recently(component) - recently(callee)).clamp(0.0, 1.0) } else { 0.0 };
                    (callee, explained * (1.0 - by_caller))
                })
                .max_by(|one, other| one.1.total_cmp(&other.1))
                .map(|(by, share)| Explanation { by, share, reason: Reason::Calls });
            let own = 1.0 - explained_by.map_or(0.0, |explanation| explanation.share);
            let covered: f64 = callers
                .get(&component)
                .into_iter()
                .flatten()
                .map(|caller| strength(*caller) * similar(*caller))
                .sum();
            let coverage = if total > 0.0 { covered / total } else { 0.0 };
            let on_path = reached.as_ref().is_none_or(|reached| reached.contains_key(&component));
            let similar = similar(component);
            let mut score =
                strength(component) * similar * similar * own * (ALONE + (1.0 - ALONE) * coverage);
            if graph.known {
                score *= if on_path { 1.0 } else { OFF_THE_PATH };
                score *= load_factor(traffic(component), symptom_traffic);
            } else {
                // Nothing tells cause from effect but how abnormal each is.
                score = weight(component) * similar;
            }
            if suspects.get(component).is_some_and(|suspect| suspect.has_new_errors) {
                score *= 1.0 + NEW_ERRORS;
            }
            score *= 1.0 + CHANGED * recently(component);
            RankedSuspect { component, score, similarity: similar, explained_by, on_path, coverage }
        })
        .collect();
    pass_on(&mut ranking, explanations);
    ranking.sort_by(|one, other| {
        other
            .score
            .total_cmp(&one.score)
            .then_with(|| graph.name(one.component).cmp(graph.name(other.component)))
    });
    ranking
}

/// Returns true if a callee can explain its caller. A callee that only takes more load slows nobody down. One that is slow
/// but answers every call does not make its caller fail with an error of the caller's own, and one that is hardly slower does not
/// make it slow.
fn may_explain(callee: usize, of: usize, suspects: &[Suspect], explanations: &Explanations) -> bool {
    let only_takes_more =
        explanations.get(&callee).is_some_and(|explanation| explanation.reason == Reason::SendsMore);
    let apart = suspects
        .get(of)
        .zip(suspects.get(callee))
        .is_some_and(|(caller, called)| caller.fails_by_itself() && called.is_only_slow());
    !only_takes_more && !apart && budget_share(suspects, callee, of) >= LEAST_BUDGET
}

/// One request of a hundred can still be the one that is slow.
const LEAST_LOAD: f64 = 0.01;

/// Limits how much of the symptom a component can explain: one that takes a tenth of the requests that the
/// symptom's takes cannot do as much. The root, because a request may pass several times.
pub(crate) fn load_factor(traffic: Option<f64>, of_symptom: Option<f64>) -> f64 {
    match (traffic, of_symptom) {
        (Some(traffic), Some(whole)) if whole > 0.0 => (traffic / whole).clamp(LEAST_LOAD, 1.0).sqrt(),
        _ => 1.0,
    }
}

/// Finds, for each abnormal component, the abnormal ones whose calls reach it through abnormal ones.
fn transitive_callers(
    abnormal: &[usize],
    calls: &BTreeMap<usize, BTreeSet<usize>>,
) -> BTreeMap<usize, BTreeSet<usize>> {
    let mut callers: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for start in abnormal {
        let mut next = vec![*start];
        let mut seen = BTreeSet::from([*start]);
        while let Some(caller) = next.pop() {
            callers.entry(caller).or_default().insert(*start);
            next.extend(calls.get(&caller).into_iter().flatten().filter(|callee| seen.insert(**callee)));
        }
    }
    callers
}
