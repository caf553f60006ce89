"""FilterLogEvents, as CloudWatch Logs answers it."""

import time

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def lines(aws, name):
    """Two streams whose lines are interleaved: one a millisecond."""
    logs = aws.client("logs")
    logs.create_log_group(logGroupName=name)
    start = int(time.time() * 1000) - 10_000
    written = [(start + number, f"Line {number}: cat food ran out") for number in range(10)]
    for stream, part in (("even/1", written[::2]), ("odd/1", written[1::2])):
        logs.create_log_stream(logGroupName=name, logStreamName=stream)
        logs.put_log_events(
            logGroupName=name, logStreamName=stream, logEvents=[{"timestamp": at, "message": line} for at, line in part]
        )
    return written


def _filtered(aws, **request) -> list[tuple[int, str]]:
    pages = aws.client("logs").get_paginator("filter_log_events").paginate(**request)
    return [(event["timestamp"], event["message"]) for page in pages for event in page["events"]]


@pytest.mark.parametrize("page", [1, 3, 10, 10_000])
def test_log_events_in_pages_are_all_of_them_in_order(aws, name, lines, page):
    assert _filtered(aws, logGroupName=name, PaginationConfig={"PageSize": page}) == lines
    first = aws.client("logs").filter_log_events(logGroupName=name, limit=page)
    assert len(first["events"]) == min(page, 10)
    assert ("nextToken" in first) is (page < 10)


def test_log_events_of_a_time_have_both_its_ends(aws, name, lines):
    window = {"startTime": lines[2][0], "endTime": lines[5][0]}
    assert _filtered(aws, logGroupName=name, **window, PaginationConfig={"PageSize": 2}) == lines[2:6]


def test_log_events_of_some_streams(aws, name, lines):
    assert _filtered(aws, logGroupName=name, logStreamNames=["odd/1"]) == lines[1::2]
    assert _filtered(aws, logGroupName=name, logStreamNamePrefix="even/") == lines[::2]
    with pytest.raises(ClientError, match="InvalidParameterException"):
        _filtered(aws, logGroupName=name, logStreamNames=["odd/1"], logStreamNamePrefix="even/")


@pytest.mark.parametrize(
    ("pattern", "numbers"),
    [
        ("cat", range(10)),
        ("Cat", []),
        ('"Line 3"', [3]),
        ('"Line 3" dog', []),
        ('?"Line 3" ?"Line 5"', [3, 5]),
        ('cat -"Line 3"', [0, 1, 2, 4, 5, 6, 7, 8, 9]),
    ],
)
def test_log_events_by_pattern(aws, name, lines, pattern, numbers):
    assert _filtered(aws, logGroupName=name, filterPattern=pattern) == [lines[number] for number in numbers]


def test_log_events_asked_for_wrongly_are_refused(aws, name, lines):
    logs = aws.client("logs")
    for request in ({"filterPattern": "ca/t"}, {"nextToken": "nonsense"}):
        with pytest.raises(ClientError, match="InvalidParameterException"):
            logs.filter_log_events(logGroupName=name, **request)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        logs.filter_log_events(logGroupName=f"{name}-other")
