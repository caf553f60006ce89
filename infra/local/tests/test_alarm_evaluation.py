"""The evaluation's rules, without an emulator."""

import time

import pytest

from local_aws.fidelity.alarm_evaluation import next_state, state_of

NOW = 1000.0
ALARM = {
    "Period": 10,
    "EvaluationPeriods": 2,
    "DatapointsToAlarm": 1,
    "Statistic": "Sum",
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "TreatMissingData": "missing",
    "StateValue": "OK",
    "StateReason": "as before",
}


def _point(seconds_ago: float, value: float) -> dict:
    return {"Timestamp": NOW - seconds_ago, "Value": value}


@pytest.mark.parametrize(
    ("change", "points", "expected"),
    [
        ({}, [_point(1, 1)], "ALARM"),
        ({}, [_point(15, 1), _point(1, 0)], "ALARM"),
        ({}, [_point(25, 1), _point(1, 0)], "OK"),
        ({"DatapointsToAlarm": 2}, [_point(15, 1), _point(1, 0)], "OK"),
        ({"DatapointsToAlarm": 2}, [_point(15, 1), _point(1, 1)], "ALARM"),
        ({}, [], "INSUFFICIENT_DATA"),
        ({"TreatMissingData": "notBreaching"}, [], "OK"),
        ({"TreatMissingData": "breaching"}, [], "ALARM"),
        ({"TreatMissingData": "ignore"}, [], "OK"),
        ({"Statistic": "Average", "Threshold": 0.5}, [_point(1, 1), _point(2, 0), _point(3, 0)], "OK"),
    ],
)
def test_next_state_by_data(change: dict, points: list[dict], expected: str) -> None:
    assert next_state(ALARM | change, points, NOW)[0] == expected


# CloudWatch's own examples: the oldest datapoint comes first, 0 is not breaching, X is, - is missing.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
_EXAMPLES = {
    (3, 3): {
        "0 - X - X": ("OK", "OK", "OK", "OK"),
        "0 - - - -": ("OK", "OK", "OK", "OK"),
        "- - - - -": ("INSUFFICIENT_DATA", None, "ALARM", "OK"),
        "0 X X - X": ("ALARM", "ALARM", "ALARM", "ALARM"),
        "- - X - -": ("ALARM", None, "ALARM", "OK"),
    },
    (3, 2): {
        "0 - X - X": ("ALARM", "ALARM", "ALARM", "ALARM"),
        "0 0 X 0 X": ("ALARM", "ALARM", "ALARM", "ALARM"),
        "0 - X - -": ("OK", "OK", "ALARM", "OK"),
        "- - - - 0": ("OK", "OK", "ALARM", "OK"),
        "- - - X -": ("ALARM", None, "ALARM", "OK"),
    },
}
_MEANING = {"0": False, "X": True, "-": None}


@pytest.mark.parametrize(
    ("periods", "needed", "datapoints", "treat_missing", "expected"),
    [
        (periods, needed, datapoints, treat_missing, state)
        for (periods, needed), examples in _EXAMPLES.items()
        for datapoints, states in examples.items()
        for treat_missing, state in zip(("missing", "ignore", "breaching", "notBreaching"), states, strict=True)
    ],
)
def test_state_by_cloudwatchs_examples(periods, needed, datapoints, treat_missing, expected):
    newest_first = [_MEANING[one] for one in reversed(datapoints.split())]
    assert state_of(newest_first, periods, needed, treat_missing) == expected


def test_alarm_stays_for_its_whole_window_after_the_data_is_normal():
    """3 of 12: three bad periods, then good ones only; it is the tenth good one that lets it go."""
    alarm = ALARM | {"EvaluationPeriods": 12, "DatapointsToAlarm": 3}

    def state(good_periods: int) -> str:
        now = 1200.0
        values = [1.0] * 3 + [0.0] * good_periods
        points = [{"Timestamp": now - 10 * age - 5, "Value": value} for age, value in enumerate(reversed(values))]
        return next_state(alarm, points, now, whole_periods=True)[0]

    assert [state(good) for good in (0, 5, 9)] == ["ALARM"] * 3
    assert state(10) == "OK"


def test_period_that_is_not_over_does_not_count():
    # At 1005 the period that began at 1000 has a good datapoint; the one before it was bad.
    points = [{"Timestamp": 995.0, "Value": 1.0}, {"Timestamp": 1004.0, "Value": 0.0}]
    alarm = ALARM | {"EvaluationPeriods": 1}
    assert next_state(alarm, points, 1005.0, whole_periods=True)[0] == "ALARM"
    assert next_state(alarm, points[1:], 1005.0, whole_periods=True)[0] == "INSUFFICIENT_DATA"


def test_alarm_with_whole_periods_is_as_slow_as_its_window(aws, name, eventually):
    cloudwatch = aws.client("cloudwatch")

    def put(value: float) -> None:
        data = {"MetricName": name, "Value": value, "StorageResolution": 1}
        cloudwatch.put_metric_data(Namespace="tests", MetricData=[data])

    def state() -> str:
        return cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]

    with aws.settings(alarm_whole_periods=True):
        cloudwatch.put_metric_alarm(
            AlarmName=name, Namespace="tests", MetricName=name, Statistic="Sum", Period=1, EvaluationPeriods=4,
            DatapointsToAlarm=1, Threshold=1, ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="notBreaching",
        )  # fmt: skip
        put(1)
        eventually(lambda: state() == "ALARM")
        started = time.monotonic()

        def recovered() -> bool:
            put(0)
            time.sleep(0.1)
            return state() == "OK"

        eventually(recovered)
    assert time.monotonic() - started > 2.5
