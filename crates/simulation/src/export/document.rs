//! Builds `scenario.json`, `metrics.csv` and the lines of `logs.ndjson`.

use std::collections::{BTreeMap, BTreeSet};

use common::{Arn, Observed, telemetry::CallGraph};
use reasoning::evidence::call_graph::symptom_component;
use serde_json::{Value, json};

use super::{IncidentFile, Samples, mask::Mask};
use crate::LogLine;

const METRICS: &str = "metrics.csv";

/// One series of the document, a column of the table.
struct Column<'s> {
    /// `None` for the symptom's own metric.
    resource: Option<&'s Arn>,
    executed_version: Option<&'s str>,
    metric: &'s str,
    statistic: &'s str,
    samples: &'s [(i64, f64)],
}

fn columns(samples: &Samples) -> Vec<Column<'_>> {
    let of_components = samples.series.iter().map(|series| Column {
        resource: series.resource.as_ref(),
        executed_version: None,
        metric: &series.metric,
        statistic: &series.statistic,
        samples: &series.samples,
    });
    let of_aliases = samples.of_aliases.iter().map(|series| Column {
        resource: Some(&series.alias),
        executed_version: series.executed_version.as_deref(),
        metric: &series.metric,
        statistic: &series.statistic,
        samples: &series.samples,
    });
    of_components.chain(of_aliases).collect()
}

pub(super) fn document(file: &IncidentFile, samples: &Samples, name: &str) -> Value {
    let incident = &file.incident;
    let signal = &incident.signal;
    let component = symptom_component(signal).or_else(|| signal.resources.first().cloned());
    let component = component.map(|arn| arn.to_string()).unwrap_or_default();
    let metric = signal.metric.as_ref();
    let window = file.window();
    let (from, to) = (window.sampling.from.as_second(), window.sampling.to.as_second());
    let incident_from = window.incident_from.as_second();
    let columns = columns(samples);
    let ids = ids(&columns);
    let own = ids.iter().zip(&columns).find(|(_, series)| series.resource.is_none());
    let series: Vec<_> = ids
        .iter()
        .zip(&columns)
        .map(|(id, series)| {
            let of = series.resource.map_or_else(|| component.clone(), ToString::to_string);
            let mut named =
                json!({ "id": id, "component": of, "metric": series.metric, "statistic": series.statistic });
            if let (Some(version), Some(members)) = (series.executed_version, named.as_object_mut()) {
                members.insert("executed_version".to_owned(), json!(version));
            }
            named
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
    let columns = columns(samples);
    let ids = ids(&columns).into_iter().map(|id| mask.text(&id, false));
    let mut text = ["time".to_owned()].into_iter().chain(ids).collect::<Vec<_>>().join(",") + "\n";
    let mut rows: BTreeMap<i64, Vec<Option<f64>>> = BTreeMap::new();
    for (place, series) in columns.iter().enumerate() {
        for (at, value) in series.samples.iter().filter(|(_, value)| value.is_finite()) {
            let row = rows.entry(*at).or_insert_with(|| vec![None; columns.len()]);
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
fn ids(all: &[Column<'_>]) -> Vec<String> {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_./:".contains(c) { c } else { '_' };
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    all.iter()
        .map(|series| {
            let of = series
                .resource
                .map_or_else(|| "symptom".to_owned(), |arn| format!("{}:{}", arn.service(), arn.resource()));
            let version = series.executed_version.map(|version| format!(":version-{version}"));
            let id = format!("{of}:{}:{}{}", series.metric, series.statistic, version.unwrap_or_default());
            let id: String = id.chars().map(plain).collect();
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

/// Names each caller and callee by its ARN, by its name where it is remote, or as X-Ray does, by kind and name.
fn calls(graphs: Vec<&CallGraph>) -> Vec<Value> {
    let remote = |id: &str| id.strip_prefix("remote ").unwrap_or(id).to_owned();
    let pairs: BTreeSet<(String, String)> = graphs
        .into_iter()
        .flat_map(|graph| &graph.calls)
        .map(|call| (remote(&call.caller), remote(&call.callee)))
        .collect();
    pairs.into_iter().map(|(caller, callee)| json!({ "caller": caller, "callee": callee })).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use common::{
        Arn, Evidence,
        telemetry::{Call, CallNode},
    };
    use fakes::{Faults, MemoryStore, sample};

    use super::*;
    use crate::{
        Recording,
        export::{Truth, export},
    };

    fn graph(calls: &[(CallNode, CallNode)]) -> CallGraph {
        let call = |(from, to): &(CallNode, CallNode)| Call { caller: from.id(), callee: to.id() };
        CallGraph {
            nodes: calls.iter().flat_map(|(from, to)| [from.clone(), to.clone()]).collect(),
            calls: calls.iter().map(call).collect(),
        }
    }

    fn named(kind: &str, name: &str) -> CallNode {
        CallNode { name: name.to_owned(), kind: kind.to_owned(), resource: None }
    }

    #[tokio::test]
    async fn document_that_is_read_back_has_the_same_graphs() {
        let function =
            CallNode::from_resource(sample::arn("lambda", "function:checkout"), "AWS::Lambda::Function");
        let queue = CallNode::from_resource(sample::arn("sqs", "orders"), "event source");
        let balancer = sample::arn("elasticloadbalancing", "loadbalancer/app/shop/50dc");
        let balancer = CallNode::from_resource(balancer, "elasticloadbalancing");
        let service = named("AWS::ECS::Container", "web");
        let store = MemoryStore::new(&Faults::default());
        let mut file = IncidentFile::read(&store, sample::incident(), BTreeMap::new()).await.unwrap();
        let traced = graph(&[
            (function.clone(), service.clone()),
            (service.clone(), named("remote", "api.bank.example")),
            (service, named("Database::SQL", "orders@db.example.com")),
        ]);
        file.evidence = [
            Observed::Calls { graph: traced },
            Observed::EventSources { graph: graph(&[(queue.clone(), function.clone())]) },
            Observed::Connections { graph: graph(&[(balancer.clone(), function.clone())]) },
        ]
        .map(|observed| Evidence::new("q".to_owned(), sample::at(), String::new(), observed))
        .to_vec();

        let dir = std::env::temp_dir().join(format!("nightshift-export-graphs-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        export(&file, &Samples::default(), "graphs", Truth::Open).write(&dir).unwrap();
        let graphs = Recording::read(&dir).unwrap().graphs;
        std::fs::remove_dir_all(&dir).unwrap();

        let calls: Vec<_> =
            graphs.traced.calls.iter().map(|call| format!("{} > {}", call.caller, call.callee)).collect();
        let checkout = "arn:aws:lambda:eu-west-1:123456789012:function:checkout";
        assert_eq!(
            calls,
            [
                "AWS::ECS::Container web > Database::SQL masked-1".to_owned(),
                "AWS::ECS::Container web > remote api.bank.example".to_owned(),
                format!("{checkout} > AWS::ECS::Container web"),
            ]
        );
        let resource = |node: CallNode| -> Arn { node.resource.unwrap() };
        assert_eq!(graphs.event_sources, [(resource(queue), resource(function))]);
        assert_eq!(graphs.configured.calls[0].caller, balancer.id());
    }
}
