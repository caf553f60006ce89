//! `scenario.json`, and the files of samples and lines that belong to it.

use std::collections::{BTreeMap, BTreeSet};

use common::{
    Observed,
    telemetry::{CallGraph, MetricSeries},
};
use diagnose::neighbourhood::symptom_component;
use serde_json::{Value, json};

use super::{IncidentFile, Samples, mask::Mask};
use crate::LogLine;

const METRICS: &str = "metrics.csv";

pub(super) fn document(file: &IncidentFile, samples: &Samples, name: &str) -> Value {
    let incident = &file.incident;
    let signal = &incident.signal;
    let component = symptom_component(signal).or_else(|| signal.resources.first().cloned());
    let component = component.map(|arn| arn.to_string()).unwrap_or_default();
    let metric = signal.metric.as_ref();
    let window = file.window();
    let (from, to) = (window.sampling.from.as_second(), window.sampling.to.as_second());
    let incident_from = window.incident_from.as_second();
    let ids = ids(&samples.series);
    let own = ids.iter().zip(&samples.series).find(|(_, series)| series.resource.is_none());
    let series: Vec<_> = ids
        .iter()
        .zip(&samples.series)
        .map(|(id, series)| {
            let of = series.resource.as_ref().map_or_else(|| component.clone(), ToString::to_string);
            json!({ "id": id, "component": of, "metric": series.metric, "statistic": series.statistic })
        })
        .collect();
    json!({
        "schema_version": 1,
        "name": name,
        "about": format!("Exported from the incident {}: {}", incident.id, signal.title),
        "symptom": {
            "component": component,
            "metric": metric.map(|metric| metric.name.as_str()).unwrap_or_default(),
            "statistic": metric.map(|metric| metric.statistic.as_str()).unwrap_or_default(),
            "detected_at": signal.occurred_at,
        },
        "looked_after_seconds": file.looked_after_seconds(),
        "series": series,
        "symptom_series": own.map(|(id, _)| id.as_str()).unwrap_or_default(),
        "topology": calls(graphs(file, |observed| match observed {
            Observed::Calls { graph } | Observed::EventSources { graph } => Some(graph),
            _ => None,
        })),
        "connections": calls(graphs(file, |observed| match observed {
            Observed::Connections { graph } => Some(graph),
            _ => None,
        })),
        "metrics": {
            "baseline": { "file": METRICS, "from": from, "to": incident_from.saturating_sub(1).max(from) },
            "incident": { "file": METRICS, "from": incident_from, "to": to },
        },
    })
}

/// `metrics.csv`. Where there are no samples, a header.
pub(super) fn table(samples: &Samples, mask: &mut Mask) -> String {
    let ids = ids(&samples.series).into_iter().map(|id| mask.text(&id, false));
    let mut text = ["time".to_owned()].into_iter().chain(ids).collect::<Vec<_>>().join(",") + "\n";
    let mut rows: BTreeMap<i64, Vec<Option<f64>>> = BTreeMap::new();
    for (place, series) in samples.series.iter().enumerate() {
        for (at, value) in series.samples.iter().filter(|(_, value)| value.is_finite()) {
            let row = rows.entry(*at).or_insert_with(|| vec![None; samples.series.len()]);
            if let Some(cell) = row.get_mut(place) {
                *cell = Some(*value);
            }
        }
    }
    for (at, row) in rows {
        let cells = row.into_iter().map(|cell| cell.map(|value| value.to_string()).unwrap_or_default());
        text += &([at.to_string()].into_iter().chain(cells).collect::<Vec<_>>().join(",") + "\n");
    }
    text
}

/// One line of `logs.ndjson`.
pub(super) fn line(line: &LogLine) -> Value {
    json!({ "time": line.at, "component": line.component, "message": line.message })
}

/// A column's name for each series, none of them twice: a table has the same metric by several
/// operations.
fn ids(all: &[MetricSeries]) -> Vec<String> {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_./:".contains(c) { c } else { '_' };
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    all.iter()
        .map(|series| {
            let of = series
                .resource
                .as_ref()
                .map_or_else(|| "symptom".to_owned(), |arn| format!("{}:{}", arn.service(), arn.resource()));
            let id: String =
                format!("{of}:{}:{}", series.metric, series.statistic).chars().map(plain).collect();
            let times = seen.entry(id.clone()).or_default();
            *times = times.saturating_add(1);
            if *times == 1 { id } else { format!("{id}:no-{times}") }
        })
        .collect()
}

fn graphs<'a>(
    file: &'a IncidentFile,
    of: impl Fn(&'a Observed) -> Option<&'a CallGraph>,
) -> Vec<&'a CallGraph> {
    file.observed().filter_map(of).collect()
}

/// By ARN, by the name of what is remote, or as X-Ray calls it: its kind and its name.
fn calls(graphs: Vec<&CallGraph>) -> Vec<Value> {
    let remote = |id: &str| id.strip_prefix("remote ").unwrap_or(id).to_owned();
    let pairs: BTreeSet<(String, String)> = graphs
        .into_iter()
        .flat_map(|graph| &graph.calls)
        .map(|call| (remote(&call.caller), remote(&call.callee)))
        .collect();
    pairs.into_iter().map(|(caller, callee)| json!({ "caller": caller, "callee": callee })).collect()
}
