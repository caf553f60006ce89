//! Scores the components as suspects: how abnormal each one is, as far as the symptom can come from it.

use crate::{
    incident_data::IncidentData,
    ranking::{abnormal::ABNORMAL, call_blame::blamed_components, call_graph::CallGraph},
    series::{
        anomaly::Anomaly,
        anomaly_scores::AnomalyScores,
        metric_kind::MetricKind,
        over_before::CALM,
        scored_series::ScoredSeries,
        similarity::similarity,
        statistics::Sorted,
        timeline::Timeline,
        worst_anomaly::{less_prior_level, worst_anomaly},
    },
};

/// One metric of a component that left its baseline.
#[derive(Debug, Clone)]
pub(crate) struct AbnormalMetric {
    /// Index among the scored series.
    pub(crate) scored: usize,
    pub(crate) kind: MetricKind,
    /// A caller measured it.
    pub(crate) is_of_calls: bool,
    pub(crate) anomaly: Anomaly,
    /// How many times the usual value it is while it is abnormal; NaN where that is not known.
    pub(crate) times: f64,
    /// `anomaly.score`, weighed by how much such a metric says about such a symptom.
    pub(crate) weight: f64,
    /// Anomaly scores in each step, less the level that they already had before the onset.
    pub(crate) scores: Vec<f64>,
}

/// A component and its abnormal metrics, the worst first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Suspect {
    pub(crate) metrics: Vec<AbnormalMetric>,
    /// At least one of its metrics could be scored.
    pub(crate) known: bool,
    /// Requests in each step before the incident, where they are counted.
    pub(crate) traffic: Option<f64>,
    /// The share of the calls it should make that is missing, from 0 to 1: requests end at it.
    pub(crate) missing_calls: f64,
    /// Its log has new lines that read like errors, or old ones far more often.
    pub(crate) has_new_errors: bool,
    /// Among them are errors that speak of no wait and of no other component.
    pub(crate) has_errors_of_its_own: bool,
}

/// The weight of new errors in the log where no metric of the component is known: a little more than
/// [`ABNORMAL`], because nothing tells how abnormal it is.
const NEW_ERRORS_WEIGHT: f64 = 5.0;

impl Suspect {
    pub(crate) fn worst(&self) -> Option<&AbnormalMetric> {
        self.metrics.first()
    }

    pub(crate) fn weight(&self) -> f64 {
        match self.worst() {
            Some(metric) => metric.weight,
            None if self.has_new_errors && !self.known => NEW_ERRORS_WEIGHT,
            None => 0.0,
        }
    }

    /// True where it fails more than anything else, at something that its log names and that is no wait for another.
    pub(crate) fn fails_by_itself(&self) -> bool {
        self.has_errors_of_its_own && self.worst().is_some_and(|worst| is_failing(worst.kind))
    }

    /// True where all that is wrong with it is that it is slow, and perhaps busy: what it is asked for it answers.
    pub(crate) fn is_only_slow(&self) -> bool {
        let abnormal = || self.metrics.iter().filter(|metric| metric.anomaly.score >= ABNORMAL);
        let is_slow = |kind| kind == MetricKind::Latency;
        !self.has_new_errors
            && abnormal().any(|metric| is_slow(metric.kind))
            && abnormal().all(|metric| is_slow(metric.kind) || metric.kind.is_load())
    }

    /// True where requests end at it, and it calls no further.
    pub(crate) fn ends_requests(&self) -> bool {
        self.missing_calls > 0.0
    }

    /// True where something that it uses up is abnormal.
    pub(crate) fn runs_short(&self) -> bool {
        let is_used_up = |kind| {
            matches!(
                kind,
                MetricKind::Cpu
                    | MetricKind::Memory
                    | MetricKind::Disk
                    | MetricKind::Connections
                    | MetricKind::Throttles
            )
        };
        self.metrics.iter().any(|metric| is_used_up(metric.kind) && metric.anomaly.score >= ABNORMAL)
    }

    /// True where neither metrics nor logs tell its state.
    pub(crate) fn is_unknown(&self) -> bool {
        !self.known && !self.has_new_errors
    }
}

/// Slowness makes errors by time-outs, and errors slowness by retries, but mostly each makes its own.
const OTHER_SYMPTOM: f64 = 0.4;
/// A resource that runs short shows in answers sooner or later; one that is busy need not.
const RESOURCE: f64 = 0.7;

pub(crate) const fn is_failing(kind: MetricKind) -> bool {
    matches!(kind, MetricKind::Errors | MetricKind::Availability | MetricKind::Throttles)
}

/// Returns true for a metric of how a component answers.
const fn flows(kind: MetricKind) -> bool {
    is_failing(kind) || matches!(kind, MetricKind::Latency)
}

/// Weighs, from 0 to 1, how much a metric of `kind` says about a symptom of kind `of`: slowness comes from slowness and errors
/// from errors; each can come from the other (time-outs, retries), and both from a resource that is short.
pub(crate) fn relevance(kind: MetricKind, of: MetricKind) -> f64 {
    let same = kind == of || (is_failing(kind) && is_failing(of));
    let share = match (flows(of), flows(kind)) {
        (true, true) => OTHER_SYMPTOM,
        (true, false) => RESOURCE,
        // A symptom of a resource, or one that nobody knows: anything may be behind it.
        (false, _) => 1.0,
    };
    if same { 1.0 } else { share * kind.weight() }
}

