//! How abnormal each component is, as far as the symptom can come from it.

use std::collections::BTreeMap;

use crate::{
    incident_data::{Case, Series},
    ranking::call_graph::Graph,
    series::anomaly::{Peak, peak, risen},
    series::metric_kind::Kind,
    series::scored_series::{Deviation, Judged},
    series::timeline::Timeline,
};

/// One metric of a component that strays.
#[derive(Debug, Clone)]
pub(crate) struct Aspect {
    /// Its place among the deviations.
    pub(crate) deviation: usize,
    pub(crate) kind: Kind,
    pub(crate) peak: Peak,
    /// `peak.height`, weighed by how much such a metric says about such a symptom.
    pub(crate) weight: f64,
    /// Deviations a step, less what was already so before the onset.
    pub(crate) by_step: Vec<f64>,
}

/// A component with what is abnormal about it, the worst first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Suspect {
    pub(crate) aspects: Vec<Aspect>,
    /// Whether anything of it could be judged at all.
    pub(crate) known: bool,
    /// Requests a step before the incident, where they are counted.
    pub(crate) traffic: Option<f64>,
    /// Whether its log says new things that read like errors, or old ones far more often.
    pub(crate) complains: bool,
}

/// What a complaint in the log weighs where no metric of a component is known: a little more than
/// abnormal, because nothing tells how much.
const COMPLAINT: f64 = 5.0;

impl Suspect {
    pub(crate) fn worst(&self) -> Option<&Aspect> {
        self.aspects.first()
    }

    pub(crate) fn weight(&self) -> f64 {
        match self.worst() {
            Some(aspect) => aspect.weight,
            None if self.complains && !self.known => COMPLAINT,
            None => 0.0,
        }
    }

    /// Whether nothing tells how it fares.
    pub(crate) fn is_unknown(&self) -> bool {
        !self.known && !self.complains
    }
}

/// Slowness makes errors by time-outs, and errors slowness by retries, but mostly each makes its own.
const OTHER_FLOW: f64 = 0.4;
/// A resource that runs short shows in answers sooner or later; one that is busy need not.
const RESOURCE: f64 = 0.7;

/// How much a metric of `kind` says about a symptom of kind `of`: slowness comes from slowness and errors
/// from errors; each can come from the other (time-outs, retries), and both from a resource that is short.
pub(crate) fn relevance(kind: Kind, of: Kind) -> f64 {
    let is_failing = |kind| matches!(kind, Kind::Errors | Kind::Availability | Kind::Throttles);
    let same = kind == of || (is_failing(kind) && is_failing(of));
    let flows = |kind| is_failing(kind) || kind == Kind::Latency;
    let share = match (flows(of), flows(kind)) {
        (true, true) => OTHER_FLOW,
        (true, false) => RESOURCE,
        // A symptom of a resource, or one that nobody knows: anything may be behind it.
        (false, _) => 1.0,
    };
    if same { 1.0 } else { share * kind.weight() }
}

/// Statistics that tell how most requests fare come first; an extreme is the noisiest.
fn rank_of_statistic(statistic: &str) -> u8 {
    match statistic.to_ascii_lowercase().as_str() {
        "average" | "mean" | "avg" | "sum" | "total" => 0,
        "p50" | "median" | "tm50" => 1,
        "p90" | "p95" => 2,
        _ => 3,
    }
}

/// All components by number. `onset`: what was already so before it is no part of the incident.
pub(crate) fn suspects(
    case: &Case,
    graph: &Graph,
    timeline: &Timeline,
    deviations: &[Deviation],
    symptom: Kind,
    onset: Option<usize>,
) -> Vec<Suspect> {
    let mut suspects = vec![Suspect::default(); graph.len()];
    for (place, deviation) in deviations.iter().enumerate() {
        let component = case.series.get(deviation.series).map_or("", |series| series.component.as_str());
        let Some(suspect) = graph.place(component).and_then(|at| suspects.get_mut(at)) else { continue };
        suspect.known = true;
        if deviation.counts_requests {
            suspect.traffic = deviation.judged.usual.first().copied().filter(|count| count.is_finite());
        }
        let by_step = onset.map_or_else(
            || deviation.judged.by_step.clone(),
            |onset| risen(&deviation.judged.by_step, onset),
        );
        let Some(peak) = peak(&by_step, timeline) else { continue };
        let already = onset.is_none() && was_already_so(&deviation.judged, &peak, timeline);
        let weight = peak.height * relevance(deviation.kind, symptom) * if already { ALREADY } else { 1.0 };
        suspect.aspects.push(Aspect { deviation: place, kind: deviation.kind, peak, weight, by_step });
    }
    for suspect in &mut suspects {
        suspect.aspects.sort_by(|one, other| {
            other.weight.total_cmp(&one.weight).then_with(|| one.deviation.cmp(&other.deviation))
        });
    }
    suspects
}

/// What a metric weighs, before the onset is known, that was abnormal from the first sample of a window
/// that begins before anything was noticed: it may differ from its baseline for older reasons.
const ALREADY: f64 = 0.5;

fn was_already_so(judged: &Judged, peak: &Peak, timeline: &Timeline) -> bool {
    let first = judged.by_step.iter().position(|value| value.is_finite());
    !judged.adjoining
        && timeline.noticed.is_some_and(|noticed| first < Some(noticed))
        && first == Some(peak.onset)
}

/// The series that speak: of several statistics of one metric the one that tells most, and the symptom's own.
pub(crate) fn speaking(case: &Case) -> Vec<usize> {
    let mut speaking: BTreeMap<(&str, &str), (bool, u8, &str, usize)> = BTreeMap::new();
    for (place, series) in case.series.iter().enumerate() {
        let named = series.statistic.eq_ignore_ascii_case(&case.symptom.statistic);
        let is_symptom = is_of_symptom(case, series) && named;
        let rank = (!is_symptom, rank_of_statistic(&series.statistic), series.id.as_str(), place);
        let held = speaking.entry((&series.component, &series.metric)).or_insert(rank);
        *held = (*held).min(rank);
    }
    let mut places: Vec<usize> = speaking.into_values().map(|(.., place)| place).collect();
    places.sort_by_key(|place| {
        case.series.get(*place).map(|series| (&series.component, &series.metric, &series.id))
    });
    places
}

pub(crate) fn is_of_symptom(case: &Case, series: &Series) -> bool {
    series.component == case.symptom.component && series.metric.eq_ignore_ascii_case(&case.symptom.metric)
}
