"""Steps follow each other as SSM runs them: failures, ends, timeouts and stops."""

import json
import time

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def create(aws, name):
    """Creates a document with these steps; its name."""

    def create_document(*steps, outputs=()) -> str:
        document = {
            "schemaVersion": "0.3",
            "assumeRole": "{{ AutomationAssumeRole }}",
            "parameters": {"AutomationAssumeRole": {"type": "String"}},
            "mainSteps": list(steps),
            "outputs": list(outputs),
        }
        aws.client("ssm").create_document(
            Name=name, Content=json.dumps(document), DocumentType="Automation", DocumentFormat="JSON"
        )
        return name

    return create_document


def _sleep(name: str, duration: str = "PT0S", **fields) -> dict:
    return {"name": name, "action": "aws:sleep", "inputs": {"Duration": duration}, **fields}


def _identity(name: str, selector: str = "$.Account", **fields) -> dict:
    return {
        "name": name,
        "action": "aws:executeAwsApi",
        "inputs": {"Service": "sts", "Api": "GetCallerIdentity"},
        "outputs": [{"Name": "Value", "Selector": selector, "Type": "String"}],
        **fields,
    }


def _fail(name: str, **fields) -> dict:
    return _identity(name, selector="$.Nothing", **fields)


def _never(name: str, **fields) -> dict:
    inputs = {"Service": "sts", "Api": "GetCallerIdentity", "PropertySelector": "$.Account", "DesiredValues": ["x"]}
    return {"name": name, "action": "aws:waitForAwsResourceProperty", "inputs": inputs, **fields}


def _statuses(run) -> dict[str, str]:
    return {step["StepName"]: step["StepStatus"] for step in run.view["StepExecutions"]}


@pytest.mark.parametrize(
    ("fields", "after_failure", "status"),
    [
        ({}, "Pending", "Failed"),
        ({"onFailure": "Abort", "isCritical": False}, "Pending", "Success"),
        ({"onFailure": "Continue"}, "Success", "Failed"),
        ({"onFailure": "Continue", "isCritical": False}, "Success", "Success"),
    ],
)
def test_step_failed_goes_on_as_its_fields_say(automations, create, fields, after_failure, status):
    run = automations.run(create(_fail("Fails", **fields), _sleep("After")))
    assert run.status == status
    assert _statuses(run) == {"Fails": "Failed", "After": after_failure}


def test_step_failed_jumps_to_the_step_it_names(automations, create):
    document = create(
        _fail("Fails", onFailure="step:CleanUp", isCritical=False), _sleep("Skipped", isEnd=True), _sleep("CleanUp")
    )
    run = automations.run(document)
    assert run.status == "Success"
    assert _statuses(run) == {"Fails": "Failed", "Skipped": "Pending", "CleanUp": "Success"}


def test_step_end_and_next_are_honoured(automations, create):
    document = create(_sleep("First", nextStep="Third"), _sleep("Second"), _sleep("Third", isEnd=True), _sleep("Fourth"))
    assert _statuses(automations.run(document)) == {
        "First": "Success", "Second": "Pending", "Third": "Success", "Fourth": "Pending",
    }  # fmt: skip


def test_branch_without_a_true_choice_ends_where_it_says_so(automations, create):
    choice = {"NextStep": "After", "Variable": "a", "StringEquals": "b"}
    branch = {"name": "Choose", "action": "aws:branch", "inputs": {"Choices": [choice]}, "isEnd": True}
    run = automations.run(create(branch, _sleep("After")))
    assert (run.status, run.step_status("After")) == ("Success", "Pending")


def test_wait_that_does_not_come_true_times_out(automations, create):
    run = automations.run(create(_never("Waits", timeoutSeconds=1), _sleep("After")))
    assert run.status == "TimedOut"
    assert _statuses(run) == {"Waits": "TimedOut", "After": "Pending"}


def test_output_of_a_failed_step_says_that_there_is_none(automations, create):
    run = automations.run(create(_fail("Fails"), outputs=["Fails.Value"]))
    assert run.output("Fails.Value").startswith("No output available yet")


def test_step_runs_as_the_automation_role(automations, create, aws):
    run = automations.run(create(_identity("Who", "$.Arn"), outputs=["Who.Value"]))
    assert f"assumed-role/automation-everything/Automation-{run.view['AutomationExecutionId']}" in run.output("Who.Value")


@pytest.mark.parametrize("waiting", [_never("Waits"), _sleep("Waits", "PT1H")], ids=["wait", "sleep"])
def test_stop_cancels_the_running_step(aws, automations, create, eventually, waiting):
    execution_id = automations.start(create(waiting, _sleep("After")))
    eventually(lambda: automations.get(execution_id).view.get("CurrentStepName") == "Waits")
    aws.client("ssm").stop_automation_execution(AutomationExecutionId=execution_id)
    begun = time.monotonic()
    run = automations.wait(execution_id)
    assert run.status == "Cancelled"
    assert _statuses(run) == {"Waits": "Cancelled", "After": "Pending"}
    assert time.monotonic() - begun < 2


def test_stop_complete_lets_the_running_step_finish(aws, automations, create, eventually):
    execution_id = automations.start(create(_sleep("Waits", "PT1S"), _sleep("After")))
    eventually(lambda: automations.get(execution_id).view.get("CurrentStepName") == "Waits")
    aws.client("ssm").stop_automation_execution(AutomationExecutionId=execution_id, Type="Complete")
    assert _statuses(automations.wait(execution_id)) == {"Waits": "Success", "After": "Pending"}


def test_stop_of_an_ended_execution_is_refused(aws, automations, create):
    run = automations.run(create(_sleep("Only")))
    with pytest.raises(ClientError) as refused:
        aws.client("ssm").stop_automation_execution(AutomationExecutionId=run.view["AutomationExecutionId"])
    assert refused.value.response["Error"]["Code"] == "InvalidAutomationStatusUpdateException"
