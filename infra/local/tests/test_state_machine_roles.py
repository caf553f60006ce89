"""State machines and rules run with exactly their role's permissions."""

import json
import time

import pytest

from local_aws import allow

_READ = ("aws-sdk:ssm:getParameter", {"Name": "{name}"})


_ARN = "arn:aws:{service}:us-east-1:123456789012:{resource}"


@pytest.mark.parametrize(
    ("integration", "arguments", "action", "resource"),
    [
        (*_READ, "ssm:GetParameter", _ARN.format(service="ssm", resource="parameter/{name}")),
        ("dynamodb:putItem", {"TableName": "{name}", "Item": {"pk": {"S": "x"}}}, "dynamodb:PutItem",
         _ARN.format(service="dynamodb", resource="table/{name}")),
        ("aws-sdk:dynamodb:getItem", {"TableName": "{name}", "Key": {"pk": {"S": "x"}}}, "dynamodb:GetItem",
         _ARN.format(service="dynamodb", resource="table/{name}")),
        ("events:putEvents", {"Entries": [{"Source": "s", "DetailType": "d", "Detail": {}}]}, "events:PutEvents",
         _ARN.format(service="events", resource="event-bus/default")),
        ("aws-sdk:cloudwatch:describeAlarms", {}, "cloudwatch:DescribeAlarms", "*"),
        ("aws-sdk:cloudwatch:describeAlarms", {}, "cloudwatch:DescribeAlarms",
         _ARN.format(service="cloudwatch", resource="alarm:*")),
    ],
)  # fmt: skip
def test_state_machine_runs_with_exactly_its_roles_permission(aws, name, integration, arguments, action, resource):
    aws.client("ssm").put_parameter(Name=name, Value="x", Type="String")
    aws.client("dynamodb").create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )  # fmt: skip
    arguments = json.loads(json.dumps(arguments).replace("{name}", name))
    exact = aws.create_role(name, allow(action, resource=resource.replace("{name}", name)), "states.amazonaws.com")
    other = aws.create_role(f"{name}-other", allow("s3:ListBucket"), "states.amazonaws.com")
    assert _run_task(aws, exact, integration, arguments)["status"] == "SUCCEEDED"
    refused = _run_task(aws, other, integration, arguments)
    assert refused["status"] == "FAILED"
    assert action in refused["cause"]


@pytest.mark.parametrize(
    ("trusted", "policy"),
    [
        ("states.amazonaws.com", allow("ssm:GetParameter", resource="arn:aws:ssm:*:*:parameter/other")),
        ("lambda.amazonaws.com", allow("*")),
    ],
)
def test_state_machine_of_a_role_for_something_else_fails(aws, name, trusted, policy):
    aws.client("ssm").put_parameter(Name=name, Value="x", Type="String")
    role = aws.create_role(name, policy, trusted)
    assert _run_task(aws, role, _READ[0], {"Name": name})["status"] == "FAILED"


def _run_task(aws, role: str, integration: str, arguments: dict) -> dict:
    """A finished execution of a machine whose only state is this task."""
    task = {"Type": "Task", "Resource": f"arn:aws:states:::{integration}", "Arguments": arguments, "End": True}
    definition = {"QueryLanguage": "JSONata", "StartAt": "Task", "States": {"Task": task}}
    machines = aws.client("stepfunctions")
    machine = machines.create_state_machine(
        name=role.rsplit("/", 1)[-1], definition=json.dumps(definition), roleArn=role
    )["stateMachineArn"]
    execution = machines.start_execution(stateMachineArn=machine)["executionArn"]
    deadline = time.monotonic() + 10
    while (found := machines.describe_execution(executionArn=execution))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


@pytest.mark.parametrize(
    ("trusted", "policy", "started"),
    [
        ("events.amazonaws.com", allow("states:StartExecution"), 1),
        ("events.amazonaws.com", allow("states:ListExecutions"), 0),
        ("lambda.amazonaws.com", allow("*"), 0),
    ],
)
def test_event_starts_a_machine_only_as_a_role_that_may(aws, name, eventually, trusted, policy, started):
    machines, events = aws.client("stepfunctions"), aws.client("events")
    definition = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
    machine_role = aws.create_role(f"{name}-machine", allow("logs:*"), "states.amazonaws.com")
    target_role = aws.create_role(f"{name}-target", policy, trusted)
    permitted_role = aws.create_role(f"{name}-permitted", allow("states:StartExecution"), "events.amazonaws.com")
    arns = [
        machines.create_state_machine(name=f"{name}-{part}", definition=definition, roleArn=machine_role)["stateMachineArn"]
        for part in ("tested", "control")
    ]
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    targets = [
        {"Id": role.rsplit("-", 1)[-1], "Arn": arn, "RoleArn": role}
        for arn, role in zip(arns, (target_role, permitted_role), strict=True)
    ]
    events.put_targets(Rule=name, Targets=targets)
    events.put_events(Entries=[{"Source": name, "DetailType": "x", "Detail": "{}"}])

    def executions(arn):
        return machines.list_executions(stateMachineArn=arn)["executions"]

    # Targets are delivered in turn, so once the second one has started the first one is decided.
    eventually(lambda: executions(arns[1]))
    assert len(executions(arns[0])) == started
