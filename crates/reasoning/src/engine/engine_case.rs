//! Builds the engine's input from the evidence, and evidence from its findings.

use std::{collections::BTreeMap, sync::Arc};

use common::{
    Arn, Signal,
    evidence::Change,
    findings::{ComponentCourse, EngineFindings, EngineRuledOut, EngineSuspect, EngineVerdict, LogTemplate},
    secrets::masked,
    telemetry::{CallGraph, CallNode, LogLines, MetricSeries},
};
use rca::{
    Call, Change as EngineChange, ComponentRoles, EvidenceItem, Findings, IncidentData, LogWindow, Samples,
    Series, Symptom, Verdict,
};

use crate::{
    engine::component_names::ComponentNames, evidence::call_graph::CallIndex,
    evidence::evidence_window::EvidenceWindow, evidence::metric_digest::split_at_incident,
    evidence::text::one_line,
};

/// The version of the engine: that of the workspace.
pub const ENGINE_VERSION: &str = env!("CARGO_PKG_VERSION");

/// The engine's name in a diagnosis, `engine@version`.
pub const ENGINE: &str = concat!("engine@", env!("CARGO_PKG_VERSION"));

/// The most observations for, and as many against, a suspect that are kept: the strongest come first.
const MAX_OBSERVATIONS: usize = 5;
/// The longest that one of them may be, in characters.
const OBSERVATION_CHARS: usize = 300;
/// The most suspects, and as many ruled out, that are kept.
const MAX_NAMED: usize = 20;
/// The most components whose course is kept.
const MAX_COURSES: usize = 40;
/// The most templates of one function that are kept.
const MAX_TEMPLATES: usize = 10;

/// One function's lines before and during the incident.
#[derive(Debug, Clone)]
pub struct FunctionLogs {
    pub function: Arn,
    pub baseline: LogLines,
    pub incident: LogLines,
}

/// The telemetry that the engine is run on.
#[derive(Debug)]
pub struct Telemetry {
    pub window: EvidenceWindow,
    /// The symptom's component.
    pub symptom: CallNode,
    /// The call graph around the symptom.
    pub graph: CallGraph,
    pub series: Vec<MetricSeries>,
    pub logs: Vec<FunctionLogs>,
}

/// A run of the engine: its findings, and the resources that its names stand for.
#[derive(Debug)]
pub struct EngineRun {
    pub findings: Findings,
    components: ComponentNames,
}

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

impl EngineRun {
    /// Returns at most `most` functions whose logs may tell more: the suspects, then the symptom's own, then the nearest.
    pub fn functions_worth_reading(&self, telemetry: &Telemetry, most: usize) -> Vec<Arn> {
        let calls = CallIndex::new([&telemetry.graph]);
        let suspects = self
            .findings
            .hypotheses
            .iter()
            .filter_map(|one| self.components.resource(&one.component))
            .cloned();
        let reached = calls
            .reachable_from(&telemetry.symptom.id())
            .into_iter()
            .filter_map(|(id, _)| calls.node(&id).unwrap_or(&telemetry.symptom).resource.clone());
        let mut found: Vec<Arn> = Vec::new();
        for arn in suspects.chain(reached) {
            if arn.function().as_ref() == Some(&arn) && !found.contains(&arn) {
                found.push(arn);
            }
        }
        found.truncate(most);
        found
    }

    /// Returns the log templates of a function that stand out.
    pub fn templates(&self, function: &Arn) -> Vec<LogTemplate> {
        let of_it = self
            .findings
            .hypotheses
            .iter()
            .filter(|one| self.components.resource(&one.component) == Some(function))
            .flat_map(|one| &one.supports);
        let templates = of_it.filter_map(|seen| match seen {
            EvidenceItem::Log { template, baseline, incident, .. } => Some(LogTemplate {
                template: one_line(&masked(template), OBSERVATION_CHARS),
                baseline: *baseline,
                incident: *incident,
            }),
            _ => None,
        });
        templates.take(MAX_TEMPLATES).collect()
    }

