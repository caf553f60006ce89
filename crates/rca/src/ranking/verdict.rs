//! Whether something is wrong, and whether the data says what.

use crate::{findings::Verdict, ranking::observations::Picture};

/// Below this confidence the first is no better than any other: six as good as each other.
const LEAST_CONFIDENCE: f64 = 0.15;

/// `confidence`: of the first standing.
pub(crate) fn verdict(picture: &Picture<'_>, confidence: f64) -> Verdict {
    let symptom = &picture.case.symptom;
    if picture.deviations.is_empty() && picture.complaints.is_empty() {
        return Verdict::Abstain { why: "no series has a baseline to be compared with".to_owned() };
    }
    let calm = || match picture.symptom_peak {
        Some(peak) if picture.symptom_judged() => format!(
            "{} of {} stayed within its ordinary range ({:.1} deviations at worst), and so did what it depends on",
            symptom.metric, symptom.component, peak.height
        ),
        _ if picture.symptom_judged() => format!(
            "{} of {} was never worse than is ordinary, nor was what it depends on",
            symptom.metric, symptom.component
        ),
        _ => "nothing that could be judged is out of its ordinary range".to_owned(),
    };
    let Some(first) = picture.standings.first() else {
        return if picture.symptom_judged() {
            Verdict::Healthy { why: calm() }
        } else {
            Verdict::Abstain { why: format!("the symptom's own metric could not be judged; {}", calm()) }
        };
    };
    if confidence < LEAST_CONFIDENCE {
        let why = format!(
            "{} components are abnormal, and none explains the others better than the next: {} is the first",
            picture.standings.len(),
            picture.graph.name(first.component)
        );
        return Verdict::Abstain { why };
    }
    Verdict::RootCause
}
