//! Everything measured about one incident: scored series, suspects and their ranking, log changes, the onset.

use std::collections::BTreeSet;

use crate::{
    changes::triggers::ChangeHistory,
    incident_data::IncidentData,
    logs::log_diff::{ChangeKind, TemplateChange, Windows, diff},
    ranking::{
        abnormal::ABNORMAL,
        call_graph::CallGraph,
        cut_off::{CutOff, cut_offs, explain_cut_offs},
        explanation::{Explanations, Reason},
        incident_gate::IncidentGate,
        load::{LoadState, Loads, explain_load},
        own_errors::speaks_for_itself,
        pass_on::unchanged,
        rank::rank,
        ranked_suspect::RankedSuspect,
        relays::explain_relays,
        shared_limits::explain_limits,
        suspects::{Suspect, put_concurrent_first, suspects},
    },
    series::{
        anomaly::Anomaly,
        metric_kind::MetricKind,
        over_before::{over_until, symptom_onset},
        scored_series::{ScoredSeries, score_series},
        timeline::Timeline,
        worst_anomaly::worst_anomaly,
    },
};

/// A symptom with this anomaly score says when the incident was, if not that there was one: by chance two
/// samples in a row have it in one of two hundred.
const TIMED_BY_SYMPTOM: f64 = 1.5;

pub(crate) struct Observations<'a> {
    pub(crate) data: &'a IncidentData,
    pub(crate) timeline: Timeline,
    pub(crate) graph: CallGraph,
    relays: BTreeSet<usize>,
    pub(crate) scored: Vec<ScoredSeries>,
    pub(crate) suspects: Vec<Suspect>,
    /// The calls that are no longer made.
    pub(crate) cut_offs: Vec<CutOff>,
    /// The suspects that pass the incident gate, the best explanation first.
    pub(crate) ranking: Vec<RankedSuspect>,
    /// Log templates that are new or more frequent, with the component that logs them.
    pub(crate) log_changes: Vec<(usize, TemplateChange)>,
    /// The symptom's component in the call graph.
    pub(crate) symptom: Option<usize>,
    /// Index of the symptom's own metric among the scored series, where it could be scored.
    pub(crate) symptom_series: Option<usize>,
    pub(crate) symptom_anomaly: Option<Anomaly>,
    /// The step in which the incident began.
    pub(crate) onset: Option<usize>,
}

impl<'a> Observations<'a> {
    /// Measures the incident; `None` where no series has a sample of it.
    pub(crate) fn new(data: &'a IncidentData) -> Option<Self> {
        let timeline = Timeline::new(data)?;
        let graph = CallGraph::new(data);
        let mut scored = score_series(data, &timeline);
        let relays = indices(&graph, &data.roles.relays);
        let sharing: Vec<_> = data.roles.sharing.iter().map(|group| indices(&graph, group)).collect();
        let symptom = graph.index(&data.symptom.component);
        let symptom_kind = MetricKind::from_name(&data.symptom.metric);
        let is_symptom = |one: &ScoredSeries| {
            data.series.get(one.series).is_some_and(|series| data.is_symptom_metric(series))
        };
        let symptom_series = scored.iter().position(is_symptom);
        leave_out_what_was_over(&mut scored, symptom_series, &timeline);
        let own = symptom_series.and_then(|own| scored.get(own)).map(|own| &own.scores);
        let symptom_anomaly = own.and_then(|own| worst_anomaly(&own.by_step, &own.usual_excess, &timeline));
        let own = own.map(|own| own.by_step.as_slice());
        let symptom_scores =
            own.filter(|_| symptom_anomaly.is_some_and(|anomaly| anomaly.score >= TIMED_BY_SYMPTOM));

        // Twice: what was already abnormal before the onset is no part of the incident, and the onset is known
        // only once the likeliest suspect is.
        let suspects_since = |onset| {
            let mut suspects = suspects(data, &graph, &timeline, &scored, symptom_kind, onset);
            if let Some(symptom) = symptom_scores {
                put_concurrent_first(&mut suspects, symptom);
            }
            suspects
        };
        let abnormal =
            symptom_anomaly.filter(|anomaly| anomaly.score >= ABNORMAL).map(|anomaly| anomaly.onset);
        let onset = abnormal.or_else(|| {
            let suspects = suspects_since(None);
            let none = Explanations::new();
            let first =
                rank(&graph, &suspects, symptom, symptom_scores, &none, |_| 0.0).into_iter().next()?;
            Some(suspects.get(first.component)?.worst()?.anomaly.onset)
        });
        let mut suspects = suspects_since(onset);
        let log_changes = log_changes(data, &graph);
        for (component, change) in &log_changes {
            if let Some(suspect) = suspects.get_mut(*component).filter(|_| change.error) {
                suspect.has_new_errors = true;
                suspect.has_errors_of_its_own |= speaks_for_itself(*component, &change.template, &graph);
            }
        }
        let began = onset.map(|onset| timeline.time(onset));
        let history = ChangeHistory::new(data, began, timeline.period);
        let mut explanations =
            explain_load(Loads { graph: &graph, suspects: &suspects, scored: &scored, relays: &relays });
        explanations.extend(explain_limits(&suspects, &scored, &sharing));
        let cut_offs = cut_offs(data, &graph, &suspects, &scored);
        for one in &cut_offs {
            if let Some(suspect) = suspects.get_mut(one.caller) {
                suspect.missing_calls = suspect.missing_calls.max(one.missing);
            }
        }
        explanations.extend(explain_cut_offs(data, &graph, &suspects, &scored, &cut_offs));
        explanations.extend(explain_relays(&graph, &suspects, &scored, &relays));
        let just_changed = |component, by: usize| {
            let began = suspects.get(by).and_then(Suspect::worst).map(|metric| metric.anomaly.onset);
            began.is_some_and(|began| history.just_changed(graph.name(component), timeline.time(began)))
        };
        let explanations = unchanged(explanations, just_changed);
        let ranking = rank(&graph, &suspects, symptom, symptom_scores, &explanations, |component| {
            history.recent_change(component)
        });
        let seen_by_calm_caller = |place: usize| {
            let series = scored.get(place).and_then(|one| data.series.get(one.series));
            let caller = series.and_then(|series| graph.index(series.caller.as_deref()?));
            let shows = |caller: &Suspect| {
                let own = caller.metrics.iter().filter(|metric| !metric.is_of_calls);
                own.map(|metric| metric.weight).fold(0.0, f64::max) >= ABNORMAL
            };
            !caller.and_then(|caller| suspects.get(caller)).is_some_and(shows)
        };
        let gate = IncidentGate {
            seen_by_calm_caller: &seen_by_calm_caller,
            graph_known: graph.known,
            symptom_kind,
            symptom_scores: own,
            symptom_abnormal: abnormal.is_some(),
        };
        let passes =
            |one: &RankedSuspect| suspects.get(one.component).is_some_and(|its| gate.passes(one, its));
        let ranking = ranking.into_iter().filter(passes).collect();
        Some(Self {
            data,
            timeline,
            graph,
            relays,
            scored,
            suspects,
            cut_offs,
            ranking,
            log_changes,
            symptom,
            symptom_series,
            symptom_anomaly,
            onset,
        })
    }

