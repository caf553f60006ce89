"""No event is lost, and one problem is one incident, whatever comes at once, twice or late."""

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from botocore.exceptions import ClientError

from command_line import nightshift
from demo.waiting import wait_for
from intake import dead_letters, deliver, deliver_text, drill_envelope, put_drill
from scene import Scene

T = TypeVar("T")
R = TypeVar("R")
_DELIVERIES = 50
_STORM_IS_OVER_WITHIN_SECONDS = 60.0
_WRITES = ("dynamodb:PutItem", "dynamodb:UpdateItem")


@pytest.fixture
def waiting_instance(scene: Scene) -> Iterator[str]:
    """Of an application whose every action asks, so that its incident stays open for as long as the test needs it."""
    instance_id = scene.stopped_instance(scene.application())
    yield instance_id
    for incident_id in incidents_of(scene, instance_id):
        if scene.stage.nightshift.execution(incident_id).status == "RUNNING":
            scene.wait_until_asked(incident_id)
            assert nightshift(scene, "deny", incident_id).exit_code == 0
            scene.wait_until_ended(incident_id)


def incidents_of(scene: Scene, instance_id: str) -> list[str]:
    return [name for name in scene.executions() if instance_id in json.dumps(scene.incident(name), default=str)]


def at_once(call: Callable[[T], R], arguments: Iterable[T]) -> list[R]:
    with ThreadPoolExecutor(_DELIVERIES) as pool:
        return list(pool.map(call, arguments))


def test_one_event_delivered_fifty_times_at_once_opens_one_incident_and_counts_once(
    scene: Scene, waiting_instance: str
) -> None:
    event = drill_envelope(scene, scene.stopped(waiting_instance))
    taken = at_once(lambda _: deliver(scene, event), range(_DELIVERIES))
    assert [one.status for one in taken] == ["SUCCEEDED"] * _DELIVERIES
    (incident_id,) = incidents_of(scene, waiting_instance)
    assert scene.incident(incident_id)["signal_count"] == 1
    record = scene.event_record(event["id"])
    assert (record["outcome"], record["incident_id"]) == ("opened", incident_id)
    assert dead_letters(scene) == []


def test_fifty_events_of_one_problem_at_once_open_one_incident_and_lose_none(
    scene: Scene, waiting_instance: str
) -> None:
    events = [scene.stopped(waiting_instance) for _ in range(_DELIVERIES)]
    ids = at_once(lambda event: put_drill(scene, event), events)

    def all_recorded() -> list[dict] | None:
        records = [scene.event_record(event_id) for event_id in ids]
        return records if all(records) else None

    records = wait_for("a record of each event", all_recorded, _STORM_IS_OVER_WITHIN_SECONDS)
    assert len(set(ids)) == _DELIVERIES
    outcomes = [record["outcome"] for record in records]
    assert (outcomes.count("opened"), outcomes.count("attached")) == (1, _DELIVERIES - 1)
    (incident_id,) = incidents_of(scene, waiting_instance)
    assert {record["incident_id"] for record in records} == {incident_id}
    assert scene.incident(incident_id)["signal_count"] == _DELIVERIES
    assert dead_letters(scene) == []


def test_incident_started_a_second_time_is_refused_by_step_functions(scene: Scene, waiting_instance: str) -> None:
    incident_id = scene.drill(scene.stopped(waiting_instance))
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        scene.aws.client("stepfunctions").start_execution(
            stateMachineArn=scene.outputs["IncidentStateMachineArn"],
            name=incident_id,
            # With the same input AWS would answer with the first one.
            input=json.dumps({"incident_id": incident_id, "again": True}),
        )
    assert incidents_of(scene, waiting_instance) == [incident_id]


def test_event_of_recovery_is_attached_as_recovered(scene: Scene, waiting_instance: str) -> None:
    incident_id = scene.drill(scene.stopped(waiting_instance))
    running = scene.stopped(waiting_instance)
    running["detail"]["state"] = "running"
    taken = deliver(scene, drill_envelope(scene, running))
    assert taken.output == {"result": "recovered", "incident_id": incident_id}


def test_event_of_recovery_without_an_incident_is_ignored_and_recorded(scene: Scene) -> None:
    running = scene.unexplained()
    running["detail"]["state"] = "running"
    event = drill_envelope(scene, running)
    taken = deliver(scene, event)
    assert taken.output["result"] == "ignored"
    assert scene.event_record(event["id"])["outcome"] == "ignored"


def test_event_after_the_incident_has_ended_opens_the_next_episode(scene: Scene) -> None:
    event = scene.unexplained()
    first = scene.drill(event)
    scene.wait_until_ended(first)
    second = scene.drill(event)
    assert second != first
    assert [scene.incident(one)["episode"] for one in (first, second)] == [1, 2]
    scene.wait_until_ended(second)


def test_event_that_dedup_cannot_write_is_kept_whole_and_can_be_delivered_again(scene: Scene) -> None:
    event = drill_envelope(scene, scene.unexplained())
    with scene.denied(scene.role_of("dedup"), *_WRITES):
        taken = deliver(scene, event)
    assert (taken.status, taken.error) == ("FAILED", "Nightshift.IntakeFailed")
    (kept,) = dead_letters(scene)
    assert json.loads(kept) == event
    assert scene.event_record(event["id"]) is None

    assert deliver_text(scene, kept).status == "SUCCEEDED"
    record = scene.event_record(event["id"])
    assert record["outcome"] == "opened"
    scene.wait_until_ended(record["incident_id"])


def test_malformed_event_that_ingest_cannot_keep_is_in_the_dead_letter_queue(scene: Scene) -> None:
    event = drill_envelope(scene, "not an event")
    with scene.denied(scene.role_of("ingest"), *_WRITES):
        assert deliver(scene, event).status == "FAILED"
    (kept,) = dead_letters(scene)
    assert json.loads(kept) == event


def test_incident_that_could_not_be_started_is_started_by_the_redelivery(scene: Scene) -> None:
    event = drill_envelope(scene, scene.unexplained())
    with scene.denied(scene.role_of_intake(), "states:StartExecution"):
        assert deliver(scene, event).status == "FAILED"
    incident_id = scene.event_record(event["id"])["incident_id"]
    assert incident_id not in scene.executions()
    (kept,) = dead_letters(scene)
    assert deliver_text(scene, kept).status == "SUCCEEDED"
    assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
