//! Reads anew what the stored incident keeps only digests of: metric samples and log lines.

use std::collections::BTreeSet;

use common::{
    Arn, Observed, PortError,
    ports::{Logs, Metrics},
    telemetry::{AliasSeries, AliasVersions, LogLines, MetricSeries},
};
use diagnose::MOST_LINES;
use jiff::{SignedDuration, Timestamp};

use super::IncidentFile;
use crate::LogLine;

pub(super) const METRICS: &str = "Metrics::series";
pub(super) const ALIAS_METRICS: &str = "Metrics::alias_series";
pub(super) const LOGS: &str = "Logs::lines";

/// One more than diagnose reads, so that a simulation too knows whether there was more.
const MOST_READ: usize = MOST_LINES.saturating_add(1);

/// Empty where nothing was read.
#[derive(Debug, Clone, Default)]
pub struct Samples {
    pub series: Vec<MetricSeries>,
    /// The metrics of the aliases that were read by themselves.
    pub of_aliases: Vec<AliasSeries>,
    /// The lines of each function, by time.
    pub lines: Vec<LogLine>,
    pub missing: Vec<Missing>,
}

/// Telemetry that diagnose read and that the export does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The read that fails in the simulation, too, so that it takes nothing for healthy that was not seen;
    /// `None` where part of it is there.
    pub read: Option<&'static str>,
    pub why: String,
}

impl Samples {
    /// Reads with the caller's own permissions. A read that fails is listed as missing, not returned as an error.
    pub async fn read(file: &IncidentFile, metrics: &impl Metrics, logs: &impl Logs) -> Self {
        let mut samples = Self::default();
        samples.measure(file, metrics).await;
        samples.measure_aliases(file, metrics).await;
        let functions = logged(file);
        let mut failures = Vec::new();
        for function in &functions {
            match lines(file, function, logs).await {
                Ok(lines) => samples.lines.extend(lines),
                Err(error) => failures.push(said("log lines", &error)),
            }
        }
        let read = (failures.len() == functions.len()).then_some(LOGS);
        samples.missing.extend(failures.into_iter().map(|why| Missing { read, why }));
        samples
    }

    /// Reads nothing, and lists as missing what diagnose had read.
    pub fn left_out(file: &IncidentFile) -> Self {
        let missing = |there: bool, read: &'static str, what: &str| {
            there.then(|| Missing { read: Some(read), why: format!("{what} were left out") })
        };
        let metrics = missing(measured(file).0, METRICS, "metric samples");
        let aliases = missing(!aliases(file).is_empty(), ALIAS_METRICS, "metric samples of aliases");
        let logs = missing(!logged(file).is_empty(), LOGS, "log lines");
        Self { missing: metrics.into_iter().chain(aliases).chain(logs).collect(), ..Self::default() }
    }

    async fn measure_aliases(&mut self, file: &IncidentFile, metrics: &impl Metrics) {
        let aliases = aliases(file);
        if aliases.is_empty() {
            return;
        }
        let why = match metrics.alias_series(&aliases, file.window().sampling).await {
            Ok(look) if look.value.is_empty() => "metric samples of aliases: none left".to_owned(),
            Ok(look) => {
                self.of_aliases = look.value;
                return;
            }
            Err(error) => said("metric samples of aliases", &error),
        };
        self.missing.push(Missing { read: Some(ALIAS_METRICS), why });
    }

    async fn measure(&mut self, file: &IncidentFile, metrics: &impl Metrics) {
        let (there, resources) = measured(file);
        if !there {
            return;
        }
        let own = file.incident.signal.metric.as_ref();
        let why = match metrics.series(&resources, own, file.window().sampling).await {
            Ok(look) if look.value.is_empty() => {
                "metric samples: none left; CloudWatch keeps samples of a minute for 15 days".to_owned()
            }
            Ok(look) => {
                self.series = look.value;
                return;
            }
            Err(error) => said("metric samples", &error),
        };
        self.missing.push(Missing { read: Some(METRICS), why });
    }
}

fn said(what: &str, error: &PortError) -> String {
    format!("{what}: {error}: {}", error.source)
}

/// Tells whether any metric had values, and of which resources.
fn measured(file: &IncidentFile) -> (bool, Vec<Arn>) {
    let digests = file.observed().filter_map(|observed| match observed {
        Observed::Metrics { series, .. } => Some(series),
        _ => None,
    });
    let (mut there, mut seen, mut resources) = (false, BTreeSet::new(), Vec::new());
    for digest in digests.flatten() {
        there = true;
        if let Some(arn) = digest.resource.as_ref().filter(|arn| seen.insert((*arn).clone())) {
            resources.push(arn.clone());
        }
    }
    (there, resources)
}

/// The aliases whose own metrics had values, and their versions.
fn aliases(file: &IncidentFile) -> Vec<AliasVersions> {
    let traffic = file.observed().filter_map(|observed| match observed {
        Observed::AliasTraffic { traffic } => Some(traffic),
        _ => None,
    });
    let of = |versions: &[common::alias_traffic::VersionTraffic]| {
        versions.iter().map(|one| one.version.clone()).collect()
    };
    traffic.map(|one| AliasVersions { alias: one.alias.clone(), versions: of(&one.versions) }).collect()
}

/// The functions whose logs were read.
fn logged(file: &IncidentFile) -> Vec<Arn> {
    let functions: BTreeSet<Arn> = file
        .observed()
        .filter_map(|observed| match observed {
            Observed::Logs { function, .. } => Some(function.clone()),
            _ => None,
        })
        .collect();
    functions.into_iter().collect()
}

async fn lines(file: &IncidentFile, function: &Arn, logs: &impl Logs) -> Result<Vec<LogLine>, PortError> {
    let window = file.window();
    let mut all = Vec::new();
    for (from, to) in [window.baseline_logs(), window.incident_logs()] {
        let read = logs.lines(function, from, to, MOST_READ).await?.value;
        all.extend(timed(&read, function, from, to));
    }
    Ok(all)
}

/// Spreads the lines of a window evenly over it: they come in order and without their times, and nothing but the
/// window of a line is ever used.
fn timed(read: &LogLines, function: &Arn, from: Timestamp, to: Timestamp) -> Vec<LogLine> {
    let length = to.duration_since(from).as_millis();
    let count = i128::try_from(read.lines.len()).unwrap_or(i128::MAX).max(1);
    let at = |place: i128| {
        let after = length.saturating_mul(place).checked_div(count).unwrap_or_default();
        let after = SignedDuration::from_millis(i64::try_from(after).unwrap_or_default());
        from.checked_add(after).unwrap_or(from)
    };
    (0..)
        .zip(&read.lines)
        .map(|(place, line)| LogLine { at: at(place), component: function.clone(), message: line.clone() })
        .collect()
}

#[cfg(test)]
mod tests {
    use fakes::sample;

    use super::*;

    #[test]
    fn timed_lines_lie_in_their_window_in_their_order() {
        let (from, to) = (sample::at(), sample::at() + SignedDuration::from_secs(10));
        let read = LogLines { lines: (0..4).map(|n| n.to_string()).collect(), truncated: false };
        let lines = timed(&read, &sample::arn("lambda", "function:f"), from, to);
        let times: Vec<_> = lines.iter().map(|line| line.at.duration_since(from).as_millis()).collect();
        assert_eq!(times, [0, 2_500, 5_000, 7_500]);
        assert!(lines.iter().map(|line| line.message.as_str()).eq(["0", "1", "2", "3"]));
        let nothing = LogLines::default();
        assert!(timed(&nothing, &sample::arn("lambda", "function:f"), to, to).is_empty());
    }
}
