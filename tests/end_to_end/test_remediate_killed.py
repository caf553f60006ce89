"""The one function that has an effect dies at the worst moments: the effect happens exactly once all the same."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from function_proxy import Interference, Request, interfering
from scene import Scene

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds the function's process in /proc")


def takes_the_lease(request: Request) -> bool:
    return request.operation == "TransactWriteItems" and '"LEASE#' in request.body


def announces_the_action(request: Request) -> bool:
    return request.operation == "TransactWriteItems" and "action_intended" in request.body


def starts_the_automation(request: Request) -> bool:
    return request.operation == "StartAutomationExecution"


def records_the_start(request: Request) -> bool:
    return request.operation == "TransactWriteItems" and "action_started" in request.body


@dataclass(frozen=True)
class Kill:
    """Before the call reaches AWS, or when AWS has done it and the function does not know."""

    call: Callable[[Request], bool]
    is_after: bool

    def interference(self, instance_id: str) -> Interference:
        hook = "after" if self.is_after else "before"
        return Interference(self.call, **{hook: Request.kill_the_function}, subjects=[instance_id])


KILLS = {
    "before_the_lease": Kill(takes_the_lease, is_after=False),
    "after_the_lease": Kill(takes_the_lease, is_after=True),
    "after_the_announcement": Kill(announces_the_action, is_after=True),
    "between_lease_and_start": Kill(starts_the_automation, is_after=False),
    "after_the_start": Kill(starts_the_automation, is_after=True),
    "before_the_start_is_recorded": Kill(records_the_start, is_after=False),
    "after_the_start_is_recorded": Kill(records_the_start, is_after=True),
}


@dataclass(frozen=True)
class Killed:
    instance_id: str
    incident_id: str
    interference: Interference
    status: str


@pytest.fixture(scope="module")
def all_killed(scene: Scene) -> Iterator[dict[str, Killed]]:
    """An incident for each kill. All at once: they mostly wait. Each of an application of its own: many open incidents of
    one application would ask."""
    instances = {name: scene.stopped_instance(scene.application("autonomous")) for name in KILLS}
    kills = {name: kill.interference(instances[name]) for name, kill in KILLS.items()}
    with interfering(scene, "remediate", *kills.values()):
        incidents = {}
        for name, instance_id in instances.items():
            incidents[name] = scene.drill(scene.stopped(instance_id))
            kills[name].subjects.append(incidents[name])
        statuses = {name: scene.wait_until_ended(incident_id) for name, incident_id in incidents.items()}
    yield {name: Killed(instances[name], incidents[name], kills[name], statuses[name]) for name in KILLS}


@pytest.fixture(params=KILLS)
def killed(request: pytest.FixtureRequest, all_killed: dict[str, Killed]) -> Killed:
    return all_killed[request.param]


def test_remediate_killed_is_tried_again_and_the_incident_is_resolved(scene: Scene, killed: Killed) -> None:
    assert killed.interference.happened
    history = scene.history(killed.incident_id)
    failures = [event["taskFailedEventDetails"] for event in history if event["type"] == "TaskFailed"]
    assert [failure["error"] for failure in failures] == ["Runtime.ExitError"]
    assert killed.status == "SUCCEEDED"
    outcome = scene.outcome(killed.incident_id)
    assert outcome["resolution"] == "by_nightshift", outcome
    assert scene.state_of(killed.instance_id) == "running"


def test_remediate_killed_has_exactly_one_effect(scene: Scene, killed: Killed) -> None:
    (automation,) = scene.automations_on(killed.instance_id)
    assert automation["AutomationExecutionStatus"] == "Success"
    assert scene.writes_to(killed.instance_id) == ["StartInstances"]


def test_remediate_killed_leaves_a_ledger_that_tells_what_happened(scene: Scene, killed: Killed) -> None:
    (automation,) = scene.automations_on(killed.instance_id)
    kinds = [entry.kind for entry in scene.entries(killed.incident_id)]
    started = scene.entries(killed.incident_id, "action_started")
    assert {entry.content["execution_id"] for entry in started} == {automation["AutomationExecutionId"]}
    assert "action_intended" in kinds[: kinds.index("action_started")], "nothing is done that was not announced"
    assert scene.stage.nightshift.verify_audit().is_intact