/// Makes a suspect of every component, indexed as in `graph`. What was already abnormal before `onset` is not
/// counted.
pub(crate) fn suspects(
    data: &IncidentData,
    graph: &CallGraph,
    timeline: &Timeline,
    all_scored: &[ScoredSeries],
    symptom: MetricKind,
    onset: Option<usize>,
) -> Vec<Suspect> {
    let mut suspects = vec![Suspect::default(); graph.len()];
    let judged: Vec<(Vec<f64>, Option<Anomaly>)> = all_scored
        .iter()
        .map(|scored| {
            let scores = onset.map_or_else(
                || scored.scores.by_step.clone(),
                |onset| less_prior_level(&scored.scores.by_step, onset),
            );
            let anomaly = worst_anomaly(&scores, &scored.scores.usual_excess, timeline);
            (scores, anomaly)
        })
        .collect();
    let anomalies: Vec<f64> =
        judged.iter().map(|(_, anomaly)| anomaly.map_or(0.0, |anomaly| anomaly.score)).collect();
    let blamed = blamed_components(data, graph, all_scored, &anomalies);
    let observed = observed_kind(&blamed, all_scored, symptom, graph.len());
    for (index, ((scored, (scores, anomaly)), blamed)) in
        all_scored.iter().zip(judged).zip(blamed).enumerate()
    {
        let Some((component, suspect)) = blamed.and_then(|at| Some((at, suspects.get_mut(at)?))) else {
            continue;
        };
        suspect.known = true;
        if scored.counts_requests {
            suspect.traffic = scored.scores.expected.first().copied().filter(|count| count.is_finite());
        }
        let Some(anomaly) = anomaly else { continue };
        let already_abnormal = onset.is_none() && was_abnormal_at_once(&scored.scores, &anomaly, timeline);
        // How it answers is measured, if not in the symptom's kind; what it runs short of stands for what is not.
        let unobserved = !observed.get(component).copied().unwrap_or(false) && !flows(scored.kind);
        let says = if unobserved { scored.kind.weight() } else { relevance(scored.kind, symptom) };
        let weight = anomaly.score * says * if already_abnormal { ALREADY } else { 1.0 };
        suspect.metrics.push(AbnormalMetric {
            scored: index,
            kind: scored.kind,
            is_of_calls: data.series.get(scored.series).is_some_and(|series| series.caller.is_some()),
            anomaly,
            times: times_the_usual(&scored.scores, &scores, &anomaly),
            weight,
            scores,
        });
    }
    for suspect in &mut suspects {
        suspect.metrics.sort_by(|one, other| {
            other.weight.total_cmp(&one.weight).then_with(|| one.scored.cmp(&other.scored))
        });
    }
    suspects
}

/// Takes the samples in which it is abnormal, because others may lie between them. `by_step` has the anomaly scores.
fn times_the_usual(scores: &AnomalyScores, by_step: &[f64], anomaly: &Anomaly) -> f64 {
    let times = (anomaly.from..anomaly.to)
        .filter(|step| by_step.get(*step).is_some_and(|score| *score >= CALM))
        .filter_map(|step| Some(scores.values.get(step)? / scores.expected.get(step)?));
    Sorted::new(times).median()
}

/// Tells of each component whether something of the symptom's kind is measured on it. Where nothing is, it is not calm but
/// unobserved.
fn observed_kind(
    blamed: &[Option<usize>],
    scored: &[ScoredSeries],
    symptom: MetricKind,
    components: usize,
) -> Vec<bool> {
    let mut observed = vec![false; components];
    for (component, one) in blamed.iter().zip(scored) {
        let same = relevance(one.kind, symptom) >= 1.0;
        if let Some(observed) = component.and_then(|component| observed.get_mut(component)) {
            *observed |= same;
        }
    }
    observed
}

/// A metric whose scores are less similar to the symptom's was abnormal at another time: a level that is high throughout is
/// as similar to a short rise as this.
pub(crate) const LEAST_SIMILARITY: f64 = 0.6;

/// Puts the worst metric first that is abnormal at the same time as the symptom, whose anomaly scores are `symptom`. What
/// happened at another time is another incident.
pub(crate) fn put_concurrent_first(suspects: &mut [Suspect], symptom: &[f64]) {
    for suspect in suspects {
        let abnormal = suspect.metrics.partition_point(|metric| metric.weight >= ABNORMAL);
        let is_concurrent = |metric: &AbnormalMetric| similarity(&metric.scores, symptom) >= LEAST_SIMILARITY;
        let metrics = suspect.metrics.get_mut(..abnormal).filter(|metrics| metrics.len() > 1);
        if let Some(metrics) = metrics
            && let Some(first) = metrics.iter().position(is_concurrent)
        {
            metrics.get_mut(..=first).into_iter().for_each(|metrics| metrics.rotate_right(1));
        }
    }
}

/// The share of its weight that a metric keeps, before the onset is known, that was abnormal from the first sample of a window
/// that begins before anything was noticed: it may differ from its baseline for older reasons.
const ALREADY: f64 = 0.5;

fn was_abnormal_at_once(scores: &AnomalyScores, anomaly: &Anomaly, timeline: &Timeline) -> bool {
    let first = scores.by_step.iter().position(|value| value.is_finite());
    !scores.baseline_adjoins
        && timeline.detected.is_some_and(|detected| first < Some(detected))
        && first == Some(anomaly.onset)
}
