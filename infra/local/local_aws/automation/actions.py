"""The five actions. Each takes a step and its resolved inputs and gives what the step selected."""

import datetime
import re
import time
from dataclasses import dataclass, field
from typing import Any

from local_aws import settings
from local_aws.automation.aws_api import AwsApi
from local_aws.automation.conditions import chosen_step
from local_aws.automation.document import Step
from local_aws.automation.errors import Cancelled, StepFailed, StepTimedOut
from local_aws.automation.selector import BadSelector, NothingSelected, Selector
from local_aws.settings import Settings

_POLL_SECONDS = 0.1
_WAIT_DEFAULT_TIMEOUT_SECONDS = 3600
_DURATION = re.compile(r"PT(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?")
_VERIFICATION = "Verification"
_PYTHON_TYPES = {
    "String": str, "Integer": int, "Boolean": bool, "StringList": list, "StringMap": dict, "MapList": list,
}  # fmt: skip


@dataclass
class ActionResult:
    outputs: dict[str, Any] = field(default_factory=dict)
    # Set by aws:branch only; None there means that no choice held.
    chosen: str | None = None


class Actions:
    """`stopped` is a `threading.Event`: an action that waits looks at it."""

    def __init__(self, api: AwsApi, stopped):
        self._api = api
        self._stopped = stopped

    def run(self, step: Step, inputs: dict[str, Any]) -> ActionResult:
        """Raises `StepFailed`, `StepTimedOut` or `Cancelled`."""
        duration = StepDuration.from_settings(step, settings.current())
        # An effect may come at the beginning of a step or at its end: whoever cancels it does not know which.
        self._pass_time(duration.before_action, duration)
        result = self._act(step, inputs, duration)
        self._pass_time(duration.after_action, duration)
        return result

    def _pass_time(self, seconds: float, duration: "StepDuration") -> None:
        within = duration.spend(seconds)
        self._pause(within)
        if within < seconds:
            raise StepTimedOut(f"after {duration.timeout:g} s")

    def _act(self, step: Step, inputs: dict[str, Any], duration: "StepDuration") -> ActionResult:
        if step.action == "aws:executeAwsApi":
            return ActionResult(_selected_outputs(step, self._call(inputs)))
        if step.action == "aws:assertAwsResourceProperty":
            return self._assert(inputs)
        if step.action == "aws:waitForAwsResourceProperty":
            return self._wait(duration, inputs)
        if step.action == "aws:sleep":
            return self._sleep(inputs)
        return ActionResult(chosen=chosen_step(inputs))

    def _call(self, inputs: dict[str, Any]) -> Any:
        parameters = dict(inputs)
        try:
            service, operation = parameters.pop("Service"), parameters.pop("Api")
        except KeyError as missing:
            raise StepFailed(f"inputs lacks {missing}", stage="InputValidation") from missing
        return self._api.call(service, operation, parameters)

    def _assert(self, inputs: dict[str, Any]) -> ActionResult:
        selector, desired, call = _property_inputs(inputs)
        try:
            actual = selector.select(self._call(call))
        except NothingSelected as error:
            raise StepFailed(str(error), stage=_VERIFICATION, kind="PropertyMissing") from error
        if not _is_desired(actual, desired):
            raise StepFailed(
                f"Property value from the API output is {actual!r}; desired values: {desired!r}",
                stage=_VERIFICATION, kind="PropertyNotDesired",
            )  # fmt: skip
        return ActionResult()

    def _wait(self, duration: "StepDuration", inputs: dict[str, Any]) -> ActionResult:
        selector, desired, call = _property_inputs(inputs)
        timeout = duration.timeout or _WAIT_DEFAULT_TIMEOUT_SECONDS
        deadline = time.monotonic() + timeout
        actual: Any = None
        while time.monotonic() < deadline:
            try:
                actual = selector.select(self._call(call))
                if _is_desired(actual, desired):
                    return ActionResult()
            except NothingSelected:
                pass  # Not there yet is what one waits for.
            self._pause(_POLL_SECONDS)
        raise StepTimedOut(f"after {timeout:g} s {selector.text} is {actual!r}; desired values: {desired!r}")

    def _sleep(self, inputs: dict[str, Any]) -> ActionResult:
        self._pause(_sleep_seconds(inputs))
        return ActionResult()

    def _pause(self, seconds: float) -> None:
        if self._stopped.wait(seconds):
            raise Cancelled


@dataclass
class StepDuration:
    """The time that the settings let a step take besides its action, within its timeout."""

    before_action: float
    after_action: float
    timeout: float | None
    _spent: float = 0.0

    @staticmethod
    def from_settings(step: Step, now: Settings) -> "StepDuration":
        seconds = now.automation_seconds_by_step.get(step.name, now.automation_step_seconds)
        timeout = now.automation_timeouts_by_step.get(step.name, step.timeout_seconds)
        return StepDuration(seconds / 2, seconds / 2, timeout)

    def spend(self, seconds: float) -> float:
        """As much of this as the timeout leaves."""
        left = seconds if self.timeout is None else max(0.0, min(seconds, self.timeout - self._spent))
        self._spent += left
        return left


def _property_inputs(inputs: dict[str, Any]) -> tuple[Selector, list[Any], dict[str, Any]]:
    call = dict(inputs)
    try:
        selector, desired = call.pop("PropertySelector"), call.pop("DesiredValues")
        return Selector.parse(selector), desired, call
    except KeyError as missing:
        raise StepFailed(f"inputs lacks {missing}", stage="InputValidation") from missing
    except BadSelector as error:
        raise StepFailed(str(error), stage="InputValidation") from error


def _is_desired(actual: Any, desired: list[Any]) -> bool:
    """Compared as text: DesiredValues is a list of strings whatever the property's type is."""
    allowed = {_text(value) for value in desired}
    if isinstance(actual, list):
        return bool(actual) and all(_text(value) in allowed for value in actual)
    return _text(actual) in allowed


def _text(value: Any) -> str:
    return str(value)


def _selected_outputs(step: Step, response: Any) -> dict[str, Any]:
    outputs = {}
    for output in step.outputs:
        try:
            value = output.selector.select(response)
        except NothingSelected as error:
            raise StepFailed(f"output {output.name}: {error}", stage=_VERIFICATION, kind="OutputMissing") from error
        if type(value) is not _PYTHON_TYPES[output.type]:
            raise StepFailed(
                f"output {output.name}: {output.selector.text} gave {type(value).__name__} where the document says {output.type}",
                stage=_VERIFICATION, kind="OutputType",
            )  # fmt: skip
        outputs[output.name] = value
    return outputs


def _sleep_seconds(inputs: dict[str, Any]) -> float:
    if "Timestamp" in inputs:
        until = datetime.datetime.fromisoformat(inputs["Timestamp"].replace("Z", "+00:00"))
        return max(0.0, (until - datetime.datetime.now(datetime.timezone.utc)).total_seconds())
    duration = inputs.get("Duration")
    match = _DURATION.fullmatch(str(duration))
    if match is None or duration == "PT":
        raise StepFailed(f"Duration is {duration!r}; should be like PT30S or PT2H5M", stage="InputValidation")
    parts = {name: int(value or 0) for name, value in match.groupdict().items()}
    return datetime.timedelta(**parts).total_seconds()
