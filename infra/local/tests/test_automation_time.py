"""Steps that take time: they can be cancelled and time out in the middle, before and after their effect."""

import time

import pytest

from local_aws.automation.actions import StepDuration
from local_aws.automation.document import Step
from local_aws.settings import Settings

_DOCUMENT = "Nightshift-RestoreParameter"
_CHANGE = "RestoreValue"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Settings(), (0, 0, 30)),
        (Settings(automation_step_seconds=1), (0.5, 0.5, 30)),
        (Settings(automation_step_seconds=1, automation_seconds_by_step={"Act": 4}), (2, 2, 30)),
        (Settings(automation_step_seconds=1, automation_seconds_by_step={"Other": 4}), (0.5, 0.5, 30)),
        (Settings(automation_timeouts_by_step={"Act": 2}), (0, 0, 2)),
    ],
)
def test_step_takes_the_time_of_its_settings(settings, expected):
    duration = StepDuration.from_settings(Step("Act", "aws:executeAwsApi", {}, timeout_seconds=30), settings)
    assert (duration.before_action, duration.after_action, duration.timeout) == expected


@pytest.fixture
def parameters(aws, name) -> dict[str, str]:
    """Those with which the document restores version 1 of a parameter whose version 2 is bad."""
    for value in ("good", "bad"):
        aws.client("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
    return {"ParameterName": name, "RestoreVersion": "1", "ExpectedVersion": "2"}


@pytest.fixture
def value(aws, name):
    return lambda: aws.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]


def test_steps_take_their_time(aws, automations, parameters):
    with aws.settings(automation_step_seconds=0.2):
        run = automations.run(_DOCUMENT, parameters)
    assert run.status == "Success", run.failure
    ran = [step for step in run.view["StepExecutions"] if step["StepStatus"] == "Success"]
    assert all((step["ExecutionEndTime"] - step["ExecutionStartTime"]).total_seconds() >= 0.19 for step in ran)


def test_automation_is_cancelling_and_then_cancelled(aws, automations, parameters):
    with aws.settings(automation_step_seconds=0.3):
        execution_id = automations.start(_DOCUMENT, parameters)
        aws.client("ssm").stop_automation_execution(AutomationExecutionId=execution_id, Type="Cancel")
        run = automations.wait(execution_id)
    assert run.status == "Cancelled"
    statuses = [step["StepStatus"] for step in run.view["StepExecutions"]]
    assert statuses[0] in ("Cancelled", "Pending")
    assert set(statuses[1:]) == {"Pending"}


@pytest.mark.parametrize(("looks_like", "expected"), [("bad", "bad"), ("good", "good")])
def test_step_cancelled_before_or_after_its_effect_has_no_outputs(
    aws, automations, parameters, value, eventually, looks_like, expected
):
    with aws.settings(automation_seconds_by_step={_CHANGE: 2.0}):
        execution_id = automations.start(_DOCUMENT, parameters)
        eventually(lambda: automations.get(execution_id).step_status(_CHANGE) == "InProgress")
        eventually(lambda: value() == looks_like)
        aws.client("ssm").stop_automation_execution(AutomationExecutionId=execution_id, Type="Cancel")
        run = automations.wait(execution_id)
    assert (run.status, run.step_status(_CHANGE)) == ("Cancelled", "Cancelled")
    assert run.step(_CHANGE)["Outputs"] == {}
    time.sleep(0.1)
    assert value() == expected


def test_step_that_takes_longer_than_its_timeout_times_out(aws, automations, parameters, value):
    with aws.settings(automation_seconds_by_step={_CHANGE: 0.6}, automation_timeouts_by_step={_CHANGE: 0.4}):
        run = automations.run(_DOCUMENT, parameters)
    assert (run.status, run.step_status(_CHANGE)) == ("TimedOut", "TimedOut")
    assert value() == "good", "it timed out after its effect"


def test_token_that_aged_starts_another_execution(aws, automations, parameters):
    token = "01234567-89ab-4def-8123-000000000001"
    first = automations.run(_DOCUMENT, parameters, ClientToken=token).view["AutomationExecutionId"]
    assert automations.start(_DOCUMENT, parameters, ClientToken=token.upper()) == first
    time.sleep(0.1)
    with aws.settings(automation_token_seconds=0.05):
        assert automations.start(_DOCUMENT, parameters, ClientToken=token) != first


def test_token_that_comes_again_is_refused_where_that_is_set(aws, automations, parameters):
    token = "01234567-89ab-4def-8123-000000000002"
    automations.run(_DOCUMENT, parameters, ClientToken=token)
    mismatch = aws.client("ssm").exceptions.IdempotentParameterMismatch
    with aws.settings(automation_refuses_reused_tokens=True), pytest.raises(mismatch, match="can't be reused"):
        automations.start(_DOCUMENT, parameters, ClientToken=token)
