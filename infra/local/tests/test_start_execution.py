"""StartAutomationExecution: what it answers as SSM does."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

_DOCUMENT = "Nightshift-RestoreParameter"


@pytest.fixture
def parameters(aws, name):
    ssm = aws.client("ssm")
    for value in ("good", "bad"):
        ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
    return {"ParameterName": name, "RestoreVersion": "1", "ExpectedVersion": "2"}


def _error_of(call) -> dict:
    with pytest.raises(ClientError) as refused:
        call()
    return refused.value.response["Error"]


def test_start_same_token_same_request_is_one_execution(automations, parameters):
    token = str(uuid.uuid4())
    first = automations.start(_DOCUMENT, parameters, ClientToken=token)
    automations.wait(first)
    assert automations.start(_DOCUMENT, parameters, ClientToken=token) == first
    assert automations.start(_DOCUMENT, parameters, ClientToken=token.upper()) == first


def test_start_same_token_concurrently_is_one_execution_with_one_effect(aws, automations, parameters):
    token = str(uuid.uuid4())
    with ThreadPoolExecutor(20) as threads:
        starts = [threads.submit(automations.start, _DOCUMENT, parameters, ClientToken=token) for _ in range(20)]
    (execution_id,) = {start.result() for start in starts}
    assert automations.wait(execution_id).status == "Success"
    found = aws.client("ssm").get_parameter(Name=parameters["ParameterName"])
    assert found["Parameter"]["Version"] == 3


def test_start_same_token_other_parameters_is_refused(automations, parameters):
    token = str(uuid.uuid4())
    automations.start(_DOCUMENT, parameters, ClientToken=token)
    error = _error_of(lambda: automations.start(_DOCUMENT, parameters | {"ExpectedVersion": "7"}, ClientToken=token))
    assert error["Code"] == "IdempotentParameterMismatch"


def test_start_without_token_is_another_execution(automations, parameters):
    assert automations.start(_DOCUMENT, parameters) != automations.start(_DOCUMENT, parameters)


@pytest.mark.parametrize(
    ("document", "changes", "code", "message"),
    [
        ("Nightshift-Nothing", {}, "AutomationDefinitionNotFoundException", "Nightshift-Nothing"),
        (_DOCUMENT, {"Extra": "1"}, "InvalidAutomationExecutionParametersException", "Extra"),
        (_DOCUMENT, {"RestoreVersion": None}, "InvalidAutomationExecutionParametersException", "RestoreVersion"),
        (_DOCUMENT, {"AutomationAssumeRole": None}, "InvalidAutomationExecutionParametersException", "AutomationAssumeRole"),
        (_DOCUMENT, {"RestoreVersion": "one"}, "InvalidAutomationExecutionParametersException", "Integer"),
        (_DOCUMENT, {"ParameterName": "a b"}, "InvalidAutomationExecutionParametersException", "pattern"),
    ],
)
def test_start_bad_request_is_refused_as_ssm_does(aws, automation_role, parameters, document, changes, code, message):
    given = {"AutomationAssumeRole": automation_role} | parameters | changes
    error = _error_of(
        lambda: aws.client("ssm").start_automation_execution(
            DocumentName=document, Parameters={key: [value] for key, value in given.items() if value is not None}
        )
    )
    assert error["Code"] == code
    assert message in error["Message"]


def test_start_two_values_for_one_parameter_are_refused(aws, automation_role, parameters):
    given = {"AutomationAssumeRole": [automation_role]} | {key: [value] for key, value in parameters.items()}
    given["RestoreVersion"] = ["1", "2"]
    error = _error_of(lambda: aws.client("ssm").start_automation_execution(DocumentName=_DOCUMENT, Parameters=given))
    assert error["Code"] == "InvalidAutomationExecutionParametersException"


def test_start_unknown_version_is_refused(automations, parameters):
    error = _error_of(lambda: automations.start(_DOCUMENT, parameters, DocumentVersion="7"))
    assert error["Code"] == "AutomationDefinitionVersionNotFoundException"


def test_start_malformed_token_is_refused(automations, parameters):
    error = _error_of(lambda: automations.start(_DOCUMENT, parameters, ClientToken="x" * 36))
    assert error["Code"] == "ValidationException"


@pytest.mark.parametrize("operation", ["get_automation_execution", "describe_automation_step_executions", "stop_automation_execution"])
def test_execution_unknown_is_not_found(aws, operation):
    call = getattr(aws.client("ssm"), operation)
    error = _error_of(lambda: call(AutomationExecutionId=str(uuid.uuid4())))
    assert error["Code"] == "AutomationExecutionNotFoundException"


def test_execution_is_described_and_filtered(aws, automations, parameters):
    run = automations.run(_DOCUMENT, parameters)
    execution_id = run.view["AutomationExecutionId"]
    listed = aws.client("ssm").describe_automation_executions(
        Filters=[{"Key": "ExecutionId", "Values": [execution_id]}, {"Key": "ExecutionStatus", "Values": ["Success"]}]
    )["AutomationExecutionMetadataList"]
    assert [found["AutomationExecutionId"] for found in listed] == [execution_id]
    steps = aws.client("ssm").describe_automation_step_executions(AutomationExecutionId=execution_id)
    assert steps["StepExecutions"] == run.view["StepExecutions"]
    assert run.view["Parameters"]["RestoreVersion"] == ["1"]
    assert run.view["ExecutionStartTime"] <= run.view["ExecutionEndTime"]


def test_execution_returns_the_plan_that_it_was_started_for(automations, parameters):
    plan = "0123456789abcdef" * 4
    run = automations.run(_DOCUMENT, parameters | {"PlanHash": plan})
    assert run.view["Parameters"]["PlanHash"] == [plan]


def test_execution_list_pages(aws, automations, parameters):
    for _ in range(3):
        automations.start(_DOCUMENT, parameters)
    first = aws.client("ssm").describe_automation_executions(MaxResults=2)
    assert len(first["AutomationExecutionMetadataList"]) == 2
    assert aws.client("ssm").describe_automation_executions(MaxResults=2, NextToken=first["NextToken"])
