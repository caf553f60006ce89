"""The local X-Ray: segments in, the graph of who calls whom out, over the wire and under IAM."""

import json
import secrets
import time

import pytest
from botocore.exceptions import ClientError

from local_aws import allow, permission_log
from local_aws.xray.endpoint import PAGE_SIZE

_FUNCTION = "AWS::Lambda::Function"


def _trace() -> str:
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"


def _segment(name: str, trace: str, **more) -> dict:
    now = time.time()
    return {"trace_id": trace, "id": secrets.token_hex(8), "name": name, "start_time": now - 0.25, "end_time": now, **more}


def _call(name: str, **more) -> dict:
    now = time.time()
    return {"id": secrets.token_hex(8), "name": name, "start_time": now - 0.2, "end_time": now, "namespace": "aws", **more}


@pytest.fixture
def xray(aws):
    return aws.client("xray")


@pytest.fixture
def put(xray):
    def put(*segments: dict | str) -> list[dict]:
        documents = [one if isinstance(one, str) else json.dumps(one) for one in segments]
        return xray.put_trace_segments(TraceSegmentDocuments=documents)["UnprocessedTraceSegments"]

    return put


@pytest.fixture
def graph(xray):
    """The services by name and type, from all pages."""

    def graph() -> dict[tuple[str, str | None], dict]:
        now = time.time()
        pages = xray.get_paginator("get_service_graph").paginate(StartTime=now - 600, EndTime=now + 1)
        services = [service for page in pages for service in page["Services"]]
        references = [service["ReferenceId"] for service in services]
        assert len(references) == len(set(references))
        return {(service["Name"], service.get("Type")): service for service in services}

    return graph


def _callees(services: dict, key: tuple) -> set[tuple]:
    by_reference = {service["ReferenceId"]: found for found, service in services.items()}
    return {by_reference[edge["ReferenceId"]] for edge in services[key]["Edges"]}


def test_graph_of_a_chain_of_functions_has_its_calls_and_their_faults(put, graph, name):
    trace = _trace()
    onward = _call("Lambda", fault=True, aws={"operation": "Invoke", "function_name": f"{name}-back"})
    front = _segment(f"{name}-front", trace, origin=_FUNCTION, subsegments=[onward], fault=True)
    back = _segment(f"{name}-back", trace, origin=_FUNCTION, parent_id=onward["id"], fault=True)
    well = _segment(f"{name}-front", _trace(), origin=_FUNCTION)
    # The callee is done first, as in life.
    assert put(back, front, well) == []
    services = graph()
    root = services[f"{name}-front", _FUNCTION]
    assert (root["Root"], root["State"], root["AccountId"]) == (True, "active", "123456789012")
    summary = root["SummaryStatistics"]
    assert (summary["TotalCount"], summary["OkCount"], summary["FaultStatistics"]["TotalCount"]) == (2, 1, 1)
    assert summary["TotalResponseTime"] == pytest.approx(0.5)
    (edge,) = root["Edges"]
    assert edge["ReferenceId"] == services[f"{name}-back", _FUNCTION]["ReferenceId"]
    assert edge["SummaryStatistics"]["FaultStatistics"]["TotalCount"] == 1
    assert edge["SummaryStatistics"]["TotalResponseTime"] == pytest.approx(0.2)
    assert not services[f"{name}-back", _FUNCTION].get("Root")
    client = services[f"{name}-front", "client"]
    assert client["State"] == "unknown" and "SummaryStatistics" not in client
    assert _callees(services, (f"{name}-front", "client")) == {(f"{name}-front", _FUNCTION)}
    # Nothing is inferred from a call that a segment answers to.
    assert (f"{name}-back", "AWS::Lambda") not in services


