//! The incidents' executions on Step Functions. Each bears its incident's id, so it is found without being stored.

use aws_config::SdkConfig;
use aws_sdk_sfn::{
    Client,
    operation::{
        describe_execution::DescribeExecutionError, start_execution::StartExecutionError,
        stop_execution::StopExecutionError,
    },
    types::ExecutionStatus,
};
use common::{
    Arn, IncidentId,
    ports::{ExecutionState, Executions, PortError, PortErrorKind},
};

use crate::error::failed;

/// The port `Executions` on one state machine.
#[derive(Debug, Clone)]
pub struct StepFunctions {
    client: Client,
    machine: Arn,
}

impl StepFunctions {
    pub fn new(client: Client, machine: Arn) -> Self {
        Self { client, machine }
    }

    pub fn from_config(config: &SdkConfig, machine: Arn) -> Self {
        Self::new(Client::new(config), machine)
    }

    /// `arn:aws:states:eu-west-1:123456789012:execution:<machine>:<incident>`, in the machine's own partition.
    fn execution_arn(&self, incident: IncidentId) -> String {
        let machine = self.machine.to_string();
        format!("{}:{incident}", machine.replacen(":stateMachine:", ":execution:", 1))
    }
}

/// Reads an execution's status. One that waits to be redriven runs.
fn state(status: &ExecutionStatus) -> ExecutionState {
    match status {
        ExecutionStatus::Running | ExecutionStatus::PendingRedrive => ExecutionState::Running,
        other => ExecutionState::Ended(other.as_str().to_owned()),
    }
}

impl Executions for StepFunctions {
    async fn execution(&self, incident: IncidentId) -> Result<ExecutionState, PortError> {
        let arn = self.execution_arn(incident);
        match self.client.describe_execution().execution_arn(&arn).send().await {
            Ok(answer) => Ok(state(&answer.status)),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DescribeExecutionError::is_execution_does_not_exist) =>
            {
                Ok(ExecutionState::NeverStarted)
            }
            Err(error) => Err(failed(format!("DescribeExecution {arn}"), error)),
        }
    }

    async fn start(&self, incident: IncidentId) -> Result<(), PortError> {
        let input = format!(r#"{{"incident_id":"{incident}"}}"#);
        let start = self
            .client
            .start_execution()
            .state_machine_arn(self.machine.to_string())
            .name(incident.to_string())
            .input(input);
        match start.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error.as_service_error().is_some_and(StartExecutionError::is_execution_already_exists) =>
            {
                Ok(())
            }
            Err(error) => Err(failed(format!("StartExecution {incident}"), error)),
        }
    }

    async fn stop(&self, incident: IncidentId, cause: &str) -> Result<(), PortError> {
        let arn = self.execution_arn(incident);
        let stop = self.client.stop_execution().execution_arn(&arn).error("Nightshift.Stopped").cause(cause);
        let stopped = stop.send().await.map_err(|error| {
            if error.as_service_error().is_some_and(StopExecutionError::is_execution_does_not_exist) {
                PortError::new(
                    format!("StopExecution {arn}"),
                    PortErrorKind::NotFound,
                    "it was never started",
                )
            } else {
                failed(format!("StopExecution {arn}"), error)
            }
        });
        match stopped {
            Err(error) if error.kind == PortErrorKind::NotFound => Ok(()),
            other => other.map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_table() {
        for (status, expected) in [
            (ExecutionStatus::Running, ExecutionState::Running),
            (ExecutionStatus::PendingRedrive, ExecutionState::Running),
            (ExecutionStatus::Aborted, ExecutionState::Ended("ABORTED".to_owned())),
            (ExecutionStatus::Succeeded, ExecutionState::Ended("SUCCEEDED".to_owned())),
        ] {
            assert_eq!(state(&status), expected);
        }
    }
}
