//! Defines the ports of what runs and waits outside the table: the incidents' executions and the dead-letter queues.

use super::PortError;
use crate::IncidentId;

/// The state of an incident's execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExecutionState {
    NeverStarted,
    Running,
    /// It has ended, with this status of Step Functions, for example `TIMED_OUT`.
    Ended(String),
}

/// The executions of the incidents' state machine, each named by its incident's id.
pub trait Executions {
    async fn execution(&self, incident: IncidentId) -> Result<ExecutionState, PortError>;

    /// Starts the incident's execution. One that was started before is no error.
    async fn start(&self, incident: IncidentId) -> Result<(), PortError>;

    /// Stops the incident's execution. One that does not run is no error.
    async fn stop(&self, incident: IncidentId, cause: &str) -> Result<(), PortError>;
}

/// The messages that wait in one dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingLetters {
    pub queue: String,
    /// SQS counts approximately.
    pub count: u64,
}

/// The dead-letter queues of this deployment.
pub trait DeadLetters {
    async fn waiting(&self) -> Result<Vec<WaitingLetters>, PortError>;
}
