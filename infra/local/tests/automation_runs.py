"""Starts automations for tests and waits for their end."""

import time
from dataclasses import dataclass

_TIMEOUT_SECONDS = 20.0
_RUNNING = {"Pending", "InProgress", "Cancelling"}


@dataclass(frozen=True)
class Run:
    """A finished execution, as GetAutomationExecution gave it."""

    view: dict

    @property
    def status(self) -> str:
        return self.view["AutomationExecutionStatus"]

    @property
    def failure(self) -> str:
        return self.view.get("FailureMessage", "")

    def output(self, name: str) -> str:
        (value,) = self.view["Outputs"][name]
        return value

    def step(self, name: str) -> dict:
        return next(step for step in self.view["StepExecutions"] if step["StepName"] == name)

    def step_status(self, name: str) -> str:
        return self.step(name)["StepStatus"]


class AutomationRuns:
    def __init__(self, ssm, role_arn: str, roles: dict[str, str]):
        """`roles` has the role of each document that is not to be run as `role_arn`."""
        self._ssm = ssm
        self._role_arn = role_arn
        self._roles = roles

    def start(self, document: str, parameters: dict[str, str] | None = None, **request) -> str:
        given = {"AutomationAssumeRole": self._roles.get(document, self._role_arn)} | (parameters or {})
        return self._ssm.start_automation_execution(
            DocumentName=document, Parameters={name: [value] for name, value in given.items()}, **request
        )["AutomationExecutionId"]

    def run(self, document: str, parameters: dict[str, str] | None = None, **request) -> Run:
        return self.wait(self.start(document, parameters, **request))

    def get(self, execution_id: str) -> Run:
        return Run(self._ssm.get_automation_execution(AutomationExecutionId=execution_id)["AutomationExecution"])

    def wait(self, execution_id: str) -> Run:
        deadline = time.monotonic() + _TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            run = self.get(execution_id)
            if run.status not in _RUNNING:
                return run
            time.sleep(0.02)
        raise AssertionError(f"{execution_id} still {run.status} after {_TIMEOUT_SECONDS} s: {run.view}")
