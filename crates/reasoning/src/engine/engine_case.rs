//! Builds the engine's input from the evidence, and runs it.

use std::{collections::BTreeMap, sync::Arc};

use common::{
    Arn, Signal,
    evidence::Change,
    telemetry::{CallNode, MetricSeries},
};
use rca::{Call, Change as EngineChange, ComponentRoles, IncidentData, LogWindow, Samples, Series, Symptom};

use crate::{
    engine::component_names::ComponentNames,
    engine::engine_run::EngineRun,
    engine::telemetry::{FunctionLogs, Telemetry},
    evidence::call_graph::CallIndex,
    evidence::evidence_window::EvidenceWindow,
    evidence::metric_digest::split_at_incident,
};

/// Runs the engine on `telemetry` and `changes`. `readers` are the functions that read a parameter.
pub fn run_engine(
    signal: &Signal,
    telemetry: &Telemetry,
    changes: &[Change],
    readers: &BTreeMap<Arn, Vec<Arn>>,
) -> EngineRun {
    let calls = CallIndex::new([&telemetry.graph]);
    let of_series = telemetry
        .series
        .iter()
        .filter_map(|series| series.resource.as_ref())
        .chain(telemetry.logs.iter().map(|logs| &logs.function))
        .map(Arn::component)
        .filter(|component| calls.node(&calls.node_id(component)).is_none())
        .map(|component| CallNode::from_resource(component, "resource"));
    let of_series: Vec<CallNode> = of_series.collect();
    let nodes = telemetry.graph.nodes.iter().chain(&of_series).chain([&telemetry.symptom]);
    let components = ComponentNames::new(nodes);
    let name_of = |resource: &Arn| components.name(&calls.node_id(&resource.component()));
    let symptom = components.name(&telemetry.symptom.id());
    let metric = signal.metric.as_ref();
    let case = IncidentData {
        symptom: Symptom {
            component: symptom.clone(),
            metric: metric.map(|metric| metric.name.clone()).unwrap_or_default(),
            statistic: metric.map(|metric| metric.statistic.clone()).unwrap_or_default(),
            detected_at: Some(signal.occurred_at),
        },
        series: telemetry
            .series
            .iter()
            .map(|series| {
                let component = series.resource.as_ref().map_or_else(|| symptom.clone(), &name_of);
                series_of(series, component, &telemetry.window)
            })
            .collect(),
        calls: (!telemetry.graph.calls.is_empty()).then(|| {
            let named = |call: &common::telemetry::Call| Call {
                caller: components.name(&call.caller),
                callee: components.name(&call.callee),
            };
            telemetry.graph.calls.iter().map(named).collect()
        }),
        changes: changes
            .iter()
            .filter(|change| !change.by_nightshift)
            .map(|change| engine_change(change, &name_of, &components, readers))
            .collect(),
        logs: telemetry
            .logs
            .iter()
            .map(|logs| log_window(logs, name_of(&logs.function), telemetry))
            .collect(),
        roles: ComponentRoles::from_arns(
            components.resources().map(|(name, resource)| (name.to_owned(), resource.clone())),
        ),
    };
    EngineRun { findings: rca::analyze(&case), components }
}

pub(super) fn series_of(series: &MetricSeries, component: String, window: &EvidenceWindow) -> Series {
    let samples = |(times, values): (Vec<i64>, Vec<f64>)| Samples { times: Arc::from(times), values };
    let (mut baseline, mut incident) = split_at_incident(series, window);
    if series.statistic == "Sum" {
        // Some services publish a count only when there is something to count: the times tell that it was
        // looked for. Of two samples of one time the later in the list stands.
        baseline.splice(0..0, window.baseline_periods().map(|at| (at, f64::NAN)));
        incident.splice(0..0, window.incident_periods().map(|at| (at, f64::NAN)));
    }
    Series {
        id: format!("{component} {} {}", series.metric, series.statistic),
        component,
        caller: None,
        metric: series.metric.clone(),
        statistic: series.statistic.clone(),
        baseline: samples(baseline.into_iter().unzip()),
        incident: samples(incident.into_iter().unzip()),
    }
}

/// Services whose resources are named after what they are for.
const NAMED_AFTER_OTHERS: [&str; 6] =
    ["cloudformation", "cloudwatch", "codedeploy", "logs", "secretsmanager", "ssm"];

fn engine_change(
    change: &Change,
    name_of: &impl Fn(&Arn) -> String,
    components: &ComponentNames,
    readers: &BTreeMap<Arn, Vec<Arn>>,
) -> EngineChange {
    // A resource whose kind can be a component is that component or none: a database that bears a function's name
    // is not the function. A parameter's or an alarm's path may well hold the name of the component that it is for.
    let own_name = name_of(&change.resource);
    let is_component = components.resource(&own_name) == Some(&change.resource.component());
    let names_others = NAMED_AFTER_OTHERS.contains(&change.resource.service());
    let path = (is_component || names_others).then(|| change.resource.to_string());
    let touches = path
        .into_iter()
        .chain((is_component || names_others).then_some(own_name))
        // Who reads a parameter is changed with it.
        .chain(readers.get(&change.resource).into_iter().flatten().map(name_of));
    let service = match change.resource.service() {
        "cloudwatch" => "monitoring",
        service => service,
    };
    EngineChange {
        id: change.event_id.clone(),
        at: change.at,
        name: change.event_name.clone(),
        source: format!("{service}.amazonaws.com"),
        actor: change.actor.clone(),
        read_only: Some(false),
        failed: false,
        touches: touches.collect(),
    }
}

fn log_window(logs: &FunctionLogs, component: String, telemetry: &Telemetry) -> LogWindow {
    // Of lines that were cut off nobody knows over which time they came: shares are compared then.
    let cut = logs.baseline.truncated || logs.incident.truncated;
    let seconds = |(from, to): (jiff::Timestamp, jiff::Timestamp)| {
        if cut { 0 } else { u64::try_from(to.duration_since(from).as_secs()).unwrap_or(0) }
    };
    LogWindow {
        component,
        baseline_seconds: seconds(telemetry.window.baseline_logs()),
        incident_seconds: seconds(telemetry.window.incident_logs()),
        baseline: logs.baseline.lines.clone(),
        incident: logs.incident.lines.clone(),
    }
}
