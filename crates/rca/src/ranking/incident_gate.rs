//! Whether a component's abnormality is enough to speak of an incident.

use crate::{
    ranking::observations::Picture,
    ranking::rank::{ABNORMAL, Standing},
    ranking::suspects::relevance,
    series::anomaly::carried,
    series::statistics::Sorted,
};

/// Where the symptom's own metric shows nothing, or is not there, another component's must show this
/// many times as much, unless it is of the symptom's own kind on the symptom's own path.
const UNCONFIRMED: f64 = 2.0;
/// The symptom's own metric must stray this far at the time: by chance it does once in six.
const LEANS: f64 = 1.0;
/// A component of the symptom's kind that is this much worse is believed all the same: what few requests
/// pass does not move a median, and graphs miss edges.
const OVERWHELMING: f64 = 3.0;

/// With an abnormal symptom anything abnormal is. Without, of dozens of components one is always having a
/// moment: it matters where the symptom can come from it, and leans the same way at the time.
pub(crate) fn is_believable(picture: &Picture<'_>, standing: &Standing) -> bool {
    if picture.symptom_abnormal() {
        return true;
    }
    let Some(suspect) = picture.suspect(standing.component) else { return false };
    // Only its log speaks, and a program logs something new every day: not against a symptom that is calm.
    let Some(worst) = suspect.worst() else {
        return picture.graph.known && standing.on_path && !picture.symptom_judged();
    };
    let same_kind = relevance(worst.kind, picture.symptom_kind) >= 1.0;
    let overwhelming = picture.graph.known && same_kind && suspect.weight() >= OVERWHELMING * ABNORMAL;
    if picture.graph.known && !standing.on_path && !overwhelming {
        return false;
    }
    if let Some(course) = picture.symptom_course().filter(|_| !overwhelming) {
        let stretch = worst.peak.to.saturating_sub(worst.peak.from);
        let meanwhile = Sorted::of(carried(course).skip(worst.peak.from).take(stretch)).median();
        if meanwhile.is_nan() || meanwhile < LEANS {
            return false;
        }
    }
    suspect.weight() >= if picture.graph.known && same_kind { ABNORMAL } else { UNCONFIRMED * ABNORMAL }
}
