//! Defines the engine's entry: the steps from incident data to findings, in their order.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    changes::triggers::{ChangeHistory, MOST_CALLS, NearbyComponent},
    findings::{ComponentCourse, EvidenceItem, Findings, Hypothesis, UnobservedCallee, Verdict},
    incident_data::{Change, IncidentData},
    ranking::{
        confidence::{ConfidenceInputs, confidences},
        course::courses,
        evidence::{contradicts, ruled_out, supports},
        failure_mode::failure_mode,
        observations::Observations,
        own_share::own_share,
        ranked_suspect::RankedSuspect,
        suspects::Suspect,
        unobserved::unobserved_callees,
        verdict::verdict,
    },
};

/// The factor on how likely a change near a suspect is its trigger where what was changed cannot be behind the suspect, as far as
/// was measured: it is calm, or calls the suspect and is not called by it.
const OBSERVED: f64 = 0.5;
/// Findings hold at most this many hypotheses.
const MOST_HYPOTHESES: usize = 10;

/// Finds the root cause of one incident, or that nothing is wrong, or that the data does not tell.
/// It never fails: missing data leads to [`Verdict::Abstain`] or to an entry in [`Findings::gaps`].
///
/// ```
/// use rca::{Call, IncidentData, Samples, Series, Symptom, Verdict, analyze};
///
/// // One sample a minute; an hour of baseline, then ten minutes of incident.
/// let samples = |from: i64, count: i64, level: f64| Samples {
///     times: (0..count).map(|step| from + 60 * step).collect(),
///     values: (0..count).map(|step| level + if step % 2 == 0 { 0.1 } else { -0.1 }).collect(),
/// };
/// let latency = |component: &str, before: f64, during: f64| Series {
///     id: component.to_owned(),
///     component: component.to_owned(),
///     caller: None,
///     metric: "latency".to_owned(),
///     statistic: "Average".to_owned(),
///     baseline: samples(1_795_140_000, 60, before),
///     incident: samples(1_795_143_600, 10, during),
/// };
/// let data = IncidentData {
///     symptom: Symptom {
///         component: "web".to_owned(),
///         metric: "latency".to_owned(),
///         statistic: "Average".to_owned(),
///         detected_at: None,
///     },
///     series: vec![latency("web", 10.0, 30.0), latency("database", 5.0, 25.0)],
///     calls: Some(vec![Call { caller: "web".to_owned(), callee: "database".to_owned() }]),
///     ..IncidentData::default()
/// };
///
/// let findings = analyze(&data);
///
/// assert_eq!(findings.verdict, Verdict::RootCause);
/// assert_eq!(findings.hypotheses[0].component, "database");
/// ```
pub fn analyze(data: &IncidentData) -> Findings {
    let Some(observed) = Observations::new(data) else {
        let why =
            "there are no metric samples of the incident, and logs and changes alone do not identify a cause"
                .to_owned();
        return without_cause(Verdict::Abstain { why }, false, Vec::new(), gaps(data, None));
    };
    let began = observed.fault_onset().map(|onset| observed.timeline.time(onset));
    let onset = began.and_then(|began| Timestamp::from_second(began).ok());
    let history = ChangeHistory::new(data, began, observed.timeline.period);
    let sure = ranking_confidences(&observed, 1.0);
    let verdict = verdict(&observed, sure.first().copied().unwrap_or(0.0));
    let (courses, gaps) = (courses(&observed), gaps(data, Some(&observed)));
    if verdict != Verdict::RootCause {
        return without_cause(verdict, observed.symptom_judged(), courses, gaps);
    }
    let paths = observed.symptom.map_or_else(BTreeMap::new, |symptom| observed.graph.shortest_paths(symptom));
    let confidences = ranking_confidences(&observed, own_share(&observed, &history));
    let triggers = history.triggers(&near_suspects(&observed));
    let unobserved = unobserved_callees(&observed)
        .into_iter()
        .take(MOST_HYPOTHESES)
        .map(|one| UnobservedCallee {
            component: observed.graph.name(one.component).to_owned(),
            caller: observed.graph.name(one.caller).to_owned(),
            score: one.score,
        })
        .collect();
    let hypotheses = observed
        .ranking
        .iter()
        .zip(confidences)
        // A score of 0 is of a suspect that was abnormal at another time or is explained completely: ruled out.
        .filter(|(ranked, _)| ranked.score > 0.0)
        .take(MOST_HYPOTHESES)
        .map(|(ranked, confidence)| {
            let change = history.change_on(observed.graph.name(ranked.component), &triggers);
            hypothesis(&observed, ranked, confidence, change, &paths)
        })
        .collect();
    let ruled_out = ruled_out(&observed, &paths);
    Findings {
        verdict,
        onset,
        hypotheses,
        unobserved,
        ruled_out,
        triggers,
        symptom_judged: observed.symptom_judged(),
        courses,
        gaps,
    }
}

