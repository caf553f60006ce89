"""A change that mended something stays, however its automation ended; one incident at a time acts on a thing."""

import uuid
from typing import Any

import pytest

from command_line import nightshift
from demo.event_documents import Event, alarm_state_change
from demo.incidents.alarm import when_it_shows
from demo.incidents.alias_moved import BAD, GOOD
from demo.incidents.bad_deployment import BadDeployment
from demo.waiting import wait_for
from scene import Scene
from workload.alarms import SEARCH_ERRORS
from workload.function import ALIAS
from workload.petshop import SEARCH

_STARTS_WITHIN_SECONDS = 30.0
_FIRES_WITHIN_SECONDS = 30.0
_ENDS_WITHIN_SECONDS = 180.0


def assert_mended_and_not_reversed(scene: Scene, incident_id: str, instance_id: str, status: str) -> None:
    assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    assert scene.outcome(incident_id)["resolution"] == "by_nightshift", scene.outcome(incident_id)
    (automation,) = scene.automations_on(instance_id)
    assert automation["AutomationExecutionStatus"] == status
    assert scene.writes_to(instance_id) == ["StartInstances"]
    assert scene.state_of(instance_id) == "running"
    (declined,) = scene.entries(incident_id, "undo_declined")
    assert declined.content["reason"] in ("the symptom is gone", "the change is in force and was not verified yet")


@pytest.fixture
def stopped(scene: Scene) -> str:
    return scene.stopped_instance(scene.application("autonomous"))


def test_automation_that_somebody_cancels_after_its_change_is_not_undone(scene: Scene, stopped: str) -> None:
    with scene.aws.settings(automation_seconds_by_step={"WaitUntilRunning": 20}):
        incident_id = scene.drill(scene.stopped(stopped))
        wait_for("the instance to run", lambda: scene.state_of(stopped) == "running", _STARTS_WITHIN_SECONDS)
        (automation,) = scene.automations_on(stopped)
        wait_for("the step after the change", lambda: _step(scene, stopped) == "WaitUntilRunning", _STARTS_WITHIN_SECONDS)
        scene.aws.client("ssm").stop_automation_execution(AutomationExecutionId=automation["AutomationExecutionId"])
        assert_mended_and_not_reversed(scene, incident_id, stopped, "Cancelled")


def test_automation_whose_confirming_read_is_throttled_is_not_undone(scene: Scene, stopped: str) -> None:
    # It reads before its change twice.
    throttled = {"error": "RequestLimitExceeded", "caller": "StartInstance", "contains": [stopped], "skip": 2}
    with scene.aws.fault("ec2:DescribeInstances", **throttled) as fault:
        incident_id = scene.drill(scene.stopped(stopped))
        assert_mended_and_not_reversed(scene, incident_id, stopped, "Failed")
        assert fault.met >= 1


def _step(scene: Scene, instance_id: str) -> str | None:
    (automation,) = scene.automations_on(instance_id)
    return automation.get("CurrentStepName")


def test_deployment_slower_than_its_document_waits_is_not_reversed(scene: Scene) -> None:
    incident = BadDeployment()
    incident.break_it(scene.stage)
    incident_id = scene.drill(incident.event(scene.stage))
    plan = scene.wait_until_asked(incident_id)
    slow = {"ecs_rollout_seconds": 12, "automation_timeouts_by_step": {"WaitUntilRolledOut": 1}}
    with scene.aws.settings(**slow):
        scene.stage.nightshift.approve(incident_id, plan)
        assert scene.wait_until_ended(incident_id, within_seconds=120) == "SUCCEEDED"
    assert scene.outcome(incident_id)["resolution"] == "by_nightshift", scene.outcome(incident_id)
    assert "WaitToUndo" in scene.stage.nightshift.states(incident_id)
    assert incident.is_restored(scene.stage)
    ended = [entry.content["status"] for entry in scene.entries(incident_id, "action_ended")]
    assert ended == ["TimedOut"]


