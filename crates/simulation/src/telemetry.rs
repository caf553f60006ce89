//! Reads the recorded telemetry: metrics that Nightshift reads, calls as X-Ray names them, and log lines.

use std::{collections::BTreeMap, path::Path};

use common::{
    Arn, ResourceKind,
    telemetry::{AliasSeries, Call, CallGraph, CallNode, MetricSeries},
};
use jiff::Timestamp;
use scenario::{
    Problem, ScenarioError,
    parse::{self, Document, InlineOrFile, NamedSeries, Table, Window},
};
use serde::Deserialize;

use crate::{SimulationError, document::json_lines};

/// One line of a component's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    pub at: Timestamp,
    pub component: Arn,
    pub message: String,
}

#[derive(Deserialize)]
struct WrittenLine {
    time: Timestamp,
    component: Arn,
    message: String,
}

/// A configured connection that no trace shows, from a load balancer or a rule.
#[derive(Deserialize)]
pub(crate) struct Connection {
    pub(crate) caller: Arn,
    pub(crate) callee: Arn,
}

/// The calls: from traces, from event-source mappings, and from what else is configured.
#[derive(Debug, Clone, Default)]
pub(crate) struct Graphs {
    pub(crate) traced: CallGraph,
    pub(crate) event_sources: Vec<(Arn, Arn)>,
    pub(crate) configured: CallGraph,
}

/// The metrics: those of components with the symptom's own, and those of aliases.
#[derive(Debug, Clone, Default)]
pub(crate) struct RecordedSeries {
    pub(crate) of_components: Vec<MetricSeries>,
    pub(crate) of_aliases: Vec<AliasSeries>,
}

/// By time; those of one time as they stand in the file.
pub(crate) fn lines(file: &Path) -> Result<Vec<LogLine>, SimulationError> {
    let mut lines: Vec<LogLine> = json_lines::<WrittenLine>(file)?
        .into_iter()
        .map(|(_, line)| LogLine { at: line.time, component: line.component, message: line.message })
        .collect();
    lines.sort_by_key(|line| line.at);
    Ok(lines)
}

/// The series that the product reads of each resource, and the symptom's own.
pub(crate) fn series(
    dir: &Path,
    document: &Document,
    own: Option<&str>,
) -> Result<RecordedSeries, SimulationError> {
    let named = match &document.series {
        InlineOrFile::Inline(list) => list.clone(),
        InlineOrFile::File(path) => {
            let file = dir.join(path);
            parse::series(&bytes(&file)?).map_err(|problem| file_error(&file, problem))?
        }
    };
    let mut tables: BTreeMap<&str, Table> = BTreeMap::new();
    for window in [&document.baseline, &document.incident] {
        if !tables.contains_key(window.file.as_str()) {
            let file = dir.join(&window.file);
            let table = parse::table(&bytes(&file)?).map_err(|problem| file_error(&file, problem))?;
            tables.insert(&window.file, table);
        }
    }
    let mut found = RecordedSeries::default();
    for one in &named {
        let mut samples: BTreeMap<i64, f64> = BTreeMap::new();
        for window in [&document.baseline, &document.incident] {
            if let Some(table) = tables.get(window.file.as_str()) {
                samples.extend(samples_of(table, &one.id, window, &dir.join(&window.file))?);
            }
        }
        let of = |resource| MetricSeries {
            resource,
            metric: one.metric.clone(),
            statistic: one.statistic.clone(),
            samples: samples.iter().map(|(at, value)| (*at, *value)).collect(),
        };
        if own.map_or_else(|| is_symptoms(document, one), |own| own == one.id) {
            found.of_components.push(of(None));
        }
        if own == Some(one.id.as_str()) {
            continue;
        }
        let read = one.component.parse::<Arn>().ok().filter(|_| one.caller.is_none());
        let read = read.filter(|arn| aws::metrics::is_read(arn, &one.metric, &one.statistic));
        match read {
            Some(alias) if matches!(alias.kind(), ResourceKind::FunctionAlias { .. }) => {
                let MetricSeries { metric, statistic, samples, .. } = of(None);
                let executed_version = one.executed_version.clone();
                found.of_aliases.push(AliasSeries { alias, executed_version, metric, statistic, samples });
            }
            read => found.of_components.extend(read.map(|arn| of(Some(arn)))),
        }
    }
    Ok(found)
}

fn is_symptoms(document: &Document, series: &NamedSeries) -> bool {
    let symptom = &document.symptom;
    series.caller.is_none()
        && series.executed_version.is_none()
        && series.component == symptom.component
        && series.metric == symptom.metric
        && series.statistic == symptom.statistic
}

