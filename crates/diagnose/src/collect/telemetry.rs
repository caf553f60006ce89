//! Collects metrics and log lines around the symptom, and the engine's findings about them.

use common::{
    Arn, Clock, Evidence, Gap, Observed, Signal,
    evidence::ReadSource,
    ports::{Logs, Metrics, Reading},
    telemetry::{LogLines, MetricSeries},
};
use futures_util::future::join_all;
use reasoning::{
    engine::engine_run::{ENGINE, EngineRun},
    engine::telemetry::{FunctionLogs, Telemetry},
    evidence::evidence_window::EvidenceWindow,
    evidence::metric_digest::observed_metrics,
};

use super::{call_graphs::NearbyComponents, collected_evidence::CollectedEvidence, timeout::with_timeout};
use crate::Account;

/// Most functions whose logs are read: `FilterLogEvents` is granted five times a second for an account.
pub(crate) const MOST_LOGGED: usize = 4;

/// Most lines of one function before the incident, and as many in it. New kinds of lines show within
/// the first hundreds; what is left out is said, and is no gap.
pub const MOST_LINES: usize = 1_000;

/// Reads the metrics around the symptom, and its own; `None` where there are none to read.
pub(crate) async fn read_metrics(
    account: &impl Account,
    signal: &Signal,
    around: &NearbyComponents,
) -> Option<Result<Reading<Vec<MetricSeries>>, Gap>> {
    if around.measured.is_empty() && signal.metric.is_none() {
        return None;
    }
    let read = account.metrics().series(&around.measured, signal.metric.as_ref(), around.window.sampling);
    Some(with_timeout(ReadSource::Metrics, read).await)
}

/// Records digests of the metrics, and returns what the engine takes of them.
pub(crate) fn record_metrics(
    reading: Option<Result<Reading<Vec<MetricSeries>>, Gap>>,
    clock: &impl Clock,
    around: NearbyComponents,
    collected: &mut CollectedEvidence,
) -> Telemetry {
    let NearbyComponents { window, symptom, graph, measured, .. } = around;
    let mut series = Vec::new();
    if let Some(Reading { command, value: found, .. }) = reading.and_then(|reading| collected.accept(reading))
    {
        let summary = format!("{} metrics of {} components had values", found.len(), measured.len());
        collected.add(clock.now(), &command, &summary, observed_metrics(&found, &window));
        series = found;
    }
    Telemetry { window, symptom, graph, series, logs: Vec::new() }
}

/// The log lines of one function, as they were read.
pub(crate) struct LogReadings {
    function: Arn,
    baseline: Result<Reading<LogLines>, Gap>,
    incident: Result<Reading<LogLines>, Gap>,
}

/// Reads the lines of these functions. A function's two windows come one after the other, so that no more
/// than [`MOST_LOGGED`] calls are made at once.
pub(crate) async fn read_logs(
    account: &impl Account,
    window: &EvidenceWindow,
    functions: Vec<Arn>,
) -> Vec<LogReadings> {
    let logs = account.logs();
    join_all(functions.into_iter().map(async |function| {
        let read = async |(from, to)| {
            with_timeout(ReadSource::Logs, logs.lines(&function, from, to, MOST_LINES)).await
        };
        let incident = read(window.incident_logs()).await;
        // Without the one the other says nothing.
        let baseline = match &incident {
            Ok(_) => read(window.baseline_logs()).await,
            Err(_) => Ok(Reading::new(String::new(), LogLines::default())),
        };
        LogReadings { function, baseline, incident }
    }))
    .await
}

/// Returns the lines as the engine takes them, with the commands that read them.
pub(crate) fn accept_lines(
    readings: Vec<LogReadings>,
    collected: &mut CollectedEvidence,
) -> Vec<(FunctionLogs, String)> {
    let mut kept = Vec::new();
    for LogReadings { function, baseline, incident } in readings {
        let (baseline, incident) = (collected.accept(baseline), collected.accept(incident));
        if let (Some(baseline), Some(incident)) = (baseline, incident) {
            let command = format!("{}; {}", baseline.command, incident.command);
            kept.push((
                FunctionLogs { function, baseline: baseline.value, incident: incident.value },
                command,
            ));
        }
    }
    kept
}

/// Records what the engine made of it, and of the lines what it found to stand out.
pub(crate) fn record_findings(
    investigated: &EngineRun,
    logs: &[(FunctionLogs, String)],
    clock: &impl Clock,
    collected: &mut CollectedEvidence,
) {
    let now = clock.now();
    for (of_function, command) in logs {
        let FunctionLogs { function, baseline, incident } = of_function;
        let templates = investigated.templates(function);
        let truncated = baseline.truncated || incident.truncated;
        let summary = format!(
            "{} logged {} lines in the incident and {} before it{}; {} kinds of line stand out",
            function.name(),
            incident.lines.len(),
            baseline.lines.len(),
            if truncated { ", of those that were read" } else { "" },
            templates.len()
        );
        let observed = Observed::Logs {
            function: function.clone(),
            baseline_lines: count(baseline.lines.len()),
            incident_lines: count(incident.lines.len()),
            truncated,
            templates,
        };
        collected.add(now, command, &summary, observed);
    }
    let findings = investigated.findings();
    let made_of: Vec<&str> =
        collected.evidence.iter().filter(|one| feeds_engine(one)).map(|one| one.id.as_str()).collect();
    let command = format!("nightshift {ENGINE} on {} and the changes", made_of.join(" "));
    let summary = summary(&findings);
    collected.add(now, &command, &summary, Observed::Engine { findings });
}

const fn feeds_engine(evidence: &Evidence) -> bool {
    matches!(
        evidence.observed,
        Observed::Calls { .. }
            | Observed::EventSources { .. }
            | Observed::Connections { .. }
            | Observed::Metrics { .. }
            | Observed::Logs { .. }
    )
}

fn summary(findings: &common::findings::EngineFindings) -> String {
    use common::findings::EngineVerdict::{Abstain, Healthy, RootCause};
    match (&findings.verdict, findings.suspects.first()) {
        (RootCause, Some(first)) => {
            let ruled_out = match findings.ruled_out.len() {
                0 => String::new(),
                1 => ", 1 other ruled out".to_owned(),
                others => format!(", {others} others ruled out"),
            };
            let confidence = first.confidence * 100.0;
            format!(
                "root-cause engine: {} is the most likely root cause (confidence {confidence:.0} %){ruled_out}",
                first.name
            )
        }
        (RootCause, None) => "root-cause engine: no root cause named".to_owned(),
        (Healthy { why }, _) => format!("root-cause engine: healthy, {why}"),
        (Abstain { why }, _) => format!("root-cause engine: root cause unknown, {why}"),
    }
}

fn count(lines: usize) -> u64 {
    u64::try_from(lines).unwrap_or(u64::MAX)
}
