"""What the local AWS hides at first: the trail's lag, throttled functions, answers that are lost."""

import pytest

from demo.deployment import STACK
from function_variables import other_variables
from scene import Scene

# The instance is stopped as soon as alice says so, but the trail does not have it yet.
_LAG_SECONDS = 4.0
_PATIENCE = {"EVIDENCE_PATIENCE_SECONDS": "12"}


def test_change_that_the_trail_does_not_list_yet_is_waited_for(scene: Scene) -> None:
    application = scene.application("autonomous")
    with other_variables(scene, "diagnose", **_PATIENCE), scene.aws.settings(trail_lag_seconds=_LAG_SECONDS):
        instance_id = scene.stopped_instance(application)
        incident_id = scene.drill(scene.stopped(instance_id))
        assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    names = [event["stateEnteredEventDetails"]["name"] for event in scene.history(incident_id) if "stateEnteredEventDetails" in event]
    assert "WaitForEvidence" in names
    assert scene.outcome(incident_id)["resolution"] == "by_nightshift"
    assert scene.state_of(instance_id) == "running"


def test_change_that_the_trail_never_lists_in_time_is_handed_over_untouched(scene: Scene) -> None:
    with scene.aws.settings(trail_lag_seconds=600):
        instance_id = scene.stopped_instance(scene.application("autonomous"))
        incident_id = scene.drill(scene.stopped(instance_id))
        assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    assert scene.outcome(incident_id)["resolution"] == "escalated"
    assert scene.automations_on(instance_id) == []
    assert scene.state_of(instance_id) == "stopped"


@pytest.mark.parametrize("function", ["diagnose", "remediate", "verify", "notify"])
def test_function_that_throttles_is_tried_again(scene: Scene, function: str) -> None:
    instance_id = scene.stopped_instance(scene.application("autonomous"))
    fault = scene.aws.fault(
        "lambda:InvokeFunction", error="TooManyRequestsException", times=2, contains=[f"function:{STACK}-{function}"]
    )
    with fault as throttled:
        incident_id = scene.drill(scene.stopped(instance_id))
        assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
        assert throttled.met == 2
    failures = [one["taskFailedEventDetails"]["error"] for one in scene.history(incident_id) if one["type"] == "TaskFailed"]
    assert failures == ["Lambda.TooManyRequestsException"] * 2
    assert scene.outcome(incident_id)["resolution"] == "by_nightshift"
    assert len(scene.automations_on(instance_id)) == 1


_LOST = {
    "the_lease": ("dynamodb:TransactWriteItems", "InternalServerError", "LEASE#"),
    "the_announcement": ("dynamodb:TransactWriteItems", "InternalServerError", "action_intended"),
    "the_start": ("ssm:StartAutomationExecution", "InternalServerError", ""),
    "the_record_of_the_start": ("dynamodb:TransactWriteItems", "InternalServerError", "action_started"),
}


@pytest.mark.parametrize("lost", _LOST)
def test_call_whose_answer_is_lost_has_one_effect(scene: Scene, lost: str) -> None:
    """As often as the SDK tries it: what is told to have failed was done the first time."""
    action, error, text = _LOST[lost]
    instance_id = scene.stopped_instance(scene.application("autonomous"))
    role = scene.role_of("remediate")
    once = {"error": error, "is_after": True, "times": 1, "caller": role, "contains": [text] if text else []}
    with scene.aws.fault(action, **once) as fault:
        incident_id = scene.drill(scene.stopped(instance_id))
        assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
        assert fault.met == 1
    assert scene.outcome(incident_id)["resolution"] == "by_nightshift", scene.outcome(incident_id)
    assert len(scene.automations_on(instance_id)) == 1
    assert scene.writes_to(instance_id) == ["StartInstances"]
    intended = [entry.kind for entry in scene.entries(incident_id)].count("action_intended")
    assert intended == 1
    assert scene.stage.nightshift.verify_audit().is_intact
