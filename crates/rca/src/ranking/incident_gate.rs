//! Decides if an abnormal component is an incident.

use crate::{
    ranking::{
        abnormal::ABNORMAL,
        ranked_suspect::RankedSuspect,
        suspects::{AbnormalMetric, Suspect, relevance},
    },
    series::{metric_kind::MetricKind, similarity::forward_filled, statistics::Sorted},
};

/// The factor on [`ABNORMAL`] for another component where the symptom's own metric shows nothing or is missing,
/// unless the component's metric is of the symptom's kind and on its call path.
const UNCONFIRMED: f64 = 2.0;
/// The anomaly score that the symptom's own metric must have meanwhile: by chance it has it once in six.
const LEAST_SYMPTOM_SCORE: f64 = 1.0;
/// A component whose metric of the symptom's kind is this much worse passes all the same: what few requests
/// pass does not move a median, and graphs miss edges. One sample is no proof, nor is what a caller sees and does not
/// show itself: it is measured, and would.
const OVERWHELMING: f64 = 3.0;

/// The gate, with what it needs to know about the symptom.
pub(crate) struct IncidentGate<'a> {
    pub(crate) graph_known: bool,
    pub(crate) symptom_kind: MetricKind,
    /// Anomaly scores of the symptom's own metric, where it could be scored.
    pub(crate) symptom_scores: Option<&'a [f64]>,
    pub(crate) symptom_abnormal: bool,
    /// Tells by the index of a scored series that it is of calls, and that who makes them shows no anomaly of its own.
    pub(crate) seen_by_calm_caller: &'a dyn Fn(usize) -> bool,
}

impl IncidentGate<'_> {
    /// Decides whether a suspect is part of an incident. With an abnormal symptom every abnormal component is.
    /// Without one, of dozens of components one is always abnormal by chance: it counts where the symptom can
    /// come from it, and the symptom is worse at the same time.
    pub(crate) fn passes(&self, ranked: &RankedSuspect, suspect: &Suspect) -> bool {
        if self.symptom_abnormal {
            return true;
        }
        // Only its log is abnormal, and a program logs something new every day: not against a usual symptom.
        let Some(worst) = suspect.worst() else {
            return self.graph_known && ranked.on_path && self.symptom_scores.is_none();
        };
        let same_kind = relevance(worst.kind, self.symptom_kind) >= 1.0;
        let overwhelming =
            self.graph_known && suspect.metrics.iter().any(|metric| self.is_overwhelming(metric));
        if self.graph_known && !ranked.on_path && !overwhelming {
            return false;
        }
        if let Some(scores) = self.symptom_scores.filter(|_| !overwhelming) {
            let stretch = worst.anomaly.to.saturating_sub(worst.anomaly.from);
            let meanwhile =
                Sorted::new(forward_filled(scores).skip(worst.anomaly.from).take(stretch)).median();
            if meanwhile.is_nan() || meanwhile < LEAST_SYMPTOM_SCORE {
                return false;
            }
        }
        suspect.weight() >= if self.graph_known && same_kind { ABNORMAL } else { UNCONFIRMED * ABNORMAL }
    }

    fn is_overwhelming(&self, metric: &AbnormalMetric) -> bool {
        relevance(metric.kind, self.symptom_kind) >= 1.0
            && metric.weight >= OVERWHELMING * ABNORMAL
            && metric.anomaly.to > metric.anomaly.from + 1
            && !(metric.is_of_calls && (self.seen_by_calm_caller)(metric.scored))
    }
}