    /// Returns the findings in the form that is stored as evidence: masked and of bounded length.
    pub fn findings(&self) -> EngineFindings {
        let Findings { verdict, onset, hypotheses, ruled_out, symptom_judged, courses, gaps, .. } =
            &self.findings;
        let shown = |text: &str| one_line(text, OBSERVATION_CHARS);
        EngineFindings {
            engine: ENGINE.to_owned(),
            verdict: match verdict {
                Verdict::RootCause => EngineVerdict::RootCause,
                Verdict::Healthy { why } => EngineVerdict::Healthy { why: shown(why) },
                Verdict::Abstain { why } => EngineVerdict::Abstain { why: shown(why) },
            },
            onset: *onset,
            suspects: hypotheses.iter().take(MAX_NAMED).map(|one| self.suspect(one)).collect(),
            ruled_out: ruled_out
                .iter()
                .take(MAX_NAMED)
                .map(|out| EngineRuledOut {
                    name: shown(&out.component),
                    resource: self.components.resource(&out.component).cloned(),
                    why: shown(&out.why),
                })
                .collect(),
            symptom_judged: *symptom_judged,
            courses: courses.iter().filter_map(|one| self.course(one)).take(MAX_COURSES).collect(),
            missing: gaps.iter().map(|gap| shown(gap)).collect(),
        }
    }

    /// Returns the course of a component that is a resource.
    fn course(&self, course: &rca::ComponentCourse) -> Option<ComponentCourse> {
        Some(stored_course(self.components.resource(&course.component)?.clone(), course))
    }

    fn suspect(&self, hypothesis: &rca::Hypothesis) -> EngineSuspect {
        let seen = |all: &[EvidenceItem]| -> Vec<String> {
            all.iter()
                .take(MAX_OBSERVATIONS)
                .map(|one| one_line(&without_example(one).to_string(), OBSERVATION_CHARS))
                .collect()
        };
        let path = hypothesis.supports.iter().find_map(|one| match one {
            EvidenceItem::Path(path) => Some(path.clone()),
            _ => None,
        });
        EngineSuspect {
            name: one_line(&hypothesis.component, OBSERVATION_CHARS),
            resource: self.components.resource(&hypothesis.component).cloned(),
            failure_mode: hypothesis.failure_mode,
            measured_mode: Some(hypothesis.measured_mode),
            // NaN is no confidence, and a file cannot hold it.
            confidence: if hypothesis.confidence.is_nan() {
                0.0
            } else {
                hypothesis.confidence.clamp(0.0, 1.0)
            },
            path: path.unwrap_or_default().iter().map(|name| one_line(name, OBSERVATION_CHARS)).collect(),
            strongest_metric: hypothesis
                .supports
                .iter()
                .find(|one| matches!(one, EvidenceItem::Metric(_)))
                .map(|one| one_line(&one.to_string(), OBSERVATION_CHARS)),
            supports: seen(&hypothesis.supports),
            contradicts: seen(&hypothesis.contradicts),
        }
    }
}

/// Returns the course of `resource` in the form that is stored.
pub(super) fn stored_course(resource: Arn, course: &rca::ComponentCourse) -> ComponentCourse {
    ComponentCourse {
        resource,
        shows_failures: course.shows_failures,
        abnormal_since: course.abnormal_since,
        normal_again_since: course.normal_again_since,
        period_seconds: course.period_seconds,
        requests: course.requests.iter().map(|(at, requests)| (*at, count(*requests))).collect(),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count; a cast saturates")]
pub(super) fn count(requests: f64) -> u64 {
    requests.round() as u64
}

/// Returns the observation without its example: a line as it was logged may hold what no file should, so its template
/// stands for it.
fn without_example(seen: &EvidenceItem) -> EvidenceItem {
    match seen {
        EvidenceItem::Log { template, baseline, incident, .. } => EvidenceItem::Log {
            template: masked(template),
            example: masked(template),
            baseline: *baseline,
            incident: *incident,
        },
        other => other.clone(),
    }
}