def test_graph_as_lambda_itself_traces_has_two_nodes_of_a_function(put, graph, name):
    """Lambda's active tracing sends a segment for the service and one for the function, both of the function's name."""
    trace, onward = _trace(), _call("Lambda", aws={"function_name": f"{name}-back"})
    front = _segment(f"{name}-front", trace, origin=_FUNCTION, subsegments=[onward])
    service = _segment(f"{name}-back", trace, origin="AWS::Lambda", parent_id=onward["id"])
    function = _segment(f"{name}-back", trace, origin=_FUNCTION, parent_id=service["id"])
    put(front, service, function)
    services = graph()
    assert _callees(services, (f"{name}-front", _FUNCTION)) == {(f"{name}-back", "AWS::Lambda")}
    assert _callees(services, (f"{name}-back", "AWS::Lambda")) == {(f"{name}-back", _FUNCTION)}


def test_services_that_send_nothing_are_inferred_from_their_callers(put, graph, name):
    inner = _call("DynamoDB", throttle=True, error=True, aws={"table_name": f"{name}-table"})
    own_work = {**_call("work", subsegments=[inner]), "namespace": ""}
    calls = [own_work, _call("SSM"), _call(f"{name}.example.com", namespace="remote", error=True)]
    put(_segment(name, _trace(), subsegments=calls))
    services = graph()
    expected = {(f"{name}-table", "AWS::DynamoDB::Table"), ("SSM", "AWS::SSM"), (f"{name}.example.com", "remote")}
    assert _callees(services, (name, None)) == expected
    throttled = services[f"{name}-table", "AWS::DynamoDB::Table"]["SummaryStatistics"]["ErrorStatistics"]
    assert throttled == {"ThrottleCount": 1, "OtherCount": 0, "TotalCount": 1}
    refused = services[f"{name}.example.com", "remote"]["SummaryStatistics"]["ErrorStatistics"]
    assert refused == {"ThrottleCount": 0, "OtherCount": 1, "TotalCount": 1}


def test_segment_in_progress_counts_once_it_is_complete(put, graph, name):
    complete = _segment(name, _trace())
    begun = {key: value for key, value in complete.items() if key != "end_time"} | {"in_progress": True}
    put(begun)
    assert graph()[name, None]["SummaryStatistics"]["TotalCount"] == 0
    put(complete, begun)
    assert graph()[name, None]["SummaryStatistics"]["TotalCount"] == 1


def test_subsegment_sent_by_itself_is_part_of_its_segment(put, graph, name):
    segment = _segment(name, _trace())
    put(segment)
    alone = _call(f"{name}.example.com", namespace="remote", type="subsegment", trace_id=segment["trace_id"])
    put({**alone, "parent_id": segment["id"]})
    assert _callees(graph(), (name, None)) == {(f"{name}.example.com", "remote")}


_GOOD = {"id": "53995c3f42cd8ad8", "trace_id": "1-581cf771-a006649127e371903a2de979", "name": "n", "start_time": 1, "end_time": 2}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id": None}, "MissingId"),
        ({"id": "xyz"}, "InvalidId"),
        ({"trace_id": None}, "MissingTraceId"),
        ({"trace_id": "1-581cf771-a0"}, "InvalidTraceId"),
        ({"name": None}, "MissingName"),
        ({"name": "what?"}, "InvalidName"),
        ({"name": "n" * 201}, "InvalidName"),
        ({"start_time": None}, "MissingStartTime"),
        ({"start_time": "now"}, "InvalidStartTime"),
        ({"end_time": None}, "MissingEndTime"),
        ({"end_time": 0}, "InvalidEndTime"),
        ({"type": "subsegment"}, "MissingParentId"),
        ({"subsegments": [{"name": "n"}]}, "MissingId"),
        ({"metadata": {"m": "x" * 65536}}, "DocumentTooLarge"),
    ],
)
def test_malformed_document_is_unprocessed_and_the_others_are_not(put, graph, name, change, code):
    document = {key: value for key, value in (_GOOD | change).items() if value is not None}
    (unprocessed,) = put(document, _segment(name, _trace()))
    assert unprocessed["ErrorCode"] == code
    assert unprocessed["Message"].endswith(f"segment. ErrorCode: {code}")
    assert (name, None) in graph()


