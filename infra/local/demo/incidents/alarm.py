"""Incidents whose symptom is an alarm."""

import time

from demo.event_documents import Event, alarm_state_change
from demo.stage import Stage
from demo.waiting import wait_for

# The load generator calls once a second; alarms are evaluated several times a second.
_FIRES_WITHIN_SECONDS = 15.0
_SHOWN_WITHIN_PERIODS = 5


def when_it_fires(stage: Stage, alarm_name: str) -> Event:
    """Waits for the alarm to fire; CloudWatch's event about it."""
    wait_for(f"alarm {alarm_name} in ALARM", lambda: _alarm(stage, alarm_name)["StateValue"] == "ALARM", _FIRES_WITHIN_SECONDS)
    event = alarm_state_change(stage.aws, alarm_name)
    stage.narrator.detail("alarm", f"{alarm_name} is in ALARM. {event['detail']['state']['reason']}")
    return event


def when_it_shows(stage: Stage, alarm_name: str, periods: int = 1) -> Event:
    """Waits for the alarm to fire and for `periods` whole periods of its metric beyond the threshold.

    Local alarms evaluate the last ten seconds continuously, so they fire before the metric shows the breach. CloudWatch's
    alarms fire at the end of a period.
    """
    event = when_it_fires(stage, alarm_name)
    alarm = _alarm(stage, alarm_name)
    within = _SHOWN_WITHIN_PERIODS * alarm["Period"]
    wait_for(f"{periods} periods of {alarm_name}'s metric beyond its threshold", lambda: _shows(stage, alarm, periods), within)
    return event


def _shows(stage: Stage, alarm: dict, periods: int) -> bool:
    """Counts ended periods only, from the one in which the alarm fired."""
    period = alarm["Period"]
    start, end = (int(at // period) * period for at in (alarm["StateUpdatedTimestamp"].timestamp(), time.time()))
    if start >= end:
        return False
    metric = {"Namespace": alarm["Namespace"], "MetricName": alarm["MetricName"], "Dimensions": alarm["Dimensions"]}
    query = {"Id": "m", "MetricStat": {"Metric": metric, "Period": period, "Stat": alarm["Statistic"]}}
    found = stage.aws.client("cloudwatch").get_metric_data(MetricDataQueries=[query], StartTime=start, EndTime=end)
    values = found["MetricDataResults"][0]["Values"]
    return sum(value >= alarm["Threshold"] for value in values) >= periods


def _alarm(stage: Stage, alarm_name: str) -> dict:
    return stage.aws.client("cloudwatch").describe_alarms(AlarmNames=[alarm_name])["MetricAlarms"][0]
