"""An alarm on M of N datapoints stays in ALARM long after a right action: it is waited for, and the action stays.

An action that did not help is still found out at the deadline, by the alarm's own datapoints.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from command_line import nightshift
from demo.event_documents import alarm_state_change
from demo.waiting import wait_for
from function_variables import other_variables
from scene import Scene

# The shortest period that an alarm on a custom metric can have.
_PERIOD_SECONDS = 10
# It leaves ALARM forty seconds after its last breaching period at the earliest.
_DATAPOINTS_TO_ALARM, _EVALUATION_PERIODS = 2, 5
_DEADLINE_SECONDS = 15
_REPORTED_EVERY_SECONDS = 1.0
_FIRES_WITHIN_SECONDS = 40.0
_ASKS_WITHIN_SECONDS = 60.0
_ENDS_WITHIN_SECONDS = 120.0
# Only AWS writes to such a namespace: an alarm on another is asked about.
_NAMESPACE, _METRIC = "AWS/Bakery", "Unhealthy"


@dataclass(frozen=True)
class Bakery:
    """An instance with a slow alarm on its health; the incident about it is over."""

    instance_id: str
    incident_id: str
    automation: dict[str, Any]
    alarm_changed_at: datetime

    def since_action(self, at: datetime) -> float:
        return (at - self.automation["ExecutionEndTime"]).total_seconds()


@contextmanager
def reported(scene: Scene, instance_id: str, *, is_ill: bool) -> Iterator[None]:
    """Meanwhile its health is a metric, with a datapoint in every period. An ill one stays so once it was stopped."""
    ec2, cloudwatch = scene.aws.client("ec2"), scene.aws.client("cloudwatch")
    dimensions = [{"Name": "InstanceId", "Value": instance_id}]
    ended = threading.Event()
    was_stopped = False

    def report() -> None:
        nonlocal was_stopped
        while not ended.wait(_REPORTED_EVERY_SECONDS):
            found = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
            is_down = found["State"]["Name"] != "running"
            was_stopped |= is_down
            value = int(is_down or (is_ill and was_stopped))
            datum = {"MetricName": _METRIC, "Value": value, "StorageResolution": 1, "Dimensions": dimensions}
            cloudwatch.put_metric_data(Namespace=_NAMESPACE, MetricData=[datum])

    thread = threading.Thread(target=report, name="health", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def slow_alarm(scene: Scene, application: str, instance_id: str) -> str:
    name = f"bakery-down-{instance_id}"
    scene.aws.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        AlarmDescription="The bakery does not answer.",
        Namespace=_NAMESPACE,
        MetricName=_METRIC,
        Dimensions=[{"Name": "InstanceId", "Value": instance_id}],
        Statistic="Maximum",
        Period=_PERIOD_SECONDS,
        EvaluationPeriods=_EVALUATION_PERIODS,
        DatapointsToAlarm=_DATAPOINTS_TO_ALARM,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        Threshold=1,
        TreatMissingData="notBreaching",
        Tags=[{"Key": "application", "Value": application}],
    )
    wait_for_state(scene, name, "OK")
    return name


def described(scene: Scene, alarm: str) -> dict[str, Any]:
    return scene.aws.client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"][0]


def wait_for_state(scene: Scene, alarm: str, state: str) -> None:
    wait_for(f"alarm {alarm} in {state}", lambda: described(scene, alarm)["StateValue"] == state, _FIRES_WITHIN_SECONDS)


def deny_the_undo(scene: Scene, incident_id: str) -> None:
    operator = scene.stage.nightshift
    plan_hash = wait_for("the undo to ask", lambda: operator.plan_to_approve(incident_id), _ASKS_WITHIN_SECONDS)
    operator.deny(incident_id, plan_hash)


@pytest.fixture(scope="module")
def bakeries(scene: Scene) -> tuple[Bakery, Bakery]:
    """One that the start of its instance helps, and one that it does not. Both at once: they mostly wait."""
    applications = [scene.application("autonomous") for _ in range(2)]
    instances = [scene.instance(application) for application in applications]
    helped, not_helped = instances
    with (
        other_variables(scene, "verify", RECOVERY_DEADLINE_SECONDS=str(_DEADLINE_SECONDS)),
        scene.aws.settings(alarm_whole_periods=True),
        reported(scene, helped, is_ill=False),
        reported(scene, not_helped, is_ill=True),
    ):
        alarms = [slow_alarm(scene, *one) for one in zip(applications, instances, strict=True)]
        for instance_id in instances:
            scene.stop(instance_id)
        for alarm in alarms:
            wait_for_state(scene, alarm, "ALARM")
        incidents = [scene.drill(alarm_state_change(scene.aws, alarm)) for alarm in alarms]
        deny_the_undo(scene, incidents[1])
        for incident_id in incidents:
            assert scene.wait_until_ended(incident_id, _ENDS_WITHIN_SECONDS) == "SUCCEEDED"
        changed_at = [described(scene, alarm)["StateUpdatedTimestamp"] for alarm in alarms]
    automations = [scene.automations_on(instance_id)[0] for instance_id in instances]
    first, second = map(Bakery, instances, incidents, automations, changed_at)
    return first, second


def verified(scene: Scene, bakery: Bakery) -> list[str]:
    return [entry.content["result"] for entry in scene.entries(bakery.incident_id, "verified")]


def test_alarm_slower_than_the_deadline_is_waited_for_and_its_action_stays(
    scene: Scene, bakeries: tuple[Bakery, Bakery]
) -> None:
    bakery, _ = bakeries
    lag = bakery.since_action(bakery.alarm_changed_at)
    assert lag > _DEADLINE_SECONDS, "the alarm was faster than the deadline, so that nothing was to be waited for"
    assert verified(scene, bakery) == ["recovering", "recovered"]
    assert scene.outcome(bakery.incident_id)["resolution"] == "by_nightshift", scene.outcome(bakery.incident_id)
    assert "UndoAction" not in scene.stage.nightshift.states(bakery.incident_id)
    assert len(scene.automations_on(bakery.instance_id)) == 1
    assert scene.writes_to(bakery.instance_id) == ["StartInstances"]
    assert scene.state_of(bakery.instance_id) == "running"


def test_person_reads_how_long_a_slow_alarm_may_take(scene: Scene, bakeries: tuple[Bakery, Bakery]) -> None:
    bakery, _ = bakeries
    evaluates = f"{_DATAPOINTS_TO_ALARM} of {_EVALUATION_PERIODS} periods of {_PERIOD_SECONDS} s"
    summary = scene.entries(bakery.incident_id, "verified")[0].content["summary"]
    assert f"the alarm evaluates {evaluates}, it may stay in ALARM until " in summary
    # Lines are wrapped.
    shown = " ".join(nightshift(scene, "show", bakery.incident_id).out.split())
    assert f"verification of attempt 1: recovering: {' '.join(summary.split())}" in shown


def test_action_that_did_not_help_is_found_out_long_before_the_alarm_could_tell(
    scene: Scene, bakeries: tuple[Bakery, Bakery]
) -> None:
    _, bakery = bakeries
    assert verified(scene, bakery) == ["unchanged"]
    looked_at = [
        event["timestamp"]
        for event in scene.history(bakery.incident_id)
        if event.get("stateEnteredEventDetails", {}).get("name") == "UndoAction"
    ]
    window = _EVALUATION_PERIODS * _PERIOD_SECONDS
    assert _DEADLINE_SECONDS <= bakery.since_action(looked_at[0]) < window
    assert scene.outcome(bakery.incident_id)["resolution"] == "escalated"
    assert scene.writes_to(bakery.instance_id) == ["StartInstances"]
