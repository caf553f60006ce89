"""Turning Nightshift down stops it at once, in the middle of an incident too, and a human is told."""

import pytest

from command_line import nightshift
from demo.deployment import STACK
from demo.prerequisites import FUNCTIONS, TEMPLATE, find_build
from deployment_mode import create_mode, mode_after
from function_proxy import Interference, Request, interfering
from local_aws import deploy, make_bootstrap_zips
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


def test_update_of_the_stack_leaves_the_mode_that_somebody_set(scene: Scene) -> None:
    ssm, name = scene.aws.client("ssm"), f"{scene.outputs['ParameterPrefix']}/mode"
    cloudformation = scene.aws.client("cloudformation")
    stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
    parameters = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}
    before, changed = parameters["PollSeconds"], {**parameters, "PollSeconds": "2"}
    zips_dir = scene.work_dir / "update" / "zips"
    build = find_build()
    make_bootstrap_zips(build.target_dir, zips_dir, FUNCTIONS, build.profile)
    with scene.mode("off"):
        for update in (changed, {**parameters, "PollSeconds": before}):
            outputs = deploy(scene.aws, STACK, TEMPLATE, parameters=update, zips_dir=zips_dir)
            assert create_mode(ssm, outputs["ParameterPrefix"], mode_after(stack_was_there=True)) is False
            assert ssm.get_parameter(Name=name)["Parameter"]["Value"] == "off"


def test_deployment_whose_mode_is_gone_only_observes_until_somebody_sets_one(scene: Scene) -> None:
    instance_id = scene.stopped_instance(scene.application("autonomous"))
    ssm, prefix = scene.aws.client("ssm"), scene.outputs["ParameterPrefix"]
    before = ssm.get_parameter(Name=f"{prefix}/mode")["Parameter"]["Value"]
    ssm.delete_parameter(Name=f"{prefix}/mode")
    try:
        incident_id = scene.drill(scene.stopped(instance_id))
        assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
        assert create_mode(ssm, prefix, mode_after(stack_was_there=True)) is True
        assert ssm.get_parameter(Name=f"{prefix}/mode")["Parameter"]["Value"] == "observe"
    finally:
        ssm.put_parameter(Name=f"{prefix}/mode", Value=before, Type="String", Overwrite=True)
    assert_nothing_was_done(scene, incident_id, instance_id)
    assert "observe" in scene.told(incident_id, "escalated")


@pytest.mark.parametrize("content", ["autonomus", " "], ids=["misspelt", "blank"])
def test_mode_that_cannot_be_read_is_a_no_and_a_human_hears_why(scene: Scene, content: str) -> None:
    instance_id = scene.stopped_instance(scene.application("autonomous"))
    ssm, name = scene.aws.client("ssm"), f"{scene.outputs['ParameterPrefix']}/mode"
    before = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    ssm.delete_parameter(Name=name)
    try:
        ssm.put_parameter(Name=name, Value=content, Type="String")
        incident_id = scene.drill(scene.stopped(instance_id))
        assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    finally:
        ssm.put_parameter(Name=name, Value=before, Type="String", Overwrite=True)
    assert_nothing_was_done(scene, incident_id, instance_id)
    assert name in scene.told(incident_id, "escalated")
