"""Step Functions counts the executions of a machine in CloudWatch."""

import json
import time

import pytest
from metric_queries import metric_query

from local_aws import allow

_METRICS = ("ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsAborted")


@pytest.fixture
def machine(aws, name) -> str:
    """Succeeds, fails or waits, as its input says."""
    role = aws.create_role(name, allow("s3:ListBucket"), "states.amazonaws.com")
    choices = [{"Variable": "$.end", "StringEquals": end, "Next": end} for end in ("Succeed", "Fail", "Wait")]
    states = {
        "Choose": {"Type": "Choice", "Choices": choices},
        "Succeed": {"Type": "Succeed"},
        "Fail": {"Type": "Fail", "Error": "E"},
        "Wait": {"Type": "Wait", "Seconds": 2, "Next": "Succeed"},
    }
    definition = json.dumps({"StartAt": "Choose", "States": states})
    answer = aws.client("stepfunctions").create_state_machine(name=name, definition=definition, roleArn=role, type="EXPRESS")
    return answer["stateMachineArn"]


def _counts(aws, machine: str) -> dict[str, float]:
    now = time.time()
    queries = [
        metric_query("AWS/States", metric, id_=f"m{number}", period=300, StateMachineArn=machine)
        for number, metric in enumerate(_METRICS)
    ]
    answer = aws.client("cloudwatch").get_metric_data(MetricDataQueries=queries, StartTime=now - 600, EndTime=now + 60)
    return {metric: sum(result["Values"]) for metric, result in zip(_METRICS, answer["MetricDataResults"], strict=True)}


def test_executions_are_counted_by_their_end(aws, machine, eventually):
    states = aws.client("stepfunctions")
    for end in ("Succeed", "Fail", "Fail"):
        states.start_execution(stateMachineArn=machine, input=json.dumps({"end": end}))
    waiting = states.start_execution(stateMachineArn=machine, input=json.dumps({"end": "Wait"}))["executionArn"]
    states.stop_execution(executionArn=waiting)
    expected = dict(zip(_METRICS, (4, 1, 2, 1), strict=True))
    eventually(lambda: _counts(aws, machine) == expected)


def test_executions_of_a_machine_that_never_ran_are_none(aws, machine):
    assert _counts(aws, machine) == dict.fromkeys(_METRICS, 0)
