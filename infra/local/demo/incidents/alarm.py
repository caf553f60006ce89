"""Incidents whose symptom is an alarm."""

from demo.event_documents import Event, alarm_state_change
from demo.stage import Stage
from demo.waiting import wait_for

# The pulse beats once a second, and alarms are looked at several times a second.
_FIRES_WITHIN_SECONDS = 15.0


def when_it_fires(stage: Stage, alarm_name: str) -> Event:
    """Waits for the alarm's own transition, and gives CloudWatch's event about it."""
    cloudwatch = stage.aws.client("cloudwatch")

    def is_firing() -> bool:
        return cloudwatch.describe_alarms(AlarmNames=[alarm_name])["MetricAlarms"][0]["StateValue"] == "ALARM"

    wait_for(f"alarm {alarm_name} in ALARM", is_firing, _FIRES_WITHIN_SECONDS)
    event = alarm_state_change(stage.aws, alarm_name)
    stage.narrator.fact("alarm", f"{alarm_name} is in ALARM. {event['detail']['state']['reason']}")
    return event
