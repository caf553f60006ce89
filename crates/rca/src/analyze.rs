//! The order of things.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    changes::triggers::{MOST_CALLS, Near, Trail},
    findings::{Findings, Hypothesis, Observation, Verdict},
    incident_data::{Case, Change},
    ranking::confidence::{Basis, confidences},
    ranking::evidence::{contradicts, ruled_out, supports},
    ranking::failure_mode::failure_mode,
    ranking::observations::Picture,
    ranking::rank::Standing,
    ranking::suspects::Suspect,
    ranking::verdict::verdict,
};

/// Most hypotheses that are told.
const MOST_HYPOTHESES: usize = 10;

/// Explains one case. Never fails: what cannot be told is a verdict too.
pub fn investigate(case: &Case) -> Findings {
    let Some(picture) = Picture::of(case) else {
        let why =
            "there are no samples of the incident, and logs and changes alone do not tell a cause".to_owned();
        return nothing(Verdict::Abstain { why }, false, gaps(case, None));
    };
    let began = picture.onset.map(|onset| picture.timeline.time(onset));
    let onset = began.and_then(|began| Timestamp::from_second(began).ok());
    let confidences = believe(&picture);
    let verdict = verdict(&picture, confidences.first().copied().unwrap_or(0.0));
    let gaps = gaps(case, Some(&picture));
    if verdict != Verdict::RootCause {
        return nothing(verdict, picture.symptom_judged(), gaps);
    }
    let ways = picture.symptom.map_or_else(BTreeMap::new, |symptom| picture.graph.ways(symptom));
    let trail = Trail::of(case, began, picture.timeline.period);
    let triggers = trail.triggers(&near(&picture));
    let hypotheses = picture
        .standings
        .iter()
        .zip(confidences)
        // What was abnormal at another time, or is explained whole, is ruled out and no hypothesis.
        .filter(|(standing, _)| standing.score > 0.0)
        .take(MOST_HYPOTHESES)
        .map(|(standing, confidence)| {
            let change = trail.telling(picture.graph.name(standing.component), &triggers);
            hypothesis(&picture, standing, confidence, change, &ways)
        })
        .collect();
    let ruled_out = ruled_out(&picture, &ways);
    Findings {
        verdict,
        onset,
        hypotheses,
        ruled_out,
        triggers,
        symptom_judged: picture.symptom_judged(),
        gaps,
    }
}

fn nothing(verdict: Verdict, symptom_judged: bool, gaps: Vec<String>) -> Findings {
    Findings {
        verdict,
        onset: None,
        hypotheses: Vec::new(),
        ruled_out: Vec::new(),
        triggers: Vec::new(),
        symptom_judged,
        gaps,
    }
}

fn believe(picture: &Picture<'_>) -> Vec<f64> {
    let first = picture.standings.first().and_then(|first| picture.suspect(first.component));
    let basis = Basis {
        graph_known: picture.graph.known,
        symptom_abnormal: picture.symptom_abnormal(),
        weight: first.map_or(0.0, Suspect::weight),
    };
    confidences(basis, &picture.standings.iter().map(|standing| standing.score).collect::<Vec<_>>())
}

fn hypothesis(
    picture: &Picture<'_>,
    standing: &Standing,
    confidence: f64,
    change: Option<&Change>,
    ways: &BTreeMap<usize, usize>,
) -> Hypothesis {
    let name = picture.graph.name(standing.component);
    let mut supports = supports(picture, standing, ways);
    supports.extend(change.map(|change| Observation::Change { id: change.id.clone() }));
    Hypothesis {
        component: name.to_owned(),
        failure_mode: picture
            .suspect(standing.component)
            .map_or(common::FailureMode::Unknown, |suspect| failure_mode(suspect, change)),
        score: standing.score,
        confidence,
        supports,
        contradicts: contradicts(picture, standing),
    }
}

/// The suspects and what is a few calls away from them.
fn near<'a>(picture: &'a Picture<'_>) -> Vec<Near<'a>> {
    let most = picture.standings.first().map_or(0.0, |first| first.score);
    let mut near: BTreeMap<usize, Near<'a>> = BTreeMap::new();
    for standing in picture.standings.iter().take(MOST_HYPOTHESES).filter(|_| most > 0.0) {
        let belief = standing.score / most;
        for (component, calls) in picture.graph.around(standing.component, MOST_CALLS) {
            let one = Near { component: picture.graph.name(component), calls, belief };
            near.entry(component)
                .and_modify(|held| {
                    if (calls, -belief) < (held.calls, -held.belief) {
                        *held = one.clone();
                    }
                })
                .or_insert(one);
        }
    }
    near.into_values().collect()
}

/// What was not there to be looked at.
fn gaps(case: &Case, picture: Option<&Picture<'_>>) -> Vec<String> {
    let mut gaps = Vec::new();
    if picture.map_or(case.calls.is_none(), |picture| !picture.graph.known) {
        let why =
            "no call graph around the symptom: nothing tells cause from effect but how abnormal each is";
        gaps.push(why.to_owned());
    }
    if picture.is_some_and(|picture| !picture.symptom_judged()) {
        let symptom = &case.symptom;
        gaps.push(format!("{} of {} has no samples to be judged", symptom.metric, symptom.component));
    }
    for log in case.logs.iter().filter(|log| log.baseline.is_empty() && !log.incident.is_empty()) {
        gaps.push(format!("the log of {} has no lines from before to be compared with", log.component));
    }
    if let Some(picture) = picture {
        let unknown = picture.suspects.iter().filter(|suspect| suspect.is_unknown()).count();
        if unknown > 0 {
            gaps.push(format!(
                "{unknown} of {} components have no metric that can be judged",
                picture.graph.len()
            ));
        }
    }
    gaps
}
