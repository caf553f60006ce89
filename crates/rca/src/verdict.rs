//! Whether something is wrong, and whether the data says what.

use crate::{
    findings::Verdict,
    picture::Picture,
    rank::{ABNORMAL, Standing},
    suspect::relevance,
};

/// Where the symptom's own metric shows nothing, or is not there, another component's must show this
/// many times as much, unless it is of the symptom's own kind on the symptom's own path.
const UNCONFIRMED: f64 = 2.0;
/// Below this confidence the first is no better than any other.
const LEAST_CONFIDENCE: f64 = 0.15;

/// `confidence`: of the first standing.
pub(crate) fn verdict(picture: &Picture<'_>, confidence: f64) -> Verdict {
    let symptom = &picture.case.symptom;
    if picture.deviations.is_empty() && picture.complaints.is_empty() {
        return Verdict::Abstain { why: "no series has a baseline to be compared with".to_owned() };
    }
    let calm = || match picture.symptom_peak {
        Some(peak) if picture.symptom_judged => format!(
            "{} of {} stayed within its ordinary range ({:.1} deviations at worst), and so did what it depends on",
            symptom.metric, symptom.component, peak.height
        ),
        _ if picture.symptom_judged => format!(
            "{} of {} was never worse than is ordinary, and so was what it depends on",
            symptom.metric, symptom.component
        ),
        _ => "nothing that could be judged is out of its ordinary range".to_owned(),
    };
    let Some(first) = picture.standings.iter().find(|standing| is_believable(picture, standing)) else {
        return if picture.symptom_judged {
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

/// Whether a component's abnormality is enough to speak of an incident.
fn is_believable(picture: &Picture<'_>, standing: &Standing) -> bool {
    if picture.symptom_abnormal() {
        return true;
    }
    let Some(suspect) = picture.suspect(standing.component) else { return false };
    let same_kind = suspect.worst().is_some_and(|worst| relevance(worst.kind, picture.symptom_kind) >= 1.0);
    let near = picture.graph.known && standing.on_path && same_kind;
    suspect.weight() >= if near { ABNORMAL } else { UNCONFIRMED * ABNORMAL }
}
