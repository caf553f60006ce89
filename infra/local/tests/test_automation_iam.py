"""IAM around automations: the caller's permissions, the handed-over role, the role's own."""

import json

import pytest
from botocore.exceptions import ClientError

from local_aws import allow

_DOCUMENT = "Nightshift-RestoreParameter"
_START = "ssm:StartAutomationExecution"


@pytest.fixture
def parameters(aws, name):
    ssm = aws.client("ssm")
    for value in ("good", "bad"):
        ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
    return {"ParameterName": [name], "RestoreVersion": ["1"], "ExpectedVersion": ["2"]}


def _arn(aws, resource: str) -> str:
    return f"arn:aws:ssm:{aws.region}:{aws.account}:{resource}"


def _caller_policy(aws, role: str) -> dict:
    return allow(_START, resource=[_arn(aws, f"document/{_DOCUMENT}"), _arn(aws, "automation-execution/*")]) | {
        "Statement": [
            allow(_START, resource=[_arn(aws, f"document/{_DOCUMENT}"), _arn(aws, "automation-execution/*")])["Statement"][0],
            allow("iam:PassRole", resource=role)["Statement"][0],
        ]
    }


def _start(aws, credentials, role, parameters, document=_DOCUMENT):
    return aws.client("ssm", credentials).start_automation_execution(
        DocumentName=document, Parameters={"AutomationAssumeRole": [role], **parameters}
    )["AutomationExecutionId"]


def _denial(call) -> str:
    with pytest.raises(ClientError) as refused:
        call()
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    return str(refused.value)


def test_caller_with_exactly_the_permissions_may_start(aws, automations, automation_role, name, parameters):
    caller = aws.create_role_session(name, _caller_policy(aws, automation_role))
    run = automations.wait(_start(aws, caller, automation_role, parameters))
    assert run.status == "Success", run.failure
    assert run.view["ExecutedBy"].startswith(f"arn:aws:sts::{aws.account}:assumed-role/{name}/")


@pytest.mark.parametrize("missing", [0, 1])
def test_caller_lacking_one_permission_may_not_start(aws, automation_role, name, parameters, missing):
    policy = _caller_policy(aws, automation_role)
    del policy["Statement"][missing]
    caller = aws.create_role_session(name, policy)
    message = _denial(lambda: _start(aws, caller, automation_role, parameters))
    assert [_START, "iam:PassRole"][missing] in message


@pytest.mark.parametrize("resource", [f"document/{_DOCUMENT}", "automation-execution/*"])
def test_caller_granted_only_one_of_the_two_resources_may_not_start(aws, automation_role, name, parameters, resource):
    caller = aws.create_role_session(name, allow(_START, resource=_arn(aws, resource)))
    assert _START in _denial(lambda: _start(aws, caller, automation_role, parameters))


def test_caller_granted_one_document_may_not_start_another(aws, automation_role, name):
    caller = aws.create_role_session(name, _caller_policy(aws, automation_role))
    instance = {"InstanceId": ["i-0123456789abcdef0"]}
    assert _START in _denial(lambda: _start(aws, caller, automation_role, instance, "Nightshift-StopInstance"))


def test_caller_may_not_pass_a_role_for_another_service(aws, automation_role, name, parameters):
    policy = _caller_policy(aws, automation_role)
    policy["Statement"][1]["Condition"] = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    caller = aws.create_role_session(name, policy)
    assert "iam:PassRole" in _denial(lambda: _start(aws, caller, automation_role, parameters))


def test_caller_without_permission_may_not_look(aws, automations, name, parameters):
    caller = aws.client("ssm", aws.create_user(name, allow("s3:ListAllMyBuckets")))
    execution_id = automations.start(_DOCUMENT, {key: value for key, (value,) in parameters.items()})
    _denial(lambda: caller.get_automation_execution(AutomationExecutionId=execution_id))
    _denial(lambda: caller.stop_automation_execution(AutomationExecutionId=execution_id))
    _denial(lambda: caller.describe_automation_executions())
    _denial(lambda: caller.get_document(Name=_DOCUMENT))


@pytest.mark.parametrize("trusted", ["lambda.amazonaws.com", None])
def test_role_that_ssm_cannot_assume_is_refused_at_the_start(aws, name, parameters, trusted):
    role = f"arn:aws:iam::{aws.account}:role/not-there"
    if trusted:
        role = aws.create_role(name, allow("*"), trusted)
    with pytest.raises(ClientError) as refused:
        _start(aws, None, role, parameters)
    error = refused.value.response["Error"]
    assert error["Code"] == "InvalidAutomationExecutionParametersException"
    assert "unable to be assumed" in error["Message"]


def test_role_lacking_one_permission_fails_the_step_and_touches_nothing(aws, automations, name, parameters):
    role = aws.create_role(name, allow("ssm:GetParameter"), "ssm.amazonaws.com")
    run = automations.wait(_start(aws, None, role, parameters))
    assert run.status == "Failed"
    assert run.step_status("RestoreValue") == "Failed"
    assert run.step("RestoreValue")["FailureDetails"]["FailureType"] == "AccessDeniedException"
    assert "ssm:PutParameter" in run.failure
    assert aws.client("ssm").get_parameter(Name=name)["Parameter"]["Version"] == 2


def test_automation_calls_are_in_the_trail(aws, automations, parameters):
    automations.run(_DOCUMENT, {key: value for key, (value,) in parameters.items()})
    trail = aws.client("cloudtrail")
    for event in ("StartAutomationExecution", "PutParameter"):
        found = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": event}])
        assert any(parameters["ParameterName"][0] in event["CloudTrailEvent"] for event in found["Events"])


@pytest.mark.parametrize("account, ends_as", [("123456789012", "Success"), ("999999999999", "Failed")])
def test_role_that_trusts_ssm_of_one_account_only(aws, automations, name, parameters, account, ends_as):
    role = aws.create_role(name, allow("*"), "ssm.amazonaws.com")
    trust = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "ssm.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": account},
                "ArnLike": {"aws:SourceArn": f"arn:aws:ssm:{aws.region}:{account}:automation-execution/*"},
            },
        },
    }
    aws.client("iam").update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
    run = automations.wait(_start(aws, aws.admin, role, parameters))
    assert run.status == ends_as, run.failure
