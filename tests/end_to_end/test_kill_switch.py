"""Turning Nightshift down stops it at once, in the middle of an incident too, and a human is told."""

import pytest

from command_line import nightshift
from function_proxy import Interference, Request, interfering
from scene import Scene


def assert_nothing_was_done(scene: Scene, incident_id: str, instance_id: str) -> None:
    assert scene.automations_on(instance_id) == []
    assert scene.writes_to(instance_id) == []
    assert scene.state_of(instance_id) == "stopped"
    assert scene.entries(incident_id, "action_intended", "action_started") == []
    assert scene.outcome(incident_id)["resolution"] == "escalated"


def test_mode_off_while_approval_is_awaited_makes_the_approval_void(scene: Scene) -> None:
    instance_id = scene.stopped_instance(scene.application())
    incident_id = scene.drill(scene.stopped(instance_id))
    plan_hash = scene.wait_until_asked(incident_id)
    with scene.mode("off"):
        assert nightshift(scene, "approve", incident_id, "--plan", plan_hash).exit_code == 0
        assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    assert_nothing_was_done(scene, incident_id, instance_id)
    last = scene.entries(incident_id, "judged")[-1].content["verdict"]
    assert last["decision"] == "deny"
    assert "mode-does-not-act" in {policy["id"] for policy in last["policies"]}
    assert "off" in scene.told(incident_id, "escalated")


def test_mode_off_between_the_verdict_and_the_start_refuses_the_start(scene: Scene) -> None:
    instance_id = scene.stopped_instance(scene.application("autonomous"))
    name = f"{scene.outputs['ParameterPrefix']}/mode"
    ssm = scene.aws.client("ssm")

    def allows(request: Request) -> bool:
        return request.operation == "TransactWriteItems" and '\\"judged\\"' in request.body

    def switch_off(_request: Request) -> None:
        ssm.put_parameter(Name=name, Value="off", Overwrite=True)

    switch = Interference(allows, after=switch_off, subjects=[instance_id])
    before = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    try:
        with interfering(scene, "remediate", switch):
            incident_id = scene.drill(scene.stopped(instance_id))
            assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    finally:
        ssm.put_parameter(Name=name, Value=before, Overwrite=True)
    assert switch.happened
    assert_nothing_was_done(scene, incident_id, instance_id)
    decisions = [entry.content["verdict"]["decision"] for entry in scene.entries(incident_id, "judged")]
    assert decisions == ["allow", "deny"]
    assert "off" in scene.told(incident_id, "escalated")


@pytest.mark.parametrize("mode", ["off", "observe", "shadow"])
def test_application_in_a_mode_that_does_not_act_is_left_alone(scene: Scene, mode: str) -> None:
    instance_id = scene.stopped_instance(scene.application(mode))
    incident_id = scene.drill(scene.stopped(instance_id))
    assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    assert_nothing_was_done(scene, incident_id, instance_id)
    assert mode in scene.told(incident_id, "escalated")


def test_shadow_mode_records_what_would_have_been_done(scene: Scene) -> None:
    instance_id = scene.stopped_instance(scene.application("shadow"))
    incident_id = scene.drill(scene.stopped(instance_id))
    scene.wait_until_ended(incident_id)
    (judged,) = scene.entries(incident_id, "judged")
    assert judged.content["action"] == "start-instance"
    assert instance_id in judged.content["target"]
    verdict = judged.content["verdict"]
    assert (verdict["decision"], verdict["would_be"]) == ("deny", "allow")
    message = scene.told(incident_id, "escalated")
    assert "shadow" in message and "allow" in message
    assert_nothing_was_done(scene, incident_id, instance_id)


@pytest.mark.parametrize("content", [None, "autonomus", " "], ids=["deleted", "misspelt", "blank"])
def test_mode_that_cannot_be_read_is_a_no_and_a_human_hears_why(scene: Scene, content: str | None) -> None:
    instance_id = scene.stopped_instance(scene.application("autonomous"))
    ssm, name = scene.aws.client("ssm"), f"{scene.outputs['ParameterPrefix']}/mode"
    before = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    ssm.delete_parameter(Name=name)
    try:
        if content is not None:
            ssm.put_parameter(Name=name, Value=content, Type="String")
        incident_id = scene.drill(scene.stopped(instance_id))
        assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    finally:
        ssm.put_parameter(Name=name, Value=before, Type="String", Overwrite=True)
    assert_nothing_was_done(scene, incident_id, instance_id)
    assert name in scene.told(incident_id, "escalated")
