"""The evaluation's rules, without an emulator."""

import pytest

from local_aws.fidelity.alarm_evaluation import next_state

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