fn without_cause(
    verdict: Verdict,
    symptom_judged: bool,
    courses: Vec<ComponentCourse>,
    gaps: Vec<String>,
) -> Findings {
    Findings {
        verdict,
        onset: None,
        hypotheses: Vec::new(),
        unobserved: Vec::new(),
        ruled_out: Vec::new(),
        triggers: Vec::new(),
        symptom_judged,
        courses,
        gaps,
    }
}

fn ranking_confidences(observed: &Observations<'_>, own: f64) -> Vec<f64> {
    let first = observed.ranking.first().and_then(|first| observed.suspect(first.component));
    let inputs = ConfidenceInputs {
        graph_known: observed.graph.known,
        symptom_abnormal: observed.symptom_abnormal(),
        weight: first.map_or(0.0, Suspect::weight),
        own,
    };
    confidences(inputs, &observed.ranking.iter().map(|ranked| ranked.score).collect::<Vec<_>>())
}

fn hypothesis(
    observed: &Observations<'_>,
    ranked: &RankedSuspect,
    confidence: f64,
    change: Option<&Change>,
    paths: &BTreeMap<usize, usize>,
) -> Hypothesis {
    let name = observed.graph.name(ranked.component);
    let mut supports = supports(observed, ranked, paths);
    supports.extend(change.map(|change| EvidenceItem::Change { id: change.id.clone() }));
    let suspect = observed.suspect(ranked.component);
    let load = observed.load_state(ranked.component);
    let mode =
        |change| suspect.map_or(common::FailureMode::Unknown, |suspect| failure_mode(suspect, change, load));
    Hypothesis {
        component: name.to_owned(),
        failure_mode: mode(change),
        measured_mode: mode(None),
        score: ranked.score,
        confidence,
        supports,
        contradicts: contradicts(observed, ranked),
    }
}

/// The suspects and the components at most [`MOST_CALLS`] calls away from them.
fn near_suspects<'a>(observed: &'a Observations<'_>) -> Vec<NearbyComponent<'a>> {
    let most = observed.ranking.first().map_or(0.0, |first| first.score);
    let unobserved: BTreeSet<usize> =
        unobserved_callees(observed).into_iter().map(|one| one.component).collect();
    let mut near: BTreeMap<usize, NearbyComponent<'a>> = BTreeMap::new();
    for ranked in observed.ranking.iter().take(MOST_HYPOTHESES).filter(|_| most > 0.0) {
        let likelihood = ranked.score / most;
        for (component, calls) in observed.graph.within(ranked.component, MOST_CALLS) {
            let may_be_behind = component == ranked.component || unobserved.contains(&component);
            let likelihood = likelihood * if may_be_behind { 1.0 } else { OBSERVED };
            let one = NearbyComponent { component: observed.graph.name(component), calls, likelihood };
            near.entry(component)
                .and_modify(|held| {
                    if (calls, -likelihood) < (held.calls, -held.likelihood) {
                        *held = one.clone();
                    }
                })
                .or_insert(one);
        }
    }
    near.into_values().collect()
}

/// Lists the data that was missing.
fn gaps(data: &IncidentData, observed: Option<&Observations<'_>>) -> Vec<String> {
    let mut gaps = Vec::new();
    if observed.map_or(data.calls.is_none(), |observed| !observed.graph.known) {
        let why = "no call graph around the symptom: cause and effect are told apart only by how abnormal each component is";
        gaps.push(why.to_owned());
    }
    if observed.is_some_and(|observed| !observed.symptom_judged()) {
        let symptom = &data.symptom;
        gaps.push(format!(
            "{} of {}: no samples that can be compared with a baseline",
            symptom.metric, symptom.component
        ));
    }
    for log in data.logs.iter().filter(|log| log.baseline.is_empty() && !log.incident.is_empty()) {
        gaps.push(format!("log of {}: no lines from before the incident to compare with", log.component));
    }
    if let Some(observed) = observed {
        let unknown = observed.suspects.iter().filter(|suspect| suspect.is_unknown()).count();
        if unknown > 0 {
            gaps.push(format!(
                "{unknown} of {} components have no metric that can be compared with a baseline",
                observed.graph.len()
            ));
        }
    }
    gaps
}
