"""Alarms are evaluated as CloudWatch does it: on their own dimensions, as time goes by.

MiniStack looks only when someone puts data and adds up all dimensions, so an alarm never
recovers by itself when its metric goes quiet, and missing data means nothing. With the setting
`alarm_whole_periods`, its periods are those of the clock and only whole ones count, and datapoints from further back
replace missing ones, so that an alarm is as slow as on AWS.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

import logging
import math
import operator
import threading
import time

from ministack.core.responses import request_scope
from ministack.services import cloudwatch

from local_aws import ministack_names as names
from local_aws import settings

# CloudWatch looks at a high-resolution alarm every 10 s; a demonstration is not made better
# by waiting for that, and the outcome is the same.
INTERVAL_SECONDS = 0.25

_COMPARISONS = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
# How many periods more than an alarm's own CloudWatch retrieves; it says no more than that there are some.
_FURTHER_BACK = 2
_MOMENT_SECONDS = 1e-6
_log = logging.getLogger("alarm_evaluation")


def install() -> None:
    names.EVALUATE_ALARM.replace(lambda _alarm: None)
    threading.Thread(target=_evaluate_forever, name="alarm-evaluation", daemon=True).start()


def next_state(alarm: dict, points: list[dict], now: float, *, whole_periods: bool = False) -> tuple[str, str]:
    """The state the alarm should be in, and why. `points` are those of its metric alone."""
    period, periods = alarm["Period"], alarm["EvaluationPeriods"]
    needed = alarm.get("DatapointsToAlarm") or periods
    end = now // period * period if whole_periods else now
    back = periods + (_FURTHER_BACK if whole_periods else 0)
    # A datapoint at the moment where two periods meet is the later one's.
    edge = 0.0 if not whole_periods else _MOMENT_SECONDS
    ends = [end - period * age - edge for age in range(back)]
    values = [_value(alarm, points, one - period, one) for one in ends]
    compare = _COMPARISONS[alarm["ComparisonOperator"]]
    breaching = [None if value is None else compare(value, alarm["Threshold"]) for value in values]
    treat_missing = _treat_missing(alarm)
    state = state_of(breaching, periods, needed, treat_missing)
    if state is None:
        return alarm["StateValue"], alarm["StateReason"]
    if state == "INSUFFICIENT_DATA":
        return state, f"Insufficient Data: {periods} datapoints were unknown."
    present = [value for value in values if value is not None][:periods]
    shown = ", ".join(f"{value:g}" for value in present) or "no data"
    count = _count(breaching, periods, treat_missing)
    relation = alarm["ComparisonOperator"]
    if state == "ALARM":
        return state, (
            f"Threshold Crossed: {count} out of the last {periods} datapoints [{shown}] "
            f"breached {relation} {alarm['Threshold']:g}."
        )
    return state, (
        f"Threshold Crossed: {periods - count} out of the last {periods} datapoints [{shown}] "
        f"did not breach {relation} {alarm['Threshold']:g}."
    )


def state_of(breaching: list[bool | None], periods: int, needed: int, treat_missing: str) -> str | None:
    """The state by datapoints, the newest first, of which None is a missing one; None: it stays as it is.

    The rules and the examples of the test are those of
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """
    present = [one for one in breaching if one is not None]
    if _count(breaching, periods, treat_missing) >= needed:
        return "ALARM"
    if len(present) >= periods or treat_missing in ("breaching", "notBreaching"):
        return "OK"
    if not present:
        return None if treat_missing == "ignore" else "INSUFFICIENT_DATA"
    if all(present) and len(breaching) > periods:
        # What is too little data for M of N, but breaching and old enough, is enough.
        age_of_oldest = max(age for age, one in enumerate(breaching, start=1) if one)
        if treat_missing == "ignore":
            return None
        return "ALARM" if age_of_oldest >= needed else "OK"
    return "OK"


def _count(breaching: list[bool | None], periods: int, treat_missing: str) -> int:
    """Breaching datapoints: of the newest that exist, in place of missing ones also from further back."""
    present = [one for one in breaching if one is not None][:periods]
    filled = periods - len(present) if treat_missing == "breaching" else 0
    return sum(present) + filled


def _treat_missing(alarm: dict) -> str:
    if alarm.get("Namespace") == "AWS/DynamoDB":
        return "ignore"
    return alarm.get("TreatMissingData") or "missing"


def _value(alarm: dict, points: list[dict], start: float, end: float) -> float | None:
    """The statistic over one period; None when the period has no data."""
    inside = [point for point in points if start < point["Timestamp"] <= end]
    if not inside:
        return None
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    value = cloudwatch._stat_value(cloudwatch._calc_stats(inside), statistic, inside)
    return None if value is None or math.isnan(value) else value


def _evaluate_forever() -> None:
    while True:
        time.sleep(INTERVAL_SECONDS)
        for (account, region, _name), alarm in list(cloudwatch._alarms.all_items()):
            try:
                with request_scope(account, region):
                    _evaluate(alarm, time.time())
            except Exception:
                # One alarm that can't be evaluated must not stop the others.
                _log.exception("alarm %s could not be evaluated", alarm.get("AlarmName"))


def _evaluate(alarm: dict, now: float) -> None:
    if not alarm.get("MetricName") or alarm.get("ComparisonOperator") not in _COMPARISONS:
        return
    dimensions = cloudwatch._dims_key(cloudwatch._dims_from_list(alarm.get("Dimensions") or []))
    points = list(cloudwatch._metrics.get((alarm["Namespace"], alarm["MetricName"], dimensions)) or ())
    old_state = alarm["StateValue"]
    new_state, reason = next_state(alarm, points, now, whole_periods=settings.current().alarm_whole_periods)
    if new_state == old_state:
        return
    alarm |= {"StateValue": new_state, "StateReason": reason, "StateUpdatedTimestamp": int(now)}
    cloudwatch._record_history(alarm["AlarmName"], old_state, new_state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, old_state, new_state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)