/// A cell that is empty is a period without data.
fn samples_of(
    table: &Table,
    id: &str,
    window: &Window,
    file: &Path,
) -> Result<Vec<(i64, f64)>, ScenarioError> {
    let Some(column) = table.columns.get(id) else { return Ok(Vec::new()) };
    if let Some(fault) = &column.fault {
        let problem =
            Problem::BadCell { line: fault.line, column: id.to_owned(), found: fault.found.clone() };
        return Err(ScenarioError { file: file.to_owned(), problem });
    }
    let samples = table.times.iter().copied().zip(column.values.iter().copied());
    Ok(samples.filter(|(at, value)| (window.from..=window.to).contains(at) && value.is_finite()).collect())
}

pub(crate) fn graphs(
    dir: &Path,
    document: &Document,
    connections: &[Connection],
) -> Result<Graphs, SimulationError> {
    let calls = match &document.topology {
        None => None,
        Some(InlineOrFile::Inline(list)) => Some(list.clone()),
        Some(InlineOrFile::File(path)) => {
            let file = dir.join(path);
            parse::calls(&bytes(&file)?).map_err(|problem| file_error(&file, problem))?
        }
    };
    let mut graphs = Graphs::default();
    for call in calls.unwrap_or_default() {
        let pair = call.caller.parse::<Arn>().ok().zip(call.callee.parse::<Arn>().ok());
        match pair {
            Some((source, function)) if is_event_source(&source, &function) => {
                graphs.event_sources.push((source, function));
            }
            _ => {
                if let Some((caller, callee)) = node(&call.caller).zip(node(&call.callee)) {
                    graphs.traced.calls.push(Call { caller: caller.id(), callee: callee.id() });
                    graphs.traced.nodes.extend([caller, callee]);
                }
            }
        }
    }
    graphs.traced.nodes.sort();
    graphs.traced.nodes.dedup();
    graphs.traced.calls.sort();
    graphs.traced.calls.dedup();
    for Connection { caller, callee } in connections {
        let [from, to] = [caller, callee].map(|arn| CallNode::from_resource(arn.clone(), arn.service()));
        graphs.configured.calls.push(Call { caller: from.id(), callee: to.id() });
        graphs.configured.nodes.extend([from, to]);
    }
    Ok(graphs)
}

/// A function that a queue or a stream calls reads from it.
fn is_event_source(source: &Arn, function: &Arn) -> bool {
    ["dynamodb", "kinesis", "sqs"].contains(&source.service()) && function.service() == "lambda"
}

/// As X-Ray names it, read by the code that reads the real one. What cannot be traced, as a load balancer,
/// is no node of a trace.
fn node(text: &str) -> Option<CallNode> {
    let Ok(arn) = text.parse::<Arn>() else {
        // `AWS::ECS::Container web`, as a node without an ARN is called in an incident's file.
        let (kind, name) =
            text.split_once(' ').filter(|(kind, _)| kind.contains("::")).unwrap_or(("remote", text));
        return aws::traces::component(kind, name, "", "");
    };
    let (region, account) = (arn.region(), arn.account());
    let name = arn.component().name();
    let last = name.rsplit(['/', ':']).next().unwrap_or(&name).to_owned();
    let (kind, name) = match arn.service() {
        "lambda" => ("AWS::Lambda::Function", last),
        "dynamodb" => ("AWS::DynamoDB::Table", last),
        "kinesis" => ("AWS::Kinesis::Stream", last),
        "sqs" => ("AWS::SQS::Queue", format!("https://sqs.{region}.amazonaws.com/{account}/{last}")),
        "states" => ("AWS::StepFunctions::StateMachine", last),
        "ec2" => ("AWS::EC2::Instance", last),
        "ecs" => ("AWS::ECS::Container", last),
        "rds" => ("Database::SQL", format!("{last}@{last}.c1e2x3ample.{region}.rds.amazonaws.com")),
        "elasticache" => ("remote", format!("{last}.c1e2x3.0001.{region}.cache.amazonaws.com")),
        _ => return None,
    };
    aws::traces::component(kind, &name, region, account)
}

fn bytes(file: &Path) -> Result<Vec<u8>, ScenarioError> {
    std::fs::read(file).map_err(|error| file_error(file, Problem::Unreadable(error.to_string())))
}

fn file_error(file: &Path, problem: Problem) -> ScenarioError {
    ScenarioError { file: file.to_owned(), problem }
}
