//! Reaches the verdict: a root cause, healthy, or abstain.

use crate::{findings::Verdict, ranking::observations::Observations};

/// Below this confidence the first suspect is no better than any other: six are as good as each other.
const LEAST_CONFIDENCE: f64 = 0.15;

/// Decides. `confidence`: of the first suspect.
pub(crate) fn verdict(observed: &Observations<'_>, confidence: f64) -> Verdict {
    let symptom = &observed.data.symptom;
    if observed.scored.is_empty() && observed.log_changes.is_empty() {
        return Verdict::Abstain { why: "no metric has a baseline to compare with".to_owned() };
    }
    let in_range = || match observed.symptom_anomaly {
        Some(anomaly) if observed.symptom_judged() => format!(
            "{} of {} stayed in its usual range (at most {:.1} standard deviations from its baseline), and so did its dependencies",
            symptom.metric, symptom.component, anomaly.score
        ),
        _ if observed.symptom_judged() => format!(
            "{} of {} stayed in its usual range or better, and so did its dependencies",
            symptom.metric, symptom.component
        ),
        _ => "everything that could be compared with a baseline is in its usual range".to_owned(),
    };
    let Some(first) = observed.ranking.first() else {
        return if observed.symptom_judged() {
            Verdict::Healthy { why: in_range() }
        } else {
            Verdict::Abstain {
                why: format!(
                    "the symptom's own metric could not be compared with a baseline; {}",
                    in_range()
                ),
            }
        };
    };
    if confidence < LEAST_CONFIDENCE {
        let why = format!(
            "{} components are abnormal and none stands out as the cause; {} ranks first",
            observed.ranking.len(),
            observed.graph.name(first.component)
        );
        return Verdict::Abstain { why };
    }
    Verdict::RootCause
}
