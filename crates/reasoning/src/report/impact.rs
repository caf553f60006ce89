//! Measures the impact: what customers notice, in numbers that were measured where the symptom is; silence
//! where there are none.

use common::{Arn, Observed, Severity, findings::MetricDigest};

use crate::{
    evidence::call_graph::symptom_component,
    evidence::text::{LINE_CHARS, VALUE_CHARS, masked_line},
    judgement::incident_evidence::IncidentEvidence,
};

/// Robust standard deviations below which a metric did what it usually does.
const USUAL_DEVIATIONS: f64 = 3.0;

/// A share of failures that moved by less than this is no news.
const LEAST_SHARE: f64 = 0.005;

/// Half of what customers ask for fails: nearly an outage.
const SEV1_SHARE: f64 = 0.5;

/// One call in twenty fails: many customers notice.
const SEV2_SHARE: f64 = 0.05;

/// The measured impact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Impact {
    /// At most two sentences.
    pub(crate) sentence: String,
    pub(crate) severity: Option<Severity>,
}

/// Metrics that count failures, each with the one that counts all calls.
const SHARES: [(&str, &str); 4] = [
    ("Errors", "Invocations"),
    ("HTTPCode_Target_5XX_Count", "RequestCount"),
    ("HTTPCode_ELB_5XX_Count", "RequestCount"),
    ("5xx", "Count"),
];

/// Metrics with one of these in their names tell how a machine feels, which nobody outside notices.
const INTERNAL: [&str; 8] = ["cpu", "memory", "disk", "storage", "heap", "credit", "burst", "statuscheck"];

/// Returns the impact; `None` where no metric shows one.
pub(crate) fn impact(case: &IncidentEvidence<'_>) -> Option<Impact> {
    let looks = case.evidence.iter().filter_map(|one| match &one.observed {
        Observed::Metrics { series, .. } => Some((one.observed_at, &one.id, series)),
        _ => None,
    });
    // The last look counts.
    let (.., series) = looks.max_by_key(|(at, id, _)| (*at, *id))?;
    let mut sentences: Vec<String> = Vec::new();
    let worst = worst_share(case, series);
    sentences.extend(worst.as_ref().map(|(_, sentence)| sentence.clone()));
    let mut own: Vec<String> = series.iter().filter_map(own_metric).collect();
    own.sort();
    sentences.extend(own.into_iter().next());
    (!sentences.is_empty()).then(|| Impact {
        sentence: masked_line(&sentences.join(" "), LINE_CHARS),
        severity: worst.and_then(|(share, _)| severity_of(share)),
    })
}

/// Returns the severity that a share of failing calls calls for, from 0 to 1; `None` for one that does not raise any.
fn severity_of(failing: f64) -> Option<Severity> {
    if failing >= SEV1_SHARE {
        Some(Severity::Sev1)
    } else if failing >= SEV2_SHARE {
        Some(Severity::Sev2)
    } else {
        None
    }
}

/// Returns the largest share of calls that fail where the symptom is, as a number and as a sentence.
fn worst_share(case: &IncidentEvidence<'_>, series: &[MetricDigest]) -> Option<(f64, String)> {
    let component = symptom_component(case.signal)?;
    let shares = SHARES.iter().filter_map(|(part, whole)| share(series, &component, part, whole));
    shares.max_by(|(one, _), (other, _)| one.total_cmp(other))
}

/// Describes the symptom's own metric, where it moved and tells of something that is noticed outside.
fn own_metric(digest: &MetricDigest) -> Option<String> {
    let name = digest.metric.to_lowercase();
    if digest.resource.is_some() || INTERNAL.iter().any(|word| name.contains(word)) {
        return None;
    }
    let during = digest.incident?;
    let moved = match (digest.deviations, digest.baseline) {
        (Some(deviations), _) => deviations.abs() > USUAL_DEVIATIONS,
        #[allow(clippy::float_cmp, reason = "a baseline that never varied has one value")]
        (None, Some(before)) => before != during,
        // Some counts are only published when there is something to count.
        (None, None) => digest.statistic == "Sum" && during > 0.0,
    };
    let before =
        digest.baseline.map_or_else(|| "had no value".to_owned(), |value| format!("was {}", number(value)));
    moved.then(|| {
        format!(
            "The symptom's metric {} ({}) is {} during the incident and {before} before.",
            masked_line(&digest.metric, VALUE_CHARS),
            masked_line(&digest.statistic, VALUE_CHARS),
            number(during)
        )
    })
}

/// Returns the share of calls that fail at `component`, as a number and as a sentence, where it rose.
fn share(series: &[MetricDigest], component: &Arn, part: &str, whole: &str) -> Option<(f64, String)> {
    let of = |metric: &str| {
        series.iter().find(|one| {
            one.resource.as_ref() == Some(component) && one.metric == metric && one.statistic == "Sum"
        })
    };
    let (failed, all) = (of(part)?, of(whole)?);
    let ratio = |part: f64, whole: f64| (whole > 0.0).then(|| (part / whole).clamp(0.0, 1.0));
    let during = ratio(failed.incident?, all.incident?)?;
    // Where nothing had failed, some services have published nothing.
    let before = ratio(failed.baseline.unwrap_or(0.0), all.baseline?)?;
    (during > before + LEAST_SHARE).then(|| {
        let sentence = format!(
            "About {} of the calls to {} fail; before the incident {} did.",
            percent(during),
            masked_line(&component.name(), VALUE_CHARS),
            percent(before)
        );
        (during, sentence)
    })
}

fn percent(share: f64) -> String {
    format!("{} %", trimmed(&format!("{:.1}", share * 100.0)))
}

fn number(value: f64) -> String {
    let digits = if value.abs() < 10.0 { format!("{value:.3}") } else { format!("{value:.1}") };
    trimmed(&digits).to_owned()
}

fn trimmed(digits: &str) -> &str {
    digits.trim_end_matches('0').trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_is_short_and_keeps_what_counts() {
        for (value, expected) in
            [(0.0, "0"), (40.0, "40"), (100.0, "100"), (0.25, "0.25"), (39.4545, "39.5"), (1e6, "1000000")]
        {
            assert_eq!(number(value), expected);
        }
    }
}
