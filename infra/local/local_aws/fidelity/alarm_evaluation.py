"""Alarms are evaluated as CloudWatch does it: on their own dimensions, as time goes by.

MiniStack looks only when someone puts data and adds up all dimensions, so an alarm never
recovers by itself when its metric goes quiet, and missing data means nothing.
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

# CloudWatch looks at a high-resolution alarm every 10 s; a demonstration is not made better
# by waiting for that, and the outcome is the same.
INTERVAL_SECONDS = 0.25

_COMPARISONS = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_log = logging.getLogger("alarm_evaluation")


def install() -> None:
    names.EVALUATE_ALARM.replace(lambda _alarm: None)
    threading.Thread(target=_evaluate_forever, name="alarm-evaluation", daemon=True).start()


def next_state(alarm: dict, points: list[dict], now: float) -> tuple[str, str]:
    """The state the alarm should be in, and why. `points` are those of its metric alone."""
    period, periods = alarm["Period"], alarm["EvaluationPeriods"]
    needed = alarm.get("DatapointsToAlarm") or periods
    values = [_value(alarm, points, now - period * (back + 1), now - period * back) for back in range(periods)]
    compare = _COMPARISONS[alarm["ComparisonOperator"]]
    present = [value for value in values if value is not None]
    missing = len(values) - len(present)
    treat_missing = alarm.get("TreatMissingData") or "missing"
    if not present and treat_missing == "missing":
        return "INSUFFICIENT_DATA", f"Insufficient Data: {periods} datapoints were unknown."
    if not present and treat_missing == "ignore":
        return alarm["StateValue"], alarm["StateReason"]
    breaching = sum(compare(value, alarm["Threshold"]) for value in present)
    if treat_missing == "breaching":
        breaching += missing
    shown = ", ".join(f"{value:g}" for value in present) or "no data"
    relation = alarm["ComparisonOperator"]
    if breaching >= needed:
        return "ALARM", (
            f"Threshold Crossed: {breaching} out of the last {periods} datapoints [{shown}] "
            f"breached {relation} {alarm['Threshold']:g}."
        )
    return "OK", (
        f"Threshold Crossed: {periods - breaching} out of the last {periods} datapoints [{shown}] "
        f"did not breach {relation} {alarm['Threshold']:g}."
    )


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
    new_state, reason = next_state(alarm, points, now)
    if new_state == old_state:
        return
    alarm |= {"StateValue": new_state, "StateReason": reason, "StateUpdatedTimestamp": int(now)}
    cloudwatch._record_history(alarm["AlarmName"], old_state, new_state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, old_state, new_state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)
