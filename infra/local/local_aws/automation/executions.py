"""The executions of each account and region, and the client tokens they were started with."""

import datetime
import threading
import time
from collections.abc import Callable
from typing import Any

from local_aws import settings
from local_aws.automation.errors import SsmError
from local_aws.automation.execution import Execution, StepExecution
from local_aws.automation.paging import page


class Executions:
    def __init__(self, start: Callable[[Execution], None]) -> None:
        self._start = start
        self._lock = threading.Lock()
        self._by_id: dict[tuple[str, str, str], Execution] = {}
        self._tokens: dict[tuple[str, str, str], tuple[dict[str, Any], str]] = {}

    def started_before(self, account: str, region: str, request: dict[str, Any]) -> str | None:
        """Id of the execution this request's token belongs to, if it was used before."""
        with self._lock:
            return self._started_before(account, region, request)

    def start(self, execution: Execution, request: dict[str, Any]) -> str:
        """Starts it; its id, or that of the execution which this request's token started before."""
        account, region = execution.account, execution.region
        with self._lock:
            earlier = self._started_before(account, region, request)
            if earlier is not None:
                return earlier
            self._by_id[account, region, execution.id] = execution
            if token := request.get("ClientToken"):
                self._tokens[account, region, token.lower()] = (_without_token(request), execution.id)
        self._start(execution)
        return execution.id

    def get(self, account: str, region: str, execution_id: str) -> Execution:
        try:
            return self._by_id[account, region, execution_id]
        except KeyError:
            raise SsmError(
                "AutomationExecutionNotFoundException",
                f"Automation execution with execution id: {execution_id} does not exist.",
            ) from None

    def stop(self, account: str, region: str, request: dict[str, Any]) -> dict[str, Any]:
        execution = self.get(account, region, request["AutomationExecutionId"])
        with self._lock:
            if execution.is_final:
                raise SsmError(
                    "InvalidAutomationStatusUpdateException",
                    f"Automation execution {execution.id} is {execution.status} and can no longer be stopped.",
                )
            if request.get("Type", "Cancel") == "Complete":
                execution.finish_early = True
            else:
                # Cancelled once its step has noticed.
                execution.status = "Cancelling"
                execution.stopped.set()
        return {}

    def describe(self, account: str, region: str, request: dict[str, Any]) -> dict[str, Any]:
        own = [found for (owner, where, _), found in self._by_id.items() if (owner, where) == (account, region)]
        for wanted in request.get("Filters", []):
            own = [execution for execution in own if _passes(execution, wanted["Key"], wanted["Values"])]
        newest_first = sorted(own, key=lambda execution: execution.started, reverse=True)
        return page([execution.summary() for execution in newest_first], request, "AutomationExecutionMetadataList")

    def describe_steps(self, account: str, region: str, request: dict[str, Any]) -> dict[str, Any]:
        steps = list(self.get(account, region, request["AutomationExecutionId"]).steps)
        for wanted in request.get("Filters", []):
            steps = [step for step in steps if _step_passes(step, wanted["Key"], wanted["Values"])]
        if request.get("ReverseOrder"):
            steps.reverse()
        return page([step.view() for step in steps], request, "StepExecutions")

    def clear(self) -> None:
        with self._lock:
            for execution in self._by_id.values():
                execution.stopped.set()
            self._by_id.clear()
            self._tokens.clear()

    def _started_before(self, account: str, region: str, request: dict[str, Any]) -> str | None:
        token, now = request.get("ClientToken"), settings.current()
        known = self._tokens.get((account, region, token.lower())) if token else None
        if known is None:
            return None
        earlier_request, execution_id = known
        age = time.time() - self._by_id[account, region, execution_id].started
        if now.automation_token_seconds and age > now.automation_token_seconds:
            return None
        if now.automation_refuses_reused_tokens:
            raise SsmError("IdempotentParameterMismatch", "The client token was used before and can't be reused.")
        if earlier_request != _without_token(request):
            raise SsmError(
                "IdempotentParameterMismatch",
                "The client token was used before with other parameters; it started " + execution_id,
            )
        return execution_id


def _without_token(request: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in request.items() if name != "ClientToken"}


def _passes(execution: Execution, key: str, values: list[str]) -> bool:
    if key == "ExecutionId":
        return execution.id in values
    if key == "ExecutionStatus":
        return execution.status in values
    if key == "DocumentNamePrefix":
        return any(execution.document_name.startswith(value) for value in values)
    if key == "TagKey":
        return any(tag["Key"] in values for tag in execution.tags)
    if key in ("StartTimeAfter", "StartTimeBefore"):
        limit = datetime.datetime.fromisoformat(values[0].replace("Z", "+00:00")).timestamp()
        return execution.started >= limit if key == "StartTimeAfter" else execution.started <= limit
    raise SsmError("InvalidFilterKey", f"filter {key!r} is not known to the local runner")


def _step_passes(step: StepExecution, key: str, values: list[str]) -> bool:
    actual = {
        "StepName": step.step.name,
        "Action": step.step.action,
        "StepExecutionId": step.id,
        "StepExecutionStatus": step.status,
    }
    if key not in actual:
        raise SsmError("InvalidFilterKey", f"filter {key!r} is not known to the local runner")
    return actual[key] in values
