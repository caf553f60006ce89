//! Prints the telemetry in evidence: the engine's ranking, the metrics that moved most, the log lines that
//! stand out.

use common::{
    Observed,
    findings::{EngineFindings, EngineSuspect, MetricDigest},
};

/// Metrics are many, and those that moved least say least.
const MOST_METRICS: usize = 5;

/// Robust standard deviations below which a metric did what it usually does.
const ORDINARY: f64 = 3.0;

/// Empty for evidence whose summary says it all.
pub(super) fn lines(observed: &Observed) -> Vec<String> {
    match observed {
        Observed::Engine { findings } => engine(findings),
        Observed::Metrics { series, .. } => metrics(series),
        Observed::Logs { templates, .. } => templates
            .iter()
            .map(|one| format!("{} times ({} before): {}", one.incident, one.baseline, one.template))
            .collect(),
        _ => Vec::new(),
    }
}

fn engine(findings: &EngineFindings) -> Vec<String> {
    let suspects =
        (1..).zip(&findings.suspects).map(|(rank, suspect)| format!("{rank}. {}", suspected(suspect)));
    let ruled_out = findings.ruled_out.iter().map(|out| format!("ruled out {}: {}", out.name, out.why));
    let missing = findings.missing.iter().map(|what| format!("missing: {what}"));
    suspects.chain(ruled_out).chain(missing).collect()
}

fn suspected(suspect: &EngineSuspect) -> String {
    let way = if suspect.path.len() > 1 {
        format!(", call path {}", suspect.path.join(" → "))
    } else {
        String::new()
    };
    let metric = suspect.strongest_metric.as_ref().map(|metric| format!(": {metric}")).unwrap_or_default();
    format!(
        "{}, {} (confidence {:.0} %){way}{metric}",
        suspect.name,
        suspect.failure_mode.as_str().replace('_', " "),
        suspect.confidence * 100.0
    )
}

fn metrics(series: &[MetricDigest]) -> Vec<String> {
    let mut moved: Vec<&MetricDigest> = series.iter().filter(|one| distance(one) > ORDINARY).collect();
    moved.sort_by(|one, other| distance(other).total_cmp(&distance(one)));
    moved.into_iter().take(MOST_METRICS).map(moved_metric).collect()
}

/// A metric that never varied before and does now moved farthest of all.
fn distance(digest: &MetricDigest) -> f64 {
    match (digest.deviations, digest.baseline.zip(digest.incident)) {
        (Some(deviations), _) => deviations.abs(),
        #[allow(clippy::float_cmp, reason = "a baseline that never varied has one value")]
        (None, Some((before, during))) if before != during => f64::INFINITY,
        _ => 0.0,
    }
}

fn moved_metric(digest: &MetricDigest) -> String {
    let of = digest.resource.as_ref().map_or_else(|| "the symptom".to_owned(), common::Arn::name);
    let value = |value: Option<f64>| value.map_or_else(|| "?".to_owned(), |value| format!("{value:.4}"));
    let value = |of: Option<f64>| value(of).trim_end_matches('0').trim_end_matches('.').to_owned();
    format!(
        "{} ({}) of {of}: {} before, {} during",
        digest.metric,
        digest.statistic,
        value(digest.baseline),
        value(digest.incident)
    )
}

#[cfg(test)]
mod tests {
    use fakes::sample;

    use super::*;

    #[test]
    fn lines_of_metrics_tell_those_that_moved_most_first() {
        let digest = |metric: &str, baseline, incident, deviations| MetricDigest {
            resource: Some(sample::arn("lambda", "function:checkout")),
            metric: metric.to_owned(),
            statistic: "Sum".to_owned(),
            baseline_samples: 180,
            incident_samples: 5,
            baseline: Some(baseline),
            incident: Some(incident),
            last: Some(incident),
            deviations,
            sparkline: String::new(),
            within_usual: false,
        };
        let all = [
            digest("Invocations", 100.0, 101.0, Some(0.5)),
            digest("Duration", 50.25, 90.0, Some(12.0)),
            digest("Errors", 0.0, 40.0, None),
            digest("Throttles", 0.0, 0.0, None),
        ];
        assert_eq!(
            metrics(&all),
            [
                "Errors (Sum) of checkout: 0 before, 40 during",
                "Duration (Sum) of checkout: 50.25 before, 90 during",
            ]
        );
    }
}
