"""The one function that has an effect dies at the worst moments: the effect happens exactly once all the same."""

import sys

import pytest

from function_proxy import Interference, Request, interfering
from scene import Scene

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds the function's process in /proc")


def takes_the_lease(request: Request) -> bool:
    return request.operation == "TransactWriteItems" and '"LEASE#' in request.body


def announces_the_action(request: Request) -> bool:
    return request.operation == "TransactWriteItems" and "action_intended" in request.body


def records_the_start(request: Request) -> bool:
    return request.operation == "TransactWriteItems" and "action_started" in request.body


def starts_the_automation(request: Request) -> bool:
    return request.operation == "StartAutomationExecution"


def looks_at_the_progress(request: Request) -> bool:
    return request.operation == "GetAutomationExecution"


KILLS = {
    "before_the_lease": Interference(takes_the_lease, before=Request.kill_the_function),
    "after_the_lease": Interference(takes_the_lease, after=Request.kill_the_function),
    "after_the_announcement": Interference(announces_the_action, after=Request.kill_the_function),
    "between_lease_and_start": Interference(starts_the_automation, before=Request.kill_the_function),
    "after_the_start": Interference(starts_the_automation, after=Request.kill_the_function),
    "before_the_start_is_recorded": Interference(records_the_start, before=Request.kill_the_function),
    "after_the_start_is_recorded": Interference(records_the_start, after=Request.kill_the_function),
    "while_it_is_followed": Interference(looks_at_the_progress, before=Request.kill_the_function),
}


@pytest.mark.parametrize("kill", KILLS.values(), ids=KILLS.keys())
def test_remediate_killed_has_exactly_one_effect_and_the_incident_is_resolved(
    scene: Scene, kill: Interference
) -> None:
    instance_id = scene.stopped_instance(scene.application("autonomous"))
    with interfering(scene, "remediate", kill):
        incident_id = scene.drill(scene.stopped(instance_id))
        status = scene.wait_until_ended(incident_id)

    assert kill.happened
    history = scene.history(incident_id)
    failures = [event["taskFailedEventDetails"] for event in history if event["type"] == "TaskFailed"]
    assert [failure["error"] for failure in failures] == ["Runtime.ExitError"]
    assert status == "SUCCEEDED"
    outcome = scene.outcome(incident_id)
    assert outcome["resolution"] == "by_nightshift", outcome

    (automation,) = scene.automations_on(instance_id)
    assert automation["AutomationExecutionStatus"] == "Success"
    assert scene.writes_to(instance_id) == ["StartInstances"]
    assert scene.state_of(instance_id) == "running"
    started = scene.entries(incident_id, "action_started")
    assert {entry.content["execution_id"] for entry in started} == {automation["AutomationExecutionId"]}
    assert scene.entries(incident_id, "action_intended"), "nothing is done that was not announced"
    assert scene.stage.nightshift.verify_audit().holds
