//! Fakes SSM Automation, in memory.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use common::{Plan, PortError};
use guard::{Allow, Automations, Progress};
use jiff::Timestamp;

use crate::Faults;

/// Executes nothing and counts everything. Clones share it; its calls fail as its [`Faults`] decide.
#[derive(Debug, Clone)]
pub struct FakeAutomations {
    faults: Faults,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    /// Plans by client token: a token starts one execution.
    started: BTreeMap<String, Plan>,
    progress: Progress,
    /// Executions that run, or have ended, whatever `progress` says of the others.
    running: BTreeMap<String, bool>,
}

impl FakeAutomations {
    /// Every automation is `Running` until [`set_progress`](Self::set_progress) says otherwise.
    pub fn new(faults: &Faults) -> Self {
        let state = State { started: BTreeMap::new(), progress: Progress::Running, running: BTreeMap::new() };
        Self { faults: faults.clone(), state: Arc::new(Mutex::new(state)) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn set_progress(&self, progress: Progress) {
        self.state().progress = progress;
    }

    /// An execution of this plan, which nobody recorded as started.
    pub fn started_unrecorded(&self, plan: &Plan) {
        self.state().started.insert(plan.hash().client_token(), plan.clone());
    }

    /// Decides about one execution whether it runs or has succeeded.
    pub fn run(&self, execution_id: &str, is_running: bool) {
        self.state().running.insert(execution_id.to_owned(), is_running);
    }

    /// The plans that had an effect, one for each execution.
    pub fn effects(&self) -> Vec<Plan> {
        self.state().started.values().cloned().collect()
    }
}

fn execution_id(token: &str) -> String {
    format!("execution-{token}")
}

impl Automations for FakeAutomations {
    async fn verified_version(&self, _plan: &Plan) -> Result<String, PortError> {
        self.faults.call("Automations::verified_version", || "1".to_owned())
    }

    async fn start(&self, allow: &Allow, _version: &str) -> Result<String, PortError> {
        self.faults.call("Automations::start", || {
            let token = allow.plan_hash().client_token();
            self.state().started.entry(token.clone()).or_insert_with(|| allow.plan().clone());
            execution_id(&token)
        })
    }

    async fn find(&self, plan: &Plan, _since: Timestamp) -> Result<Option<String>, PortError> {
        self.faults.call("Automations::find", || {
            let token = plan.hash().client_token();
            self.state().started.contains_key(&token).then(|| execution_id(&token))
        })
    }

    async fn progress(&self, execution_id: &str) -> Result<Progress, PortError> {
        self.faults.call("Automations::progress", || {
            let state = self.state();
            match state.running.get(execution_id) {
                Some(true) => Progress::Running,
                Some(false) => Progress::Succeeded { outputs: BTreeMap::new() },
                None => state.progress.clone(),
            }
        })
    }
}
