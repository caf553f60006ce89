"""GetMetricData as CloudWatch answers it.

MiniStack gives the oldest first whatever was asked for, has no pages, cuts the first period in two, adds up all
dimension sets when none is named, and takes a statistic that it does not know for the average. Its answer to an
expression (not implemented) and to the old query protocol, which no SDK speaks any more, stay as they are.
One thing stays more generous than AWS: Lambda's metrics can be had by the second, not only by the minute.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

import base64
import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from ministack.services import cloudwatch

from local_aws import ministack_names as names

_MOST_DATAPOINTS = 100_800
_MOST_QUERIES = 500
_MINUTE = 60
_HIGH_RESOLUTION_PERIODS = (1, 5, 10, 20, 30)
_STATISTICS = frozenset({"SampleCount", "Average", "Sum", "Minimum", "Maximum"})
_PERCENTILE = re.compile(r"p(?:\d{1,2}(?:\.\d+)?|100)")
_ID = re.compile(r"[a-z][a-zA-Z0-9_]{0,254}")


class _Invalid(Exception):
    """A ValidationError; the message is the service's."""


def install() -> None:
    names.GET_METRIC_DATA.wrap(_paged)


def _paged(original: Callable) -> Callable:
    def get_metric_data(params, request, is_cbor, is_json=False):
        queries = request.get("MetricDataQueries") or []
        if not (is_cbor or is_json) or any(query.get("Expression") for query in queries):
            return original(params, request, is_cbor, is_json)
        try:
            answer = _answer(request, queries)
        except _Invalid as invalid:
            return cloudwatch._error("ValidationError", str(invalid), 400, use_json=is_json, use_cbor=is_cbor)
        if is_cbor:
            results = [cloudwatch._cbor_metric_data_result(result) for result in answer["MetricDataResults"]]
            return cloudwatch._cbor_ok(answer | {"MetricDataResults": results})
        return cloudwatch._json_ok(answer)

    return get_metric_data


def _answer(request: dict, queries: list[dict]) -> dict[str, Any]:
    start, end = cloudwatch._parse_ts(request.get("StartTime")), cloudwatch._parse_ts(request.get("EndTime"))
    if start is None or end is None or start >= end:
        raise _Invalid("The parameter StartTime must be less than the parameter EndTime.")
    ids = [query.get("Id") or "" for query in queries]
    if not queries or len(queries) > _MOST_QUERIES or len(set(ids)) < len(ids) or not all(map(_ID.fullmatch, ids)):
        raise _Invalid(f"The parameter MetricDataQueries must have 1 to {_MOST_QUERIES} queries, each with its own Id.")
    size = request.get("MaxDatapoints") or _MOST_DATAPOINTS
    if not 1 <= size <= _MOST_DATAPOINTS:
        raise _Invalid(f"The parameter MaxDatapoints must be between 1 and {_MOST_DATAPOINTS}.")
    is_descending = request.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    skip = _position(request.get("NextToken"))
    results, seen, has_more = [], 0, False
    for query in queries:
        points = sorted(_datapoints(query.get("MetricStat") or {}, start, end).items(), reverse=is_descending)
        if not query.get("ReturnData", True):
            continue
        # The queries one after another are one long list, of which this page is a part.
        page = points[max(0, skip - seen) : max(0, skip + size - seen)]
        is_cut = seen + len(points) > skip + size
        seen += len(points)
        has_more |= is_cut
        results.append(
            {
                "Id": query["Id"],
                "Label": query.get("Label") or query["MetricStat"]["Metric"]["MetricName"],
                "Timestamps": [cloudwatch._ts_iso(at) for at, _ in page],
                "Values": [value for _, value in page],
                "StatusCode": "PartialData" if is_cut else "Complete",
            }
        )
    answer = {"MetricDataResults": results, "Messages": []}
    return answer | ({"NextToken": _token(skip + size)} if has_more else {})


def _datapoints(stat: dict, start: float, end: float) -> dict[int, float]:
    """The statistic of each period that begins in the time asked for, by its beginning."""
    period, statistic, unit = stat.get("Period"), stat.get("Stat") or "", stat.get("Unit")
    if not isinstance(period, int) or not (period in _HIGH_RESOLUTION_PERIODS or (period > 0 and period % _MINUTE == 0)):
        raise _Invalid("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.")
    if statistic not in _STATISTICS and not _PERCENTILE.fullmatch(statistic):
        raise _Invalid(f"The value {statistic} for parameter Stat is not supported.")
    metric = stat.get("Metric") or {}
    dimensions = cloudwatch._dims_key(cloudwatch._dims_from_list(metric.get("Dimensions") or []))
    points = list(cloudwatch._metrics.get((metric.get("Namespace"), metric.get("MetricName"), dimensions)) or ())
    first = _rounded(start, period)
    by_period = defaultdict(list)
    for point in points:
        begins = _rounded(point["Timestamp"], period, period)
        if first <= begins < end and unit in (None, point.get("Unit", "None")):
            by_period[begins].append(point)
    values = {
        begins: cloudwatch._stat_value(cloudwatch._calc_stats(inside), statistic, inside)
        for begins, inside in by_period.items()
    }
    return {begins: value for begins, value in values.items() if value is not None}


def _rounded(time: float, period: int, to: int | None = None) -> int:
    """Down; a start to the minute, or to a shorter period."""
    unit = to or min(period, _MINUTE)
    return int(time // unit) * unit


def _token(position: int) -> str:
    return base64.urlsafe_b64encode(f"{position} datapoints".encode()).decode()


def _position(token: str | None) -> int:
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token).decode().removesuffix(" datapoints"))
    except ValueError:
        raise _Invalid("The parameter NextToken is not valid.") from None
