"""GetMetricData, as CloudWatch answers it."""

import time

import pytest
from botocore.exceptions import ClientError
from metric_queries import metric_query


@pytest.fixture
def minute() -> int:
    """The beginning of a whole minute that is over."""
    return int(time.time() // 60) * 60 - 600


@pytest.fixture
def put(aws, name):
    def put(*points: tuple[float, float], unit: str = "Count", **dimensions: str) -> None:
        listed = [{"Name": key, "Value": value} for key, value in dimensions.items()]
        data = [
            {"MetricName": "m", "Timestamp": at, "Value": value, "Unit": unit, "Dimensions": listed, "StorageResolution": 1}
            for at, value in points
        ]
        aws.client("cloudwatch").put_metric_data(Namespace=name, MetricData=data)

    return put


@pytest.fixture
def get(aws):
    def get(*queries: dict, start: float, end: float, **more) -> list[dict]:
        answer = aws.client("cloudwatch").get_metric_data(
            MetricDataQueries=list(queries), StartTime=start, EndTime=end, **more
        )
        assert "NextToken" not in answer
        return answer["MetricDataResults"]

    return get


def _points(result: dict) -> list[tuple[float, float]]:
    return [(at.timestamp(), value) for at, value in zip(result["Timestamps"], result["Values"], strict=True)]


def test_metric_data_comes_newest_first_unless_asked_for_otherwise(put, get, name, minute):
    put((minute, 1), (minute + 60, 2))
    window = {"start": minute, "end": minute + 120}
    newest_first = [(minute + 60, 2.0), (minute, 1.0)]
    assert _points(get(metric_query(name), **window)[0]) == newest_first
    assert _points(get(metric_query(name), **window, ScanBy="TimestampDescending")[0]) == newest_first
    assert _points(get(metric_query(name), **window, ScanBy="TimestampAscending")[0]) == newest_first[::-1]


def test_metric_data_has_whole_periods_from_the_start_to_before_the_end(put, get, name, minute):
    put((minute, 1), (minute + 45, 1), (minute + 60, 1), (minute + 120, 1))
    (result,) = get(metric_query(name), start=minute + 30, end=minute + 120, ScanBy="TimestampAscending")
    assert _points(result) == [(minute, 2.0), (minute + 60, 1.0)]
    (result,) = get(metric_query(name, period=10), start=minute + 45, end=minute + 61, ScanBy="TimestampAscending")
    assert _points(result) == [(minute + 40, 1.0), (minute + 60, 1.0)]
    assert (result["Label"], result["StatusCode"]) == ("m", "Complete")


@pytest.mark.parametrize(
    ("statistic", "value"),
    [("Sum", 5050), ("Average", 50.5), ("Minimum", 1), ("Maximum", 100), ("SampleCount", 100), ("p99", 99.01), ("p50", 50.5)],
)
def test_metric_data_by_statistic(put, get, name, minute, statistic, value):
    put(*((minute + 30, number) for number in range(1, 101)))
    (result,) = get(metric_query(name, stat=statistic), start=minute, end=minute + 60)
    assert result["Values"] == [pytest.approx(value)]


def test_metric_data_is_of_exactly_the_dimensions_and_the_unit(put, get, name, minute):
    put((minute, 1), Function="f")
    put((minute, 2), Function="f", Resource="f:live")
    put((minute, 4))
    put((minute, 8), unit="Seconds")
    queries = [
        metric_query(name, id_="function", Function="f"),
        metric_query(name, id_="alias", Resource="f:live", Function="f"),
        metric_query(name, id_="none"),
        metric_query(name, id_="counted", unit="Count"),
        metric_query(name, id_="another", Function="g"),
    ]
    results = get(*queries, start=minute, end=minute + 60)
    assert {result["Id"]: result["Values"] for result in results} == {
        "function": [1.0], "alias": [2.0], "none": [12.0], "counted": [4.0], "another": [],
    }  # fmt: skip


def test_metric_data_in_pages_is_all_of_it(aws, put, name, minute):
    put(*((minute + 10 * number, number) for number in range(5)), Of="a")
    put(*((minute + 10 * number, number) for number in range(3)), Of="b")
    request = {
        "MetricDataQueries": [metric_query(name, id_="a", period=10, Of="a"), metric_query(name, id_="b", period=10, Of="b")],
        "StartTime": minute, "EndTime": minute + 60, "ScanBy": "TimestampAscending", "MaxDatapoints": 3,
    }  # fmt: skip
    cloudwatch = aws.client("cloudwatch")
    first = cloudwatch.get_metric_data(**request)
    assert [result["StatusCode"] for result in first["MetricDataResults"]] == ["PartialData", "PartialData"]
    found: dict[str, list[float]] = {"a": [], "b": []}
    for page in cloudwatch.get_paginator("get_metric_data").paginate(**request):
        assert sum(len(result["Values"]) for result in page["MetricDataResults"]) <= 3
        for result in page["MetricDataResults"]:
            found[result["Id"]] += result["Values"]
    assert found == {"a": [0, 1, 2, 3, 4], "b": [0, 1, 2]}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"StartTime": 100, "EndTime": 100}, "StartTime"),
        ({"MetricDataQueries": [metric_query("n", period=45)]}, "Period"),
        ({"MetricDataQueries": [metric_query("n", stat="Median")]}, "Stat"),
        ({"MetricDataQueries": [metric_query("n"), metric_query("n")]}, "MetricDataQueries"),
        ({"MetricDataQueries": [metric_query("n", id_="A")]}, "MetricDataQueries"),
        ({"NextToken": "nonsense"}, "NextToken"),
    ],
)
def test_metric_data_asked_for_wrongly_is_refused(aws, change, named):
    request = {"MetricDataQueries": [metric_query("n")], "StartTime": 0, "EndTime": 60} | change
    with pytest.raises(ClientError, match=f"ValidationError.*{named}"):
        aws.client("cloudwatch").get_metric_data(**request)
