//! Fakes the account's telemetry: traces, metrics, log lines.

use jiff::Timestamp;

use crate::{account::FakeAccount, reading::reading};
use common::{
    Arn, PortError,
    ports::{Logs, Metrics, Reading, Traces},
    signal::Metric,
    telemetry::{AliasSeries, AliasVersions, Call, CallGraph, CallNode, LogLines, MetricSeries, Sampling},
};

/// A graph of resources that call each other.
pub(crate) fn graph(kind: &str, calls: &[(&Arn, &Arn)]) -> CallGraph {
    let mut nodes: Vec<_> = calls
        .iter()
        .flat_map(|(caller, callee)| [*caller, *callee])
        .map(|arn| CallNode::from_resource(arn.clone(), kind))
        .collect();
    nodes.sort();
    nodes.dedup();
    let calls = calls
        .iter()
        .map(|(caller, callee)| Call { caller: caller.to_string(), callee: callee.to_string() })
        .collect();
    CallGraph { nodes, calls }
}

impl FakeAccount {
    /// Each pair is a caller and what it calls.
    pub fn set_calls(&self, calls: &[(&Arn, &Arn)]) {
        self.state().telemetry.calls = graph("AWS::Lambda::Function", calls);
    }

    /// Who calls whom, with what is no resource.
    pub fn set_call_graph(&self, graph: CallGraph) {
        self.state().telemetry.calls = graph;
    }

    /// Each pair is a queue or a stream and the function that empties it.
    pub fn set_event_sources(&self, pairs: &[(&Arn, &Arn)]) {
        self.state().telemetry.event_sources = graph("event source", pairs);
    }

    pub fn add_series(&self, series: MetricSeries) {
        self.state().telemetry.series.push(series);
    }

    pub fn add_alias_series(&self, series: AliasSeries) {
        self.state().telemetry.alias_series.push(series);
    }

    pub fn add_line(&self, function: &Arn, at: Timestamp, line: &str) {
        self.state().telemetry.lines.entry(function.clone()).or_default().push((at, line.to_owned()));
    }
}

impl Traces for FakeAccount {
    async fn calls(
        &self,
        _account: &str,
        _region: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Reading<CallGraph>, PortError> {
        self.faults.call("Traces::calls", || {
            reading(&format!("calls from {from} to {to}"), self.state().telemetry.calls.clone())
        })
    }
}

impl Metrics for FakeAccount {
    async fn series(
        &self,
        resources: &[Arn],
        own: Option<&Metric>,
        sampling: Sampling,
    ) -> Result<Reading<Vec<MetricSeries>>, PortError> {
        self.faults.call("Metrics::series", || {
            let asked = |series: &&MetricSeries| match &series.resource {
                Some(resource) => resources.contains(resource),
                None => own.is_some(),
            };
            let (from, to) = (sampling.from.as_second(), sampling.to.as_second());
            let state = self.state();
            let found = state.telemetry.series.iter().filter(asked).cloned().map(|mut series| {
                series.samples.retain(|(at, _)| (from..to).contains(at));
                series
            });
            reading(&format!("metrics of {} resources", resources.len()), found.collect())
        })
    }

    async fn alias_series(
        &self,
        aliases: &[AliasVersions],
        sampling: Sampling,
    ) -> Result<Reading<Vec<AliasSeries>>, PortError> {
        self.faults.call("Metrics::alias_series", || {
            let is_asked = |series: &&AliasSeries| {
                aliases.iter().filter(|asked| asked.alias == series.alias).any(|asked| {
                    series.executed_version.as_ref().is_none_or(|version| asked.versions.contains(version))
                })
            };
            let (from, to) = (sampling.from.as_second(), sampling.to.as_second());
            let state = self.state();
            let found = state.telemetry.alias_series.iter().filter(is_asked).cloned().map(|mut series| {
                series.samples.retain(|(at, _)| (from..to).contains(at));
                series
            });
            let found: Vec<_> = found.filter(|series| !series.samples.is_empty()).collect();
            reading(&format!("metrics of {} aliases", aliases.len()), found)
        })
    }
}

impl Logs for FakeAccount {
    async fn lines(
        &self,
        function: &Arn,
        from: Timestamp,
        to: Timestamp,
        most: usize,
    ) -> Result<Reading<LogLines>, PortError> {
        self.faults.call("Logs::lines", || {
            let state = self.state();
            let all: Vec<_> = state
                .telemetry
                .lines
                .get(function)
                .into_iter()
                .flatten()
                .filter(|(at, _)| (from..to).contains(at))
                .map(|(_, line)| line.clone())
                .collect();
            let truncated = all.len() > most;
            let lines = all.into_iter().take(most).collect();
            reading(&format!("lines of {function} from {from} to {to}"), LogLines { lines, truncated })
        })
    }
}
