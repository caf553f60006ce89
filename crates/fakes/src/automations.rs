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
}

impl FakeAutomations {
    /// Every automation is `Running` until [`set_progress`](Self::set_progress) says otherwise.
    pub fn new(faults: &Faults) -> Self {
        let state = State { started: BTreeMap::new(), progress: Progress::Running };
        Self { faults: faults.clone(), state: Arc::new(Mutex::new(state)) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn set_progress(&self, progress: Progress) {
        self.state().progress = progress;
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
    async fn start(&self, allow: &Allow) -> Result<String, PortError> {
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

    async fn progress(&self, _execution_id: &str) -> Result<Progress, PortError> {
        self.faults.call("Automations::progress", || self.state().progress.clone())
    }
}