    pub(crate) fn suspect(&self, component: usize) -> Option<&Suspect> {
        self.suspects.get(component)
    }

    /// Returns the step in which the fault began. What piles up lags behind what fails to work on it: then it is that one's.
    pub(crate) fn fault_onset(&self) -> Option<usize> {
        let symptom = self.ranking.iter().find(|one| Some(one.component) == self.symptom);
        let explanation = symptom.and_then(|symptom| symptom.explained_by);
        let behind = explanation.filter(|explanation| explanation.reason == Reason::HandsOn);
        let began = behind
            .and_then(|explanation| self.suspect(explanation.by)?.worst())
            .map(|metric| metric.anomaly.onset);
        self.onset.map(|onset| began.map_or(onset, |began| began.min(onset)))
    }

    /// Returns how the load of a component differs from the usual.
    pub(crate) fn load_state(&self, component: usize) -> LoadState {
        let Self { graph, suspects, scored, relays, .. } = self;
        Loads { graph, suspects, scored, relays }.state(component)
    }

    /// True where the symptom's own metric could be scored.
    pub(crate) fn symptom_judged(&self) -> bool {
        self.symptom_series.is_some()
    }

    /// True where the symptom's own metric is out of its usual range.
    pub(crate) fn symptom_abnormal(&self) -> bool {
        self.symptom_anomaly.is_some_and(|anomaly| anomaly.score >= ABNORMAL)
    }
}

/// Makes scores of before the symptom began unknown, where what they show was over by then.
fn leave_out_what_was_over(scored: &mut [ScoredSeries], symptom: Option<usize>, timeline: &Timeline) {
    let own = symptom.and_then(|symptom| scored.get(symptom)).map(|own| &own.scores);
    let Some(onset) = own.and_then(|own| symptom_onset(own, timeline, ABNORMAL)) else { return };
    for one in scored {
        let since = over_until(&one.scores.by_step, onset);
        one.scores.by_step.iter_mut().take(since).for_each(|score| *score = f64::NAN);
    }
}

fn indices(graph: &CallGraph, names: &BTreeSet<String>) -> BTreeSet<usize> {
    names.iter().filter_map(|name| graph.index(name)).collect()
}

/// Finds new templates, and spiking ones that read like errors, the most telling of each component first. A
/// line that reads like no error and comes more often only says that there is more traffic.
fn log_changes(data: &IncidentData, graph: &CallGraph) -> Vec<(usize, TemplateChange)> {
    let mut found = Vec::new();
    for log in &data.logs {
        // Where no baseline was read, everything would be new.
        let Some(component) = graph.index(&log.component).filter(|_| !log.baseline.is_empty()) else {
            continue;
        };
        let windows =
            Windows { baseline_seconds: log.baseline_seconds, incident_seconds: log.incident_seconds };
        let changes = diff(&log.baseline, &log.incident, windows);
        found.extend(
            changes
                .into_iter()
                .filter(|change| {
                    change.kind == ChangeKind::New || (change.kind == ChangeKind::Spiking && change.error)
                })
                .map(|change| (component, change)),
        );
    }
    found
}
