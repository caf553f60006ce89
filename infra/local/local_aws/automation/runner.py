"""Runs an execution's steps one after the other, in a thread of its own."""

import datetime
import logging
import threading
import time
from typing import Any

from local_aws.automation.actions import ActionResult, Actions
from local_aws.automation.aws_api import AwsApi, new_client
from local_aws.automation.document import Step
from local_aws.automation.errors import Cancelled, StepFailed, StepTimedOut
from local_aws.automation.execution import Execution, StepExecution
from local_aws.automation.role import assume
from local_aws.automation.substitution import Unresolved, substitute
from local_aws.credentials import Credentials

logger = logging.getLogger("automation")

# The emulator's root: the only caller there that may act as the SSM service.
_SERVICE_CREDENTIALS = Credentials("test", "test")
_GUIDE = "Please refer to Automation Service Troubleshooting Guide for more diagnosis details."


def start(execution: Execution) -> None:
    threading.Thread(target=_run, args=(execution,), name=f"automation-{execution.id}", daemon=True).start()


def _run(execution: Execution) -> None:
    try:
        _run_steps(execution)
    except Exception as error:  # An execution must end in the API's terms whatever happens here.
        logger.exception("automation.execution_id=%s failed inside the runner", execution.id)
        _finish(execution, "Failed", f"The local runner failed: {error!r}")


def _run_steps(execution: Execution) -> None:
    execution.status = "InProgress"
    sts = new_client("sts", execution.region, _SERVICE_CREDENTIALS)
    credentials = assume(sts, execution.role_arn, execution.id)
    if credentials is None:
        _finish(execution, "Failed", "The defined assume role is unable to be assumed.")
        return
    actions = Actions(AwsApi(execution.region, credentials), execution.stopped)
    values = _initial_values(execution)
    critical_failure: str | None = None
    step: Step | None = execution.document.steps[0]
    while step is not None:
        record = execution.step_execution(step)
        execution.current = record
        try:
            if execution.stopped.is_set():
                raise Cancelled
            result = _attempt(actions, step, record, values)
        except Cancelled:
            # What the step's action gave, if it came so far, is not among the outputs of a step that was cancelled.
            record.status, record.ended = "Cancelled", time.time()
            _finish(execution, "Cancelled", None)
            return
        except (StepFailed, StepTimedOut) as failure:
            _record_failure(record, failure)
            if step.is_critical:
                critical_failure = critical_failure or record.failure_message
            if step.on_failure == "Abort":
                timed_out = isinstance(failure, StepTimedOut)
                status = ("TimedOut" if timed_out else "Failed") if step.is_critical else "Success"
                _finish(execution, status, critical_failure)
                return
            step = execution.document.step(step.failure_step) if step.failure_step else _after(execution, step, None)
        else:
            record.outputs, record.status, record.ended = result.outputs, "Success", time.time()
            values |= {f"{step.name}.{name}": value for name, value in result.outputs.items()}
            step = _after(execution, step, result.chosen)
        if execution.finish_early:
            break
    _finish(execution, "Failed" if critical_failure else "Success", critical_failure)


def _initial_values(execution: Execution) -> dict[str, Any]:
    now = datetime.datetime.now(datetime.timezone.utc)
    return {
        **execution.parameters,
        "global:DATE": now.strftime("%Y-%m-%d"),
        "global:DATE_TIME": now.strftime("%Y-%m-%d_%H.%M.%S"),
        "global:REGION": execution.region,
        "automation:EXECUTION_ID": execution.id,
    }


def _attempt(actions: Actions, step: Step, record: StepExecution, values: dict[str, Any]) -> ActionResult:
    record.status, record.started = "InProgress", time.time()
    try:
        record.inputs = substitute(step.inputs, values)
    except Unresolved as error:
        raise StepFailed(str(error), stage="InputValidation", kind="InvalidInput") from error
    for remaining in reversed(range(step.max_attempts)):
        try:
            return actions.run(step, record.inputs)
        except (StepFailed, StepTimedOut):
            if remaining == 0:
                raise
    raise StepFailed(f"maxAttempts is {step.max_attempts}; should be at least 1", stage="InputValidation")


def _record_failure(record: StepExecution, failure: StepFailed | StepTimedOut) -> None:
    record.ended = time.time()
    if isinstance(failure, StepTimedOut):
        record.status, stage, kind = "TimedOut", "Invocation", "Timeout"
        record.failure_message = f"Step timed out while it was executing: {failure}. {_GUIDE}"
    else:
        record.status, stage, kind = "Failed", failure.stage, failure.kind
        doing = "validating and resolving the step inputs" if stage == "InputValidation" else "Execute/Cancelling action"
        record.failure_message = f"Step fails when it is {doing}. {failure}. {_GUIDE}"
    record.failure_details = {
        "FailureStage": stage,
        "FailureType": kind,
        "Details": {"StepName": [record.step.name], "VerificationErrorMessage": [str(failure)]},
    }


def _after(execution: Execution, step: Step, chosen: str | None) -> Step | None:
    if chosen is not None:
        return execution.document.step(chosen)
    return None if step.is_end else execution.document.following(step)


def _finish(execution: Execution, status: str, failure_message: str | None) -> None:
    execution.failure_message = failure_message
    execution.ended = time.time()
    # Last: whoever sees a final status must find everything else in place.
    execution.status = status
