use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

use crate::{Faults, telemetry::Telemetry};
use common::{
    Arn, Mode, Observation, Observed, PortError, Symptom, SymptomState,
    context_source::{ContextSource, Note},
    evidence::{AlarmTransition, Change},
    model::ToolDefinition,
    ports::{AlarmHistory, Changes, ConnectionSource, Modes, Reading, Resources, Symptoms, Topology},
    telemetry::CallGraph,
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
    symptom: Observation,
    transitions: Vec<AlarmTransition>,
    applications: BTreeMap<Arn, String>,
    reads: BTreeMap<Arn, Vec<Arn>>,
    changes: Vec<Change>,
    resources: BTreeMap<Arn, Observed>,
    pub(crate) telemetry: Telemetry,
    pub(crate) notes: BTreeMap<ContextSource, Vec<Note>>,
    pub(crate) files: Vec<(String, String)>,
    pub(crate) tools: Vec<(ToolDefinition, String)>,
    pub(crate) connections: BTreeMap<ConnectionSource, Connected>,
    deployment_mode: Mode,
    application_modes: BTreeMap<String, Mode>,
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
            transitions: Vec::new(),
            applications: BTreeMap::new(),
            reads: BTreeMap::new(),
            changes: Vec::new(),
            resources: BTreeMap::new(),
            telemetry: Telemetry::default(),
            notes: BTreeMap::new(),
            files: Vec::new(),
            tools: Vec::new(),
            connections: BTreeMap::new(),
            deployment_mode: Mode::Supervised,
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

    pub fn set_transitions(&self, transitions: Vec<AlarmTransition>) {
        self.state().transitions = transitions;
    }

    /// Tags `resource` with the application.
    pub fn tag(&self, resource: &Arn, application: &str) {
        self.state().applications.insert(resource.clone(), application.to_owned());
    }

    pub fn set_reads(&self, function: &Arn, parameters: &[Arn]) {
        self.state().reads.insert(function.clone(), parameters.to_vec());
    }

    pub fn add_change(&self, change: Change) {
        self.state().changes.push(change);
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

pub(crate) fn look<T>(query: &str, found: T) -> Reading<T> {
    Reading::new(query.to_owned(), found)
}

impl Symptoms for FakeAccount {
    async fn observe(&self, symptom: &Symptom) -> Result<Reading<Observation>, PortError> {
        self.faults
            .call("Symptoms::observe", || look(&format!("observe {symptom:?}"), self.state().symptom.clone()))
    }
}

impl AlarmHistory for FakeAccount {
    async fn transitions(
        &self,
        alarm: &str,
        since: Timestamp,
    ) -> Result<Reading<Vec<AlarmTransition>>, PortError> {
        self.faults.call("AlarmHistory::transitions", || {
            let found = self.state().transitions.iter().filter(|t| t.at >= since).cloned().collect();
            look(&format!("history {alarm}"), found)
        })
    }
}

impl Topology for FakeAccount {
    async fn application_of(&self, resources: &[Arn]) -> Result<Reading<Option<String>>, PortError> {
        self.faults.call("Topology::application_of", || {
            let state = self.state();
            // An alias has no tags of its own: its function's are asked for.
            let tag = |arn: &Arn| {
                state.applications.get(arn).or_else(|| state.applications.get(&arn.component())).cloned()
            };
            look("tags", resources.iter().find_map(tag))
        })
    }

    async fn resources_of(&self, application: &str) -> Result<Reading<Vec<Arn>>, PortError> {
        self.faults.call("Topology::resources_of", || {
            let state = self.state();
            let tagged = state.applications.iter().filter(|(_, name)| *name == application);
            look(&format!("resources of {application}"), tagged.map(|(arn, _)| arn.clone()).collect())
        })
    }

    async fn read_by(&self, function: &Arn, parameters: &[Arn]) -> Result<Reading<Vec<Arn>>, PortError> {
        self.faults.call("Topology::read_by", || {
            let state = self.state();
            let reads = state.reads.get(function).into_iter().flatten();
            look(
                &format!("read by {function}"),
                reads.filter(|arn| parameters.contains(arn)).cloned().collect(),
            )
        })
    }

    async fn event_sources(&self) -> Result<Reading<CallGraph>, PortError> {
        self.faults.call("Topology::event_sources", || {
            look("event source mappings", self.state().telemetry.event_sources.clone())
        })
    }
}

impl Changes for FakeAccount {
    async fn changes(
        &self,
        resources: &[Arn],
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Reading<Vec<Change>>, PortError> {
        self.faults.call("Changes::changes", || {
            let state = self.state();
            let named = |resource: &Arn| {
                let function = resource.function();
                resources.contains(resource) || function.is_some_and(|function| resources.contains(&function))
            };
            let within = |change: &&Change| named(&change.resource) && (from..=to).contains(&change.at);
            let mut found: Vec<_> = state.changes.iter().filter(within).cloned().collect();
            found.sort_by_key(|change| std::cmp::Reverse(change.at));
            look("changes", found)
        })
    }

    async fn target_changes(
        &self,
        resources: &[Arn],
        to: Timestamp,
    ) -> Result<Reading<Vec<Change>>, PortError> {
        self.faults.call("Changes::target_changes", || {
            let state = self.state();
            let of_them = |change: &&Change| resources.contains(&change.resource) && change.at <= to;
            let mut found: Vec<_> = state.changes.iter().filter(of_them).cloned().collect();
            found.sort_by_key(|change| std::cmp::Reverse(change.at));
            look(&format!("target changes of {} resources", resources.len()), found)
        })
    }
}

impl Resources for FakeAccount {
    async fn state(
        &self,
        resource: &Arn,
        _history: &[Change],
    ) -> Result<Option<Reading<Observed>>, PortError> {
        self.faults.call("Resources::state", || {
            let found = self.state().resources.get(resource).cloned();
            found.map(|observed| look(&format!("state of {resource}"), observed))
        })
    }
}

impl Modes for FakeAccount {
    async fn effective(&self, application: Option<&str>) -> Result<Mode, PortError> {
        self.faults.call("Modes::effective", || {
            let state = self.state();
            let own = application.and_then(|name| state.application_modes.get(name).copied());
            Mode::effective(state.deployment_mode, own)
        })
    }
}
