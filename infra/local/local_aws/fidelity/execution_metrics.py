"""Step Functions' own metrics of executions: how many of a machine were started, and how each ended.

MiniStack publishes none.
https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
"""

from collections.abc import Callable

import ministack.services.stepfunctions as sfn
from ministack.services import cloudwatch

from local_aws import ministack_names as names

_ENDED = {
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}


def install() -> None:
    names.STATES_RUN_EXECUTION.wrap(_counted)


def _counted(original: Callable) -> Callable:
    def run_execution(exec_arn: str) -> None:
        execution = sfn._executions.get(exec_arn) or {}
        machine = execution.get("stateMachineArn", "")
        _count("ExecutionsStarted", machine)
        try:
            original(exec_arn)
        finally:
            if metric := _ENDED.get(execution.get("status", "")):
                _count(metric, machine)

    return run_execution


def _count(metric: str, machine: str) -> None:
    cloudwatch.record_metric("AWS/States", metric, 1, "Count", {"StateMachineArn": machine})
