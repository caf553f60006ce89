"""Calls fail, are throttled, wait and lose their caller, as a test says, in each protocol and in a machine's tasks."""

import io
import json
import sys
import time
import zipfile

import pytest
from botocore.exceptions import ClientError

from local_aws import allow


def _error_of(call) -> tuple[str, int]:
    with pytest.raises(ClientError) as raised:
        call()
    return raised.value.response["Error"]["Code"], raised.value.response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.fixture
def value(aws, name):
    """Puts a value under one name; reads it."""

    class Value:
        def put(self, text: str) -> None:
            aws.client("ssm").put_parameter(Name=name, Value=text, Type="String", Overwrite=True)

        def get(self) -> str:
            return aws.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]

    return Value()


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "action", "error", "status"),
    [
        ("dynamodb", "list_tables", {}, "dynamodb:ListTables", "ProvisionedThroughputExceededException", 400),
        ("ssm", "describe_parameters", {}, "ssm:DescribeParameters", "ThrottlingException", 400),
        ("cloudwatch", "describe_alarms", {}, "cloudwatch:DescribeAlarms", "ThrottlingException", 400),
        ("sns", "list_topics", {}, "sns:ListTopics", "Throttling", 400),
        ("stepfunctions", "list_state_machines", {}, "states:ListStateMachines", "ThrottlingException", 400),
        ("lambda", "list_functions", {}, "lambda:ListFunctions", "TooManyRequestsException", 429),
        ("ec2", "describe_instances", {}, "ec2:DescribeInstances", "RequestLimitExceeded", 503),
        ("sqs", "list_queues", {}, "sqs:ListQueues", "InternalError", 500),
        ("s3", "list_buckets", {}, "s3:ListAllMyBuckets", "SlowDown", 503),
    ],
)
def test_fault_fails_the_call_in_its_services_protocol(aws, service, operation, arguments, action, error, status):
    call = getattr(aws.client(service), operation)
    with aws.fault(action, error=error, status=status) as fault:
        assert _error_of(lambda: call(**arguments)) == (error, status)
        assert fault.met == 1
    call(**arguments)


def test_fault_fails_the_nth_call_and_no_other(aws, value):
    value.put("first")
    with aws.fault("ssm:PutParameter", error="ThrottlingException", skip=1, times=1):
        value.put("second")
        assert _error_of(lambda: value.put("third"))[0] == "ThrottlingException"
        value.put("fourth")
    assert value.get() == "fourth"


def test_fault_before_the_call_prevents_it_and_after_it_does_not(aws, value):
    value.put("old")
    with aws.fault("ssm:PutParameter", error="InternalServerError"):
        assert _error_of(lambda: value.put("new")) == ("InternalServerError", 500)
    assert value.get() == "old"
    with aws.fault("ssm:PutParameter", error="InternalServerError", is_after=True):
        assert _error_of(lambda: value.put("new")) == ("InternalServerError", 500)
    assert value.get() == "new"


def test_fault_delays_the_call(aws, value):
    value.put("slow")
    with aws.fault("ssm:GetParameter", delay_seconds=0.4, times=1):
        started = time.monotonic()
        assert value.get() == "slow"
        assert time.monotonic() - started >= 0.4


def test_fault_meets_only_the_caller_that_is_meant(aws, value, name):
    value.put("x")
    victim = aws.create_role_session(f"victim-{name}", allow("ssm:GetParameter"))
    with aws.fault("ssm:*", error="ThrottlingException", caller=f"victim-{name}"):
        value.get()
        assert _error_of(lambda: aws.client("ssm", victim).get_parameter(Name=name))[0] == "ThrottlingException"


def test_fault_meets_the_same_calls_for_the_same_seed(aws, value):
    value.put("x")

    def met() -> list[bool]:
        outcomes = []
        with aws.fault("ssm:GetParameter", error="ThrottlingException", share=0.5, seed=7):
            for _ in range(20):
                try:
                    value.get()
                    outcomes.append(False)
                except ClientError:
                    outcomes.append(True)
        return outcomes

    first = met()
    assert first == met()
    assert {True, False} == set(first)


@pytest.fixture
def machine(aws, name):
    """Runs a state machine with one task; its final event's details."""
    role = aws.create_role(f"machine-{name}", allow("sqs:SendMessage", "lambda:InvokeFunction"), "states.amazonaws.com")
    states = aws.client("stepfunctions")

    def run(resource: str, parameters: dict) -> dict:
        task = {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True}
        definition = json.dumps({"StartAt": "Task", "States": {"Task": task}})
        arn = states.create_state_machine(name=name, definition=definition, roleArn=role)["stateMachineArn"]
        execution = states.start_execution(stateMachineArn=arn)["executionArn"]
        while (described := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
            time.sleep(0.02)
        return described

    return run


def test_fault_fails_a_machines_task_in_the_integrations_words(aws, name, machine):
    queue = aws.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    with aws.fault("sqs:SendMessage", error="AmazonSQSException", contains=["hello"]):
        ended = machine("arn:aws:states:::sqs:sendMessage", {"QueueUrl": queue, "MessageBody": "hello"})
    assert (ended["status"], ended["error"]) == ("FAILED", "SQS.AmazonSQSException")


def test_fault_fails_a_machines_function(aws, machine):
    arn = f"arn:aws:lambda:{aws.region}:{aws.account}:function:nobody"
    with aws.fault("lambda:InvokeFunction", error="TooManyRequestsException", contains=["nobody"]):
        ended = machine("arn:aws:states:::lambda:invoke", {"FunctionName": arn, "Payload": {}})
    assert ended["error"] == "Lambda.TooManyRequestsException"


_CALLER = """
import boto3

ssm = boto3.client("ssm")

def handler(event, context):
    ssm.put_parameter(Name=event["name"], Value="new", Type="String", Overwrite=True)
"""


@pytest.fixture
def function(aws, name):
    """Invokes a function that sets the parameter `name`; the error that its caller is told."""
    role = aws.create_role(f"function-{name}", allow("ssm:PutParameter"), "lambda.amazonaws.com")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as output:
        output.writestr("index.py", _CALLER)
    functions = aws.client("lambda")
    functions.create_function(
        FunctionName=name, Runtime="python3.11", Handler="index.handler", Role=role, Code={"ZipFile": archive.getvalue()}
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})

    def invoke() -> str | None:
        return functions.invoke(FunctionName=name, Payload=json.dumps({"name": name})).get("FunctionError")

    return invoke


@pytest.mark.skipif(sys.platform != "linux", reason="finds the function's process in /proc")
@pytest.mark.parametrize(("is_after", "value_then"), [(False, "old"), (True, "new")])
def test_fault_kills_the_function_that_makes_the_call(aws, name, value, function, is_after, value_then):
    value.put("old")
    with aws.fault("ssm:PutParameter", kills=True, is_after=is_after, caller=f"function-{name}", times=1) as fault:
        assert function() is not None
        assert fault.met == 1
    assert value.get() == value_then
    assert function() is None, "the next call has an environment of its own"
