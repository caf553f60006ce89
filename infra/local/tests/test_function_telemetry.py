"""Telemetry of a function: metrics, errors, its log, its event sources, and who may read them."""

import io
import json
import time
import zipfile

import pytest
from botocore.exceptions import ClientError
from metric_queries import metric_query

from local_aws import allow


_SOURCE = """
import time

def handler(event, context):
    print("asked for", event.get("what"), "\\nand for more")
    time.sleep(event.get("seconds", 0))
    return {"price": {"cat": 12}[event["what"]]}
"""


@pytest.fixture
def function(aws, name):
    """Invokes a function's alias `live`, which is its version 1."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as output:
        output.writestr("index.py", _SOURCE)
    functions = aws.client("lambda")
    role = aws.create_role(name, allow("logs:PutLogEvents"), "lambda.amazonaws.com")
    functions.create_function(
        FunctionName=name, Runtime="python3.11", Handler="index.handler", Role=role, Code={"ZipFile": archive.getvalue()}
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})
    functions.publish_version(FunctionName=name)
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")

    def invoke(payload: bytes, qualifier: str = "live") -> dict:
        return functions.invoke(FunctionName=name, Qualifier=qualifier, Payload=payload, LogType="Tail")

    return invoke


def test_function_has_its_metrics_by_function_by_alias_and_by_version(aws, function, name):
    started = time.time()
    for payload in (b'{"what": "cat"}', b'{"what": "dog"}'):
        function(payload)
    function(b'{"what": "dog"}', qualifier="$LATEST")
    alias = {"FunctionName": name, "Resource": f"{name}:live"}
    queries = [
        metric_query("AWS/Lambda", metric, id_=f"{scope}_{metric.lower()}_{stat.lower()}", stat=stat, **dimensions)
        for scope, dimensions in (
            ("function", {"FunctionName": name}),
            ("alias", alias),
            ("version", alias | {"ExecutedVersion": "1"}),
            ("other", alias | {"ExecutedVersion": "2"}),
        )
        for metric, stat in (("Invocations", "Sum"), ("Errors", "Sum"), ("Duration", "SampleCount"), ("Duration", "p99"))
    ]
    found = aws.client("cloudwatch").get_metric_data(
        MetricDataQueries=queries, StartTime=started, EndTime=time.time() + 1
    )
    values = {result["Id"]: sum(result["Values"]) for result in found["MetricDataResults"]}
    assert (values["function_invocations_sum"], values["function_errors_sum"]) == (3, 2)
    assert (values["alias_invocations_sum"], values["alias_errors_sum"]) == (2, 1)
    assert (values["version_invocations_sum"], values["version_errors_sum"]) == (2, 1)
    assert (values["other_invocations_sum"], values["other_errors_sum"]) == (0, 0)
    assert (values["function_duration_samplecount"], values["alias_duration_samplecount"]) == (3, 2)
    assert values["alias_duration_p99"] > 0


def test_function_that_raises_answers_and_stays_warm(function):
    function(b'{"what": "cat"}')
    answer = function(b'{"what": "dog"}')
    assert answer["FunctionError"] == "Unhandled"
    payload = json.load(answer["Payload"])
    assert (payload["errorType"], payload["errorMessage"]) == ("KeyError", "'dog'")
    assert payload["stackTrace"][0].startswith('  File "/var/task/index.py", line 7, in handler\n')
    # A new process takes ten times as long to be ready.
    started = time.monotonic()
    function(b'{"what": "dog"}')
    assert time.monotonic() - started < 0.5


def test_function_writes_its_log(aws, function, name):
    before = int(time.time() * 1000)
    function(b'{"what": "cat", "seconds": 0.2}')
    function(b'{"what": "dog"}')
    answer = aws.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")
    events = answer["events"]
    messages = [event["message"] for event in events]
    request_id = messages[0].split()[2]
    assert messages[0] == f"START RequestId: {request_id} Version: 1\n"
    assert messages[1:3] == ["asked for cat\n", "and for more\n"]
    assert messages[3] == f"END RequestId: {request_id}\n"
    assert messages[4].startswith(f"REPORT RequestId: {request_id}\tDuration: ")
    assert messages[8].startswith("[ERROR] KeyError: 'dog'\nTraceback (most recent call last):\n  File \"/var/task/index.py\"")
    assert [message.split()[0] for message in messages[9:]] == ["END", "REPORT"]
    assert len({event["logStreamName"] for event in events}) == 1
    assert "/[1]" in events[0]["logStreamName"]
    assert len({event["eventId"] for event in events}) == len(events)
    assert before <= events[0]["timestamp"] < before + 5_000
    assert events[4]["timestamp"] - events[0]["timestamp"] >= 200


@pytest.fixture
def mappings(aws, function, name):
    """Three of the alias and one of the function, each with a queue of its own; the UUIDs by number."""
    queues, functions = aws.client("sqs"), aws.client("lambda")
    ids = []
    for number, target in enumerate([f"{name}:live"] * 3 + [name]):
        url = queues.create_queue(QueueName=f"{name}-{number}")["QueueUrl"]
        arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        ids.append(functions.create_event_source_mapping(EventSourceArn=arn, FunctionName=target)["UUID"])
    yield ids
    for mapping in ids:
        functions.delete_event_source_mapping(UUID=mapping)


def _mappings(aws, **request) -> list[str]:
    pages = aws.client("lambda").get_paginator("list_event_source_mappings").paginate(**request)
    return [mapping["UUID"] for page in pages for mapping in page["EventSourceMappings"]]


def test_event_source_mappings_in_pages_are_all_of_them(aws, mappings, name):
    assert _mappings(aws, FunctionName=name, PaginationConfig={"PageSize": 1}) == mappings


def test_event_source_mappings_of_an_alias_or_a_source_are_its_own(aws, mappings, name):
    assert _mappings(aws, FunctionName=f"{name}:live") == mappings[:3]
    assert _mappings(aws, FunctionName=f"arn:aws:lambda:us-east-1:123456789012:function:{name}:live") == mappings[:3]
    assert _mappings(aws, FunctionName=f"{name}:other") == []
    source = f"arn:aws:sqs:us-east-1:123456789012:{name}-1"
    assert _mappings(aws, EventSourceArn=source) == [mappings[1]]


@pytest.mark.parametrize(
    ("service", "call", "arguments", "action", "resource"),
    [
        ("cloudwatch", "get_metric_data", {"MetricDataQueries": [metric_query("n")], "StartTime": 0, "EndTime": 60},
         "cloudwatch:GetMetricData", "*"),
        ("logs", "filter_log_events", {"logGroupName": "{name}"},
         "logs:FilterLogEvents", "arn:aws:logs:us-east-1:123456789012:log-group:{name}:*"),
        ("lambda", "list_event_source_mappings", {}, "lambda:ListEventSourceMappings", "*"),
    ],
)  # fmt: skip
def test_telemetry_needs_its_permission(aws, name, service, call, arguments, action, resource):
    aws.client("logs").create_log_group(logGroupName=name)
    arguments = {key: name if value == "{name}" else value for key, value in arguments.items()}
    allowed = aws.create_role_session(name, allow(action, resource=resource.replace("{name}", name)))
    getattr(aws.client(service, allowed), call)(**arguments)
    other = aws.create_role_session(f"{name}-other", allow("s3:ListBucket"))
    with pytest.raises(ClientError, match=f"not authorized to perform: {action}"):
        getattr(aws.client(service, other), call)(**arguments)
