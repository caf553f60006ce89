"""While a change calendar is closed, or cannot be read, an action that would need no approval asks."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from change_calendar import arn_of, change_calendars, closed_calendar, delete, freeze, open_calendar
from command_line import nightshift
from function_proxy import Interference, Request, interfering
from scene import Scene

_CLOSED = "a change calendar is closed"
_UNREADABLE = "the change calendars could not be read, which counts as closed (GetCalendarState "


@pytest.fixture
def stopped(scene: Scene) -> str:
    """An instance of an application on which Nightshift acts by itself."""
    return scene.stopped_instance(scene.application("autonomous"))


def decisions(scene: Scene, incident_id: str) -> list[tuple[str, set[str]]]:
    """Each verdict with the policies that determined it."""
    verdicts = [entry.content["verdict"] for entry in scene.entries(incident_id, "judged")]
    return [(verdict["decision"], {policy["id"] for policy in verdict["policies"]}) for verdict in verdicts]


def assert_it_asks(scene: Scene, incident_id: str, instance_id: str, because: str) -> str:
    """Hash of the plan."""
    plan_hash = scene.wait_until_asked(incident_id)
    assert decisions(scene, incident_id) == [("ask", {"change-calendar-closed"})]
    assert f"Approval is needed because {because}" in scene.told(incident_id, "approval needed")
    assert_untouched(scene, instance_id)
    return plan_hash


def assert_untouched(scene: Scene, instance_id: str) -> None:
    assert scene.automations_on(instance_id) == []
    assert scene.writes_to(instance_id) == []
    assert scene.state_of(instance_id) == "stopped"


def test_calendars_that_are_open_leave_an_action_unattended(scene: Scene, stopped: str) -> None:
    with change_calendars(scene, open_calendar(scene), arn_of(scene, open_calendar(scene))):
        incident_id = scene.drill(scene.stopped(stopped))
        assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    assert scene.outcome(incident_id)["resolution"] == "by_nightshift", scene.outcome(incident_id)
    assert [decision for decision, _ in decisions(scene, incident_id)] == ["allow", "allow"]
    assert scene.writes_to(stopped) == ["StartInstances"]


def test_one_closed_calendar_of_several_asks_and_an_approval_acts(scene: Scene, stopped: str) -> None:
    with change_calendars(scene, open_calendar(scene), arn_of(scene, closed_calendar(scene))):
        incident_id = scene.drill(scene.stopped(stopped))
        plan_hash = assert_it_asks(scene, incident_id, stopped, _CLOSED)
        assert nightshift(scene, "approve", incident_id, "--plan", plan_hash).exit_code == 0
        assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    assert scene.outcome(incident_id)["resolution"] == "by_nightshift", scene.outcome(incident_id)
    assert scene.writes_to(stopped) == ["StartInstances"]


@contextmanager
def deleted(scene: Scene, name: str) -> Iterator[None]:
    delete(scene, name)
    yield


def denied(scene: Scene, _name: str) -> AbstractContextManager[None]:
    return scene.denied(scene.role_of("remediate"), "ssm:GetCalendarState")


@contextmanager
def throttled(scene: Scene, name: str) -> Iterator[None]:
    with scene.aws.fault("ssm:GetCalendarState", error="ThrottlingException", contains=[name]) as fault:
        yield
        assert fault.met >= 1


@pytest.mark.parametrize("disturbed", [deleted, denied, throttled], ids=lambda disturbed: disturbed.__name__)
def test_calendar_that_cannot_be_read_asks_as_a_closed_one(
    scene: Scene, stopped: str, disturbed: Callable[[Scene, str], AbstractContextManager[None]]
) -> None:
    name = open_calendar(scene)
    with change_calendars(scene, open_calendar(scene), name), disturbed(scene, name):
        incident_id = scene.drill(scene.stopped(stopped))
        assert_it_asks(scene, incident_id, stopped, _UNREADABLE)
        assert nightshift(scene, "deny", incident_id).exit_code == 0
        assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    assert scene.outcome(incident_id)["resolution"] == "escalated"
    assert_untouched(scene, stopped)


def test_calendar_that_closes_between_the_verdict_and_the_start_refuses_the_start(scene: Scene, stopped: str) -> None:
    name = open_calendar(scene)

    def allows(request: Request) -> bool:
        return request.operation == "TransactWriteItems" and '\\"judged\\"' in request.body

    closing = Interference(allows, after=lambda _request: freeze(scene, name), subjects=[stopped])
    with change_calendars(scene, name), interfering(scene, "remediate", closing):
        incident_id = scene.drill(scene.stopped(stopped))
        assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    assert closing.happened
    assert [decision for decision, _ in decisions(scene, incident_id)] == ["allow", "ask"]
    assert scene.entries(incident_id, "action_intended", "action_started") == []
    assert_untouched(scene, stopped)
    assert scene.outcome(incident_id)["resolution"] == "escalated"
    assert f"Reason:  {_CLOSED}" in scene.told(incident_id, "escalated")
