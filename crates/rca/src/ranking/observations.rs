//! All that is known of a case before anything is concluded.

use crate::{
    changes::triggers::Trail,
    incident_data::Case,
    logs::log_diff::{ChangeKind, TemplateChange, Windows, diff},
    ranking::call_graph::Graph,
    ranking::incident_gate::is_believable,
    ranking::rank::{ABNORMAL, Standing, rank},
    ranking::suspects::{Suspect, is_of_symptom, suspects},
    series::anomaly::{Peak, peak},
    series::metric_kind::Kind,
    series::scored_series::{Deviation, deviations},
    series::timeline::Timeline,
};

/// A symptom this far off says something about when, if not whether: by chance two samples in a row are
/// so in one of two hundred.
const TELLS_WHEN: f64 = 1.5;

pub(crate) struct Picture<'a> {
    pub(crate) case: &'a Case,
    pub(crate) timeline: Timeline,
    pub(crate) graph: Graph,
    pub(crate) deviations: Vec<Deviation>,
    pub(crate) suspects: Vec<Suspect>,
    /// Those that can be believed, the best explanation first.
    pub(crate) standings: Vec<Standing>,
    /// What the logs say now that they did not before, by component.
    pub(crate) complaints: Vec<(usize, TemplateChange)>,
    pub(crate) symptom: Option<usize>,
    pub(crate) symptom_kind: Kind,
    /// The symptom's own metric among the deviations, where it could be judged.
    pub(crate) symptom_deviation: Option<usize>,
    pub(crate) symptom_peak: Option<Peak>,
    /// The step in which it began.
    pub(crate) onset: Option<usize>,
}

impl<'a> Picture<'a> {
    /// `None` where there is nothing of the incident to look at.
    pub(crate) fn of(case: &'a Case) -> Option<Self> {
        let timeline = Timeline::of(case)?;
        let graph = Graph::of(case);
        let deviations = deviations(case, &timeline);
        let symptom = graph.place(&case.symptom.component);
        let symptom_kind = Kind::of(&case.symptom.metric);
        let is_symptom =
            |one: &Deviation| case.series.get(one.series).is_some_and(|series| is_of_symptom(case, series));
        let symptom_deviation = deviations.iter().position(is_symptom);
        let own = symptom_deviation.and_then(|own| deviations.get(own));
        let symptom_peak = own.and_then(|own| peak(&own.judged.by_step, &timeline));
        let course = own
            .filter(|_| symptom_peak.is_some_and(|peak| peak.height >= TELLS_WHEN))
            .map(|own| own.judged.by_step.as_slice());

        // Twice: what was already so before the onset is no part of the incident, and the onset is known
        // only once the likeliest is.
        let judge = |onset| suspects(case, &graph, &timeline, &deviations, symptom_kind, onset);
        let abnormal = symptom_peak.filter(|peak| peak.height >= ABNORMAL).map(|peak| peak.onset);
        let onset = abnormal.or_else(|| {
            let suspects = judge(None);
            let first = rank(&graph, &suspects, symptom, course, |_| 0.0).into_iter().next()?;
            Some(suspects.get(first.component)?.worst()?.peak.onset)
        });
        let mut suspects = judge(onset);
        let complaints = complaints(case, &graph);
        for (component, change) in &complaints {
            if let Some(suspect) = suspects.get_mut(*component).filter(|_| change.error) {
                suspect.complains = true;
            }
        }
        let began = onset.map(|onset| timeline.time(onset));
        let trail = Trail::of(case, began, timeline.period);
        let standings = rank(&graph, &suspects, symptom, course, |component| trail.touched_lately(component));
        let mut picture = Self {
            case,
            timeline,
            graph,
            deviations,
            suspects,
            standings,
            complaints,
            symptom,
            symptom_kind,
            symptom_deviation,
            symptom_peak,
            onset,
        };
        let standings = std::mem::take(&mut picture.standings);
        picture.standings = standings.into_iter().filter(|one| is_believable(&picture, one)).collect();
        Some(picture)
    }

    pub(crate) fn suspect(&self, component: usize) -> Option<&Suspect> {
        self.suspects.get(component)
    }

    /// The symptom's own deviations a step.
    pub(crate) fn symptom_course(&self) -> Option<&[f64]> {
        Some(&self.deviations.get(self.symptom_deviation?)?.judged.by_step)
    }

    pub(crate) fn symptom_judged(&self) -> bool {
        self.symptom_deviation.is_some()
    }

    /// Whether the symptom's own metric is out of its ordinary range.
    pub(crate) fn symptom_abnormal(&self) -> bool {
        self.symptom_peak.is_some_and(|peak| peak.height >= ABNORMAL)
    }
}

/// New templates, and spiking ones that read like errors, the most telling of each component first. That a
/// plain line comes more often says that there is more to do.
fn complaints(case: &Case, graph: &Graph) -> Vec<(usize, TemplateChange)> {
    let mut found = Vec::new();
    for log in &case.logs {
        // Where nothing was read before, everything is new, and nothing is said by it.
        let Some(component) = graph.place(&log.component).filter(|_| !log.baseline.is_empty()) else {
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