def test_two_alarms_about_one_moved_alias_end_at_the_good_version(scene: Scene) -> None:
    second_alarm = _second_alarm(scene)
    lambda_client = scene.aws.client("lambda")
    lambda_client.update_alias(FunctionName=SEARCH, Name=ALIAS, FunctionVersion=GOOD)
    scene.aws.client("lambda", scene.stage.alice).update_alias(FunctionName=SEARCH, Name=ALIAS, FunctionVersion=BAD)
    events = [when_it_shows(scene.stage, SEARCH_ERRORS), _event_of(scene, second_alarm)]
    before = _automations_on_search(scene)
    with scene.aws.settings(automation_step_seconds=0.7):
        incidents = [scene.drill(event) for event in events]
        _live_through(scene, incidents)
    assert lambda_client.get_alias(FunctionName=SEARCH, Name=ALIAS)["FunctionVersion"] == GOOD
    assert len(_automations_on_search(scene) - before) == 1
    resolutions = sorted(scene.outcome(incident_id)["resolution"] for incident_id in incidents)
    assert resolutions == ["by_itself", "by_nightshift"]
    assert any(_read_metrics_of_alias(scene, incident_id) for incident_id in incidents)
    (waiting,) = [one for one in incidents if scene.entries(one, "waiting_for_target")]
    assert scene.outcome(waiting)["resolution"] == "by_itself"


def _read_metrics_of_alias(scene: Scene, incident_id: str) -> bool:
    """Whether what the alias itself served, by its versions, is evidence of the incident."""
    shown = nightshift(scene, "show", incident_id, "--evidence", "--format", "json").json()
    found = [one["observed"] for one in shown["evidence"] if one["observed"]["type"] == "alias_traffic"]
    return any({one["version"] for one in traffic["traffic"]["versions"]} >= {BAD} for traffic in found)


def _live_through(scene: Scene, incidents: list[str]) -> None:
    """Waits for the incidents to end; what asks is approved, for other tests may have acted on petshop before."""
    nightshift = scene.stage.nightshift

    def have_ended() -> bool:
        for incident_id in incidents:
            if plan := nightshift.plan_to_approve(incident_id):
                nightshift.approve(incident_id, plan)
        return all(nightshift.execution(incident_id).has_ended for incident_id in incidents)

    wait_for("both incidents to end", have_ended, _ENDS_WITHIN_SECONDS)
    assert {nightshift.execution(incident_id).status for incident_id in incidents} == {"SUCCEEDED"}


def _second_alarm(scene: Scene) -> str:
    """Name of an alarm on the same metric as petshop's own."""
    cloudwatch = scene.aws.client("cloudwatch")
    alarm = cloudwatch.describe_alarms(AlarmNames=[SEARCH_ERRORS])["MetricAlarms"][0]
    name = f"{SEARCH_ERRORS}-{uuid.uuid4().hex[:8]}"
    same = (
        "Namespace", "MetricName", "Dimensions", "Statistic", "Period", "EvaluationPeriods", "Threshold",
        "ComparisonOperator", "TreatMissingData",
    )  # fmt: skip
    tags = cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
    cloudwatch.put_metric_alarm(AlarmName=name, Tags=tags, **{key: alarm[key] for key in same if key in alarm})
    return name


def _event_of(scene: Scene, alarm_name: str) -> Event:
    def fires() -> bool:
        return _alarm(scene, alarm_name)["StateValue"] == "ALARM"

    wait_for(f"alarm {alarm_name} in ALARM", fires, _FIRES_WITHIN_SECONDS)
    return alarm_state_change(scene.aws, alarm_name)


def _alarm(scene: Scene, alarm_name: str) -> dict[str, Any]:
    return scene.aws.client("cloudwatch").describe_alarms(AlarmNames=[alarm_name])["MetricAlarms"][0]


def _automations_on_search(scene: Scene) -> set[str]:
    """Ids of all automations that moved an alias."""
    pages = scene.aws.client("ssm").get_paginator("describe_automation_executions").paginate()
    listed = [one for page in pages for one in page["AutomationExecutionMetadataList"]]
    return {
        one["AutomationExecutionId"] for one in listed if one["DocumentName"] == "Nightshift-RollbackLambdaAlias"
    }
