//! Fakes the account that the read-only ports show: what is in it, and what a test puts there.

mod connections;
mod context;
mod inspection;
mod telemetry;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

use crate::faults::Faults;
use common::{
    Arn, ChangeCalendar, Mode, Observation, Observed, SymptomState,
    alarm_evaluation::AlarmEvaluation,
    context_source::{ContextSource, Note},
    evidence::{AlarmTransition, Change, Truncation},
    intent::SecurityFinding,
    model::ToolDefinition,
    ports::ConnectionSource,
    telemetry::{AliasSeries, CallGraph, MetricSeries},
    topology::Connected,
};

/// An AWS account as the read-only ports see it. Clones share it.
#[derive(Debug, Clone)]
pub struct FakeAccount {
    pub(crate) faults: Faults,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) symptom: Observation,
    pub(crate) evaluation: Option<AlarmEvaluation>,
    pub(crate) transitions: Vec<AlarmTransition>,
    pub(crate) applications: BTreeMap<Arn, String>,
    pub(crate) tags: BTreeMap<Arn, BTreeMap<String, String>>,
    pub(crate) findings: BTreeMap<Arn, Vec<SecurityFinding>>,
    pub(crate) reads: BTreeMap<Arn, Vec<Arn>>,
    pub(crate) uses: BTreeMap<Arn, Vec<Arn>>,
    pub(crate) changes: Vec<Change>,
    pub(crate) changes_cut: Option<Truncation>,
    pub(crate) resources: BTreeMap<Arn, Observed>,
    pub(crate) telemetry: Telemetry,
    pub(crate) notes: BTreeMap<ContextSource, Vec<Note>>,
    pub(crate) files: Vec<(String, String)>,
    pub(crate) tools: Vec<(ToolDefinition, String)>,
    pub(crate) connections: BTreeMap<ConnectionSource, Connected>,
    pub(crate) deployment_mode: Mode,
    pub(crate) change_calendar: ChangeCalendar,
    pub(crate) application_modes: BTreeMap<String, Mode>,
}

/// Holds the telemetry of the account's resources.
#[derive(Debug, Default)]
pub(crate) struct Telemetry {
    pub(crate) event_sources: CallGraph,
    pub(crate) calls: CallGraph,
    pub(crate) series: Vec<MetricSeries>,
    pub(crate) alias_series: Vec<AliasSeries>,
    pub(crate) lines: BTreeMap<Arn, Vec<(Timestamp, String)>>,
}

impl FakeAccount {
    /// Nothing is there, the symptom is firing, and the mode is `supervised`.
    pub fn new(faults: &Faults) -> Self {
        let state = State {
            symptom: Observation {
                state: SymptomState::Firing,
                summary: "ALARM: 5 errors, threshold 1".to_owned(),
                since: None,
                excess: Some(4.0),
                measured_from: None,
            },
            evaluation: None,
            transitions: Vec::new(),
            applications: BTreeMap::new(),
            tags: BTreeMap::new(),
            findings: BTreeMap::new(),
            reads: BTreeMap::new(),
            uses: BTreeMap::new(),
            changes: Vec::new(),
            changes_cut: None,
            resources: BTreeMap::new(),
            telemetry: Telemetry::default(),
            notes: BTreeMap::new(),
            files: Vec::new(),
            tools: Vec::new(),
            connections: BTreeMap::new(),
            deployment_mode: Mode::Supervised,
            change_calendar: ChangeCalendar::Open,
            application_modes: BTreeMap::new(),
        };
        Self { faults: faults.clone(), state: Arc::new(Mutex::new(state)) }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn set_symptom(&self, symptom: SymptomState, excess: Option<f64>) {
        let summary = format!("{symptom:?}");
        self.state().symptom =
            Observation { state: symptom, summary, since: None, excess, measured_from: None };
    }

    pub fn set_observation(&self, observation: Observation) {
        self.state().symptom = observation;
    }

    /// Gives the symptom's alarm datapoints of its own; without them its state is all there is.
    pub fn set_evaluation(&self, evaluation: AlarmEvaluation) {
        self.state().evaluation = Some(evaluation);
    }

    pub fn set_transitions(&self, transitions: Vec<AlarmTransition>) {
        self.state().transitions = transitions;
    }

    /// Tags `resource` with the application.
    pub fn tag(&self, resource: &Arn, application: &str) {
        self.state().applications.insert(resource.clone(), application.to_owned());
    }

    /// Gives `resource` a tag, other than the application's.
    pub fn set_tag(&self, resource: &Arn, key: &str, value: &str) {
        let mut state = self.state();
        state.tags.entry(resource.clone()).or_default().insert(key.to_owned(), value.to_owned());
    }

    pub fn set_change_calendar(&self, state: ChangeCalendar) {
        self.state().change_calendar = state;
    }

    pub fn add_finding(&self, resource: &Arn, finding: SecurityFinding) {
        self.state().findings.entry(resource.clone()).or_default().push(finding);
    }

    pub fn set_reads(&self, function: &Arn, parameters: &[Arn]) {
        self.state().reads.insert(function.clone(), parameters.to_vec());
    }

    /// The resources that the function's configuration names.
    pub fn set_uses(&self, function: &Arn, resources: &[Arn]) {
        self.state().uses.insert(function.clone(), resources.to_vec());
    }

    pub fn add_change(&self, change: Change) {
        self.state().changes.push(change);
    }

    /// The trail holds more events of a resource than one reading takes.
    pub fn cut_changes_of(&self, truncation: Truncation) {
        self.state().changes_cut = Some(truncation);
    }

    pub fn set_resource(&self, resource: &Arn, observed: Observed) {
        self.state().resources.insert(resource.clone(), observed);
    }

    pub fn set_mode(&self, deployment: Mode, application: Option<(&str, Mode)>) {
        let mut state = self.state();
        state.deployment_mode = deployment;
        state.application_modes =
            application.map(|(name, mode)| (name.to_owned(), mode)).into_iter().collect();
    }
}
