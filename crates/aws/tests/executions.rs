//! Tests what is asked of Step Functions about an incident's execution, and how its answers are read.
#![cfg(all(feature = "executions", feature = "store"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[macro_use]
#[path = "support/client.rs"]
mod client;

use aws::executions::StepFunctions;
use aws_sdk_sfn::{
    Client,
    operation::{
        describe_execution::{DescribeExecutionError, DescribeExecutionOutput},
        start_execution::StartExecutionError,
        stop_execution::StopExecutionOutput,
    },
    types::{
        ExecutionStatus,
        error::{ExecutionAlreadyExists, ExecutionDoesNotExist},
    },
};
use aws_smithy_mocks::mock;
use common::{
    Arn, IncidentId,
    ports::{ExecutionState, Executions as _},
};

const INCIDENT: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

fn machine() -> Arn {
    "arn:aws-cn:states:cn-north-1:123456789012:stateMachine:nightshift-incident".parse().unwrap()
}

fn incident() -> IncidentId {
    INCIDENT.parse().unwrap()
}

#[tokio::test]
async fn execution_is_asked_for_by_the_incident_in_the_machine_s_partition() {
    let expected =
        format!("arn:aws-cn:states:cn-north-1:123456789012:execution:nightshift-incident:{INCIDENT}");
    let describe = mock!(Client::describe_execution)
        .match_requests(move |request| request.execution_arn() == Some(expected.as_str()))
        .then_output(|| {
            DescribeExecutionOutput::builder()
                .execution_arn("a")
                .state_machine_arn("m")
                .status(ExecutionStatus::TimedOut)
                .start_date(aws_smithy_types::DateTime::from_secs(0))
                .build()
                .unwrap()
        });
    let client = client!(aws_sdk_sfn, &describe);
    let port = StepFunctions::new(client, machine());
    assert_eq!(port.execution(incident()).await.unwrap(), ExecutionState::Ended("TIMED_OUT".into()));
}

#[tokio::test]
async fn execution_that_does_not_exist_was_never_started() {
    let describe = mock!(Client::describe_execution).then_error(|| {
        DescribeExecutionError::ExecutionDoesNotExist(ExecutionDoesNotExist::builder().build())
    });
    let client = client!(aws_sdk_sfn, &describe);
    let port = StepFunctions::new(client, machine());
    assert_eq!(port.execution(incident()).await.unwrap(), ExecutionState::NeverStarted);
}

#[tokio::test]
async fn start_and_stop_twice_are_as_once() {
    let start = mock!(Client::start_execution)
        .match_requests(|request| {
            request.name() == Some(INCIDENT)
                && request.input() == Some(r#"{"incident_id":"01ARZ3NDEKTSV4RRFFQ69G5FAV"}"#)
        })
        .then_error(|| {
            StartExecutionError::ExecutionAlreadyExists(ExecutionAlreadyExists::builder().build())
        });
    let stop = mock!(Client::stop_execution).then_output(|| {
        StopExecutionOutput::builder().stop_date(aws_smithy_types::DateTime::from_secs(0)).build().unwrap()
    });
    let client = client!(aws_sdk_sfn, &start, &stop);
    let port = StepFunctions::new(client, machine());
    port.start(incident()).await.unwrap();
    port.stop(incident(), "closed").await.unwrap();
}