def test_document_that_is_not_json_is_unprocessed_without_an_id(put):
    assert put("{") == [{"ErrorCode": "ParseError", "Message": "Invalid segment. ErrorCode: ParseError"}]


def test_graph_has_only_what_began_in_its_window(xray, put, name):
    now = time.time()
    put(_segment(name, _trace(), start_time=now - 900, end_time=now - 800))
    for start, end, is_there in [(now - 600, now, False), (now - 901, now - 899, True)]:
        pages = xray.get_paginator("get_service_graph").paginate(StartTime=start, EndTime=end)
        assert (name in {service["Name"] for page in pages for service in page["Services"]}) is is_there


def test_graph_of_many_services_comes_in_pages_of_one_graph(xray, put, name):
    trace = _trace()
    put(*(_segment(f"{name}-{number}", trace, parent_id="0" * 16) for number in range(PAGE_SIZE + 1)))
    window = {"StartTime": time.time() - 60, "EndTime": time.time()}
    first = xray.get_service_graph(**window)
    assert len(first["Services"]) == PAGE_SIZE
    # What comes after the first page was asked for is not in the second.
    put(_segment(f"{name}-late", trace, parent_id="0" * 16))
    references = {service["ReferenceId"] for service in first["Services"]}
    token = first["NextToken"]
    while token:
        page = xray.get_service_graph(**window, NextToken=token)
        assert not references & {service["ReferenceId"] for service in page["Services"]}
        assert f"{name}-late" not in {service["Name"] for service in page["Services"]}
        token = page.get("NextToken")


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"StartTime": 0, "EndTime": 6 * 3600 + 1}, "Time range cannot be longer than 6 hours"),
        ({"StartTime": 10, "EndTime": 10}, "StartTime must be before EndTime"),
        ({"StartTime": 0, "EndTime": 10, "NextToken": "nonsense"}, "Invalid NextToken"),
        ({"StartTime": 0, "EndTime": 10, "GroupName": "nobody"}, "group does not exist"),
    ],
)
def test_graph_asked_for_wrongly_is_refused(xray, request_, message):
    with pytest.raises(ClientError, match=message) as refused:
        xray.get_service_graph(**request_)
    assert refused.value.response["Error"]["Code"] == "InvalidRequestException"


def test_graph_of_exactly_six_hours_is_given(xray):
    xray.get_service_graph(StartTime=0, EndTime=6 * 3600)


def test_each_operation_needs_its_permission(aws, name):
    calls = {
        "xray:PutTraceSegments": lambda client: client.put_trace_segments(TraceSegmentDocuments=[]),
        "xray:GetServiceGraph": lambda client: client.get_service_graph(StartTime=0, EndTime=1),
    }
    for number, permitted in enumerate(calls):
        client = aws.client("xray", aws.create_role_session(f"{name}-{number}", allow(permitted)))
        for action, call in calls.items():
            if action == permitted:
                call(client)
            else:
                with pytest.raises(ClientError, match=f"not authorized to perform: {action}"):
                    call(client)


def test_calls_are_data_events_and_not_in_the_trail(aws, put, graph, name):
    put(_segment(name, _trace()))
    graph()
    attribute = {"AttributeKey": "EventSource", "AttributeValue": "xray.amazonaws.com"}
    assert aws.client("cloudtrail").lookup_events(LookupAttributes=[attribute])["Events"] == []


def test_calls_are_in_the_permission_log(tmp_path, name):
    from local_aws import LocalAws

    log = tmp_path / "permissions.jsonl"
    with LocalAws(environment={permission_log.VARIABLE: str(log)}) as aws:
        session = aws.create_role_session(name, allow("xray:GetServiceGraph"))
        aws.client("xray", session).get_service_graph(StartTime=0, EndTime=1)
    used = {check.action for check in permission_log.read(log) if check.role == name and check.is_allowed}
    assert used == {"xray:GetServiceGraph"}
