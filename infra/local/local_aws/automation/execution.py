"""One execution and its steps, and how GetAutomationExecution shows them."""

import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from local_aws.automation.document import Document, Step

# SSM's own words for an output whose step did not run or failed.
_NO_OUTPUT = "No output available yet because the step is not successfully executed"
_FINAL = frozenset({"Success", "Failed", "TimedOut", "Cancelled"})


@dataclass
class StepExecution:
    step: Step
    status: str = "Pending"
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    started: float | None = None
    ended: float | None = None
    failure_message: str | None = None
    failure_details: dict[str, Any] | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def view(self) -> dict[str, Any]:
        view = {
            "StepName": self.step.name,
            "Action": self.step.action,
            "StepStatus": self.status,
            "StepExecutionId": self.id,
            "OnFailure": self.step.on_failure,
            "IsEnd": self.step.is_end,
            "IsCritical": self.step.is_critical,
            "MaxAttempts": self.step.max_attempts,
            "Inputs": {name: json.dumps(value) for name, value in self.inputs.items()},
            "Outputs": {name: as_strings(value) for name, value in self.outputs.items()},
        }
        return _with_present(
            view,
            NextStep=self.step.next_step,
            TimeoutSeconds=self.step.timeout_seconds,
            ExecutionStartTime=self.started,
            ExecutionEndTime=self.ended,
            FailureMessage=self.failure_message,
            FailureDetails=self.failure_details,
        )


@dataclass
class Execution:
    id: str
    account: str
    region: str
    document_name: str
    document_version: str
    document: Document
    parameters: dict[str, Any]
    role_arn: str
    executed_by: str
    steps: list[StepExecution]
    tags: list[dict[str, str]] = field(default_factory=list)
    status: str = "Pending"
    started: float = field(default_factory=time.time)
    ended: float | None = None
    failure_message: str | None = None
    current: StepExecution | None = None
    # Set: stop in the middle of a step. `finish_early`: stop after it.
    stopped: threading.Event = field(default_factory=threading.Event)
    finish_early: bool = False

    @property
    def is_final(self) -> bool:
        return self.status in _FINAL

    def step_execution(self, step: Step) -> StepExecution:
        return next(execution for execution in self.steps if execution.step is step)

    def summary(self) -> dict[str, Any]:
        """As DescribeAutomationExecutions lists it."""
        view = {
            "AutomationExecutionId": self.id,
            "DocumentName": self.document_name,
            "DocumentVersion": self.document_version,
            "AutomationExecutionStatus": self.status,
            "ExecutionStartTime": self.started,
            "ExecutedBy": self.executed_by,
            "Mode": "Auto",
            "AutomationType": "Local",
            "Targets": [],
            "ResolvedTargets": {"ParameterValues": [], "Truncated": False},
            "Outputs": self._outputs(),
        }
        running = self.current if not self.is_final else None
        return _with_present(
            view,
            ExecutionEndTime=self.ended,
            FailureMessage=self.failure_message,
            CurrentStepName=running and running.step.name,
            CurrentAction=running and running.step.action,
        )

    def view(self) -> dict[str, Any]:
        """As GetAutomationExecution gives it."""
        view = self.summary()
        del view["AutomationType"]
        view["Parameters"] = {name: as_strings(value) for name, value in self.parameters.items()}
        view["StepExecutions"] = [step.view() for step in self.steps]
        view["StepExecutionsTruncated"] = False
        return view

    def _outputs(self) -> dict[str, list[str]]:
        outputs = {}
        for name in self.document.outputs:
            step_name, _, output_name = name.partition(".")
            step = self.step_execution(self.document.step(step_name))
            outputs[name] = as_strings(step.outputs.get(output_name, _NO_OUTPUT))
        return outputs


def as_strings(value: Any) -> list[str]:
    """Converts a value to SSM's form: a list of strings."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    return [value if isinstance(value, str) else json.dumps(value)]


def _with_present(view: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return view | {name: value for name, value in optional.items() if value is not None}
