"""A function at its reserved concurrency throttles whoever calls it."""

import io
import json
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from local_aws import allow, deploy

_SLOW = "import time\n\ndef handler(event, context):\n    time.sleep(event['seconds'])\n"


@pytest.fixture
def function(aws, name) -> str:
    """ARN of a function that may run once at a time."""
    role = aws.create_role(f"function-{name}", allow("logs:*"), "lambda.amazonaws.com")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as output:
        output.writestr("index.py", _SLOW)
    functions = aws.client("lambda")
    arn = functions.create_function(
        FunctionName=name, Runtime="python3.11", Handler="index.handler", Role=role, Code={"ZipFile": archive.getvalue()}
    )["FunctionArn"]
    functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    return arn


@pytest.fixture
def busy(aws, name, function, eventually):
    """Meanwhile the function runs."""
    with ThreadPoolExecutor() as threads:
        running = threads.submit(aws.client("lambda").invoke, FunctionName=name, Payload=json.dumps({"seconds": 2.0}))
        time.sleep(0.5)
        yield
        assert "FunctionError" not in running.result()


def test_invoke_at_the_limit_is_throttled_with_its_reason(aws, name, busy):
    with pytest.raises(aws.client("lambda").exceptions.TooManyRequestsException) as raised:
        aws.client("lambda").invoke(FunctionName=name, Payload=json.dumps({"seconds": 0}))
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert raised.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"


def test_task_at_the_limit_fails_as_a_machine_can_retry_it(aws, name, function, busy):
    role = aws.create_role(f"machine-{name}", allow("lambda:InvokeFunction"), "states.amazonaws.com")
    retry = {"ErrorEquals": ["Lambda.TooManyRequestsException"], "IntervalSeconds": 1, "MaxAttempts": 5, "BackoffRate": 1}
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": function, "Payload": {"seconds": 0}},
        "Retry": [retry],
        "End": True,
    }
    states = aws.client("stepfunctions")
    definition = json.dumps({"StartAt": "Task", "States": {"Task": task}})
    machine = states.create_state_machine(name=name, definition=definition, roleArn=role)["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]
    while (status := states.describe_execution(executionArn=execution)["status"]) == "RUNNING":
        time.sleep(0.05)
    assert status == "SUCCEEDED"
    history = states.get_execution_history(executionArn=execution)["events"]
    failures = [event["taskFailedEventDetails"] for event in history if event["type"] == "TaskFailed"]
    assert {failure["error"] for failure in failures} == {"Lambda.TooManyRequestsException"}
    assert "ReservedFunctionConcurrentInvocationLimitExceeded" in failures[0]["cause"]


@pytest.mark.parametrize("limits", [(5, 7), (5, None), (None, 7)])
def test_template_sets_changes_and_lifts_the_limit(aws, name, tmp_path, limits):
    template = tmp_path / "template.json"
    for limit in limits:
        properties = {
            "FunctionName": name,
            "Runtime": "python3.11",
            "Handler": "index.handler",
            "Role": f"arn:aws:iam::{aws.account}:role/x",
            "Code": {"ZipFile": "def handler(event, context): pass"},
        }
        if limit is not None:
            properties["ReservedConcurrentExecutions"] = limit
        resource = {"Type": "AWS::Lambda::Function", "Properties": properties}
        template.write_text(json.dumps({"Resources": {"Function": resource}}))
        deploy(aws, name, template)
        set_limit = aws.client("lambda").get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions")
        assert set_limit == limit
