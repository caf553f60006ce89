use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::Faults;
use common::{
    IncidentId, PortError,
    ports::{DeadLetters, ExecutionState, Executions, WaitingLetters},
};

/// The incidents' executions and the dead-letter queues, in memory. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct FakeExecutions {
    faults: Faults,
    executions: Arc<Mutex<BTreeMap<IncidentId, ExecutionState>>>,
    letters: Arc<Mutex<Vec<WaitingLetters>>>,
}

impl FakeExecutions {
    pub fn new(faults: &Faults) -> Self {
        Self { faults: faults.clone(), ..Self::default() }
    }

    /// Puts an execution there as it is.
    pub fn set(&self, incident: IncidentId, state: ExecutionState) {
        self.executions.lock().unwrap_or_else(PoisonError::into_inner).insert(incident, state);
    }

    pub fn set_waiting(&self, letters: &[WaitingLetters]) {
        *self.letters.lock().unwrap_or_else(PoisonError::into_inner) = letters.to_vec();
    }

    pub fn state(&self, incident: IncidentId) -> ExecutionState {
        let executions = self.executions.lock().unwrap_or_else(PoisonError::into_inner);
        executions.get(&incident).cloned().unwrap_or(ExecutionState::NeverStarted)
    }
}

impl Executions for FakeExecutions {
    async fn execution(&self, incident: IncidentId) -> Result<ExecutionState, PortError> {
        self.faults.call("Executions::execution", || self.state(incident))
    }

    async fn start(&self, incident: IncidentId) -> Result<(), PortError> {
        self.faults.call("Executions::start", || {
            if self.state(incident) == ExecutionState::NeverStarted {
                self.set(incident, ExecutionState::Running);
            }
        })
    }

    async fn stop(&self, incident: IncidentId, _cause: &str) -> Result<(), PortError> {
        self.faults.call("Executions::stop", || {
            if self.state(incident) == ExecutionState::Running {
                self.set(incident, ExecutionState::Ended("ABORTED".to_owned()));
            }
        })
    }
}

impl DeadLetters for FakeExecutions {
    async fn waiting(&self) -> Result<Vec<WaitingLetters>, PortError> {
        self.faults.call("DeadLetters::waiting", || {
            self.letters.lock().unwrap_or_else(PoisonError::into_inner).clone()
        })
    }
}
