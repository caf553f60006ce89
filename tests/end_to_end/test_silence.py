"""No incident falls silent, and no event waits in a queue unseen: the sweep, and what a person can do by hand."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from command_line import nightshift
from demo.deployment import STACK
from demo.ledger import make_older
from demo.waiting import wait_for
from intake import dead_letters, deliver, drill_envelope, put_drill
from local_aws import Credentials
from scene import Scene

_RECORDED_WITHIN_SECONDS = 60.0
_THROTTLED_FOR_SECONDS = 12.0
_TO_THE_SECOND = "%Y-%m-%dT%H:%M:%S"


@pytest.fixture
def waiting_incident(scene: Scene) -> str:
    """An incident that waits for an approval."""
    incident_id = scene.drill(scene.stopped(scene.stopped_instance(scene.application())))
    scene.wait_until_asked(incident_id)
    return incident_id


@pytest.fixture(scope="module")
def operator(scene: Scene) -> Credentials:
    """A user with the stack's policy for operators and nothing else."""
    iam = scene.aws.client("iam")
    iam.create_user(UserName="grace")
    iam.attach_user_policy(UserName="grace", PolicyArn=scene.outputs["OperatorPolicyArn"])
    key = iam.create_access_key(UserName="grace")["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def sweep(scene: Scene) -> dict[str, Any]:
    """One sweep, as the schedule asks for it."""
    answer = scene.aws.client("lambda").invoke(FunctionName=f"{STACK}-notify", Payload=b'{"step":"sweep"}')
    payload = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, payload
    assert payload["result"] == "swept"
    return payload


@contextmanager
def without_the_rule(scene: Scene) -> Iterator[None]:
    """Meanwhile no event about a broken execution is delivered: EventBridge delivers at best effort."""
    events = scene.aws.client("events")
    (rule,) = [one["Name"] for one in events.list_rules()["Rules"] if "IncidentBroken" in one["Name"]]
    events.disable_rule(Name=rule)
    try:
        yield
    finally:
        events.enable_rule(Name=rule)


def age(scene: Scene, incident_id: str, by: timedelta = timedelta(hours=1)) -> None:
    """Makes the incident's last step this much older, as if nothing had happened since."""

    def earlier(at: str) -> str:
        return (datetime.strptime(at[:19], _TO_THE_SECOND) - by).strftime(f"{_TO_THE_SECOND}Z")

    make_older(scene.aws.client("dynamodb"), scene.outputs["TableName"], incident_id, by)
    event_id = scene.incident(incident_id)["signal"]["event_id"]
    recorded = scene.event_record(event_id)
    assert recorded is not None
    scene.put_item(recorded | {"recorded_at": earlier(recorded["recorded_at"])})


def set_status(scene: Scene, incident_id: str, status: str) -> None:
    item = scene.item(f"INCIDENT#{incident_id}", "INCIDENT")
    assert item is not None
    scene.put_item(item | {"status": status})


def deny(scene: Scene, incident_id: str) -> None:
    assert nightshift(scene, "deny", incident_id).exit_code == 0
    scene.wait_until_ended(incident_id)


def test_incident_whose_execution_died_unheard_is_swept_and_told(scene: Scene, waiting_incident: str) -> None:
    with without_the_rule(scene):
        scene.aws.client("stepfunctions").stop_execution(executionArn=scene.execution_arn(waiting_incident))
        assert scene.wait_until_ended(waiting_incident) == "ABORTED"
        sweep(scene)
        assert "outcome" not in scene.incident(waiting_incident), "it moved a moment ago"
        age(scene, waiting_incident)
        assert sweep(scene)["handed_over"] >= 1
    assert "its Step Functions execution ended with status ABORTED" in scene.told(waiting_incident, "nightshift failed")
    assert scene.outcome(waiting_incident)["resolution"] == "escalated"
    assert "unsettled" not in scene.incident(waiting_incident)
    messages = len(scene.stage.inbox.about(waiting_incident))
    sweep(scene)
    assert len(scene.stage.inbox.about(waiting_incident)) == messages, "it is told once"


def test_incident_that_hangs_is_told_and_goes_on_running(scene: Scene, waiting_incident: str) -> None:
    age(scene, waiting_incident)
    set_status(scene, waiting_incident, "diagnosing")
    assert sweep(scene)["told"] >= 1
    assert f"nightshift takeover {waiting_incident}" in scene.told(waiting_incident, "no progress")
    messages = len(scene.stage.inbox.about(waiting_incident))
    sweep(scene)
    assert len(scene.stage.inbox.about(waiting_incident)) == messages
    assert scene.stage.nightshift.execution(waiting_incident).status == "RUNNING"
    set_status(scene, waiting_incident, "awaiting_approval")
    deny(scene, waiting_incident)


def test_incident_that_was_never_started_is_started_by_the_sweep(scene: Scene) -> None:
    event = drill_envelope(scene, scene.unexplained())
    with scene.denied(scene.role_of_intake(), "states:StartExecution"):
        assert deliver(scene, event).status == "FAILED"
    dead_letters(scene)
    incident_id = scene.event_record(event["id"])["incident_id"]
    age(scene, incident_id)
    assert sweep(scene)["started"] == 1
    assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    assert scene.told(incident_id, "escalated")


def test_alarm_that_fires_again_while_approval_is_waited_for_is_told(scene: Scene) -> None:
    instance_id = scene.stopped_instance(scene.application())
    incident_id = scene.drill(scene.stopped(instance_id))
    scene.wait_until_asked(incident_id)
    put_drill(scene, scene.stopped(instance_id))
    message = scene.told(incident_id, "still firing")
    assert "the incident has waited for approval since" in message
    assert f"nightshift approve {incident_id}" in message
    deny(scene, incident_id)


def test_incident_closed_by_a_person_ends_is_told_and_runs_no_more(
    scene: Scene, waiting_incident: str, operator: Credentials
) -> None:
    close = ("close", waiting_incident, "--reason", "load test")
    said = nightshift(scene, *close, "--format", "json", caller=operator)
    assert said.exit_code == 0, said.error
    assert said.json()["ended"] == "closed"
    assert scene.wait_until_ended(waiting_incident) == "ABORTED"
    outcome = scene.outcome(waiting_incident)
    assert outcome["resolution"] == "closed"
    assert "user/grace: load test" in outcome["reason"]
    (intended,) = scene.entries(waiting_incident, "close_intended")
    assert intended.content["by"].endswith(":user/grace")
    assert "closed by a person" in scene.told(waiting_incident, "closed")

    # Again is as once, and the broken execution is no news.
    assert nightshift(scene, *close, caller=operator).exit_code == 0
    assert len(scene.entries(waiting_incident, "close_intended")) == 1
    late = nightshift(scene, "takeover", waiting_incident, caller=operator)
    assert late.exit_code == 1
    assert "has already ended: closed by a person" in late.error
    subjects = [one.subject for one in scene.stage.inbox.about(waiting_incident)]
    assert not [subject for subject in subjects if "Nightshift failed" in subject]
    assert scene.stage.nightshift.verify_audit().is_intact


def test_incident_taken_over_is_left_to_the_person(
    scene: Scene, waiting_incident: str, operator: Credentials
) -> None:
    said = nightshift(scene, "takeover", waiting_incident, caller=operator)
    assert said.exit_code == 0, said.error
    assert scene.wait_until_ended(waiting_incident) == "ABORTED"
    assert scene.outcome(waiting_incident)["resolution"] == "taken_over"
    assert "user/grace" in scene.told(waiting_incident, "taken over")


def test_incident_that_is_not_there_cannot_be_closed(scene: Scene) -> None:
    said = nightshift(scene, "close", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "--reason", "x")
    assert said.exit_code == 2
    assert "no incident 01ARZ3NDEKTSV4RRFFQ69G5FAV" in said.error


def test_dead_letter_is_shown_and_taken_in_once(scene: Scene, operator: Credentials) -> None:
    dead_letters(scene)
    event = drill_envelope(scene, scene.unexplained())
    with scene.denied(scene.role_of("dedup"), "dynamodb:PutItem", "dynamodb:UpdateItem"):
        assert deliver(scene, event).status == "FAILED"
    (shown,) = letters(scene, operator)
    assert (shown["state"], shown["id"]) == ("waiting", event["id"])
    assert shown["family"] == "nightshift.drill, Drill"
    assert shown["reason"] == "Port.Denied"
    assert scene.event_record(event["id"]) is None, "showing changes nothing"

    (taken,) = letters(scene, operator, "--execute")
    assert taken["state"] == "taken_in"
    record = scene.event_record(event["id"])
    assert record is not None
    assert record["outcome"] == "opened"
    assert letters(scene, operator) == []
    scene.wait_until_ended(record["incident_id"])


def letters(scene: Scene, operator: Credentials, *arguments: str) -> list[dict[str, Any]]:
    """The letters about drills, as `redrive` shows them."""
    said = nightshift(scene, "redrive", "--format", "json", *arguments, caller=operator)
    assert said.exit_code in {0, 1}, said.error
    return [one for one in said.json() if one["family"].startswith("nightshift.drill")]


def test_event_while_ingest_is_throttled_is_taken_in_once_it_is_not(scene: Scene) -> None:
    functions, ingest = scene.aws.client("lambda"), f"{STACK}-ingest"
    dead_letters(scene)
    functions.put_function_concurrency(FunctionName=ingest, ReservedConcurrentExecutions=0)
    release = threading.Timer(
        _THROTTLED_FOR_SECONDS, lambda: functions.delete_function_concurrency(FunctionName=ingest)
    )
    release.start()
    try:
        event_id = put_drill(scene, scene.unexplained())
        record = wait_for("a record of the event", lambda: scene.event_record(event_id), _RECORDED_WITHIN_SECONDS)
        assert not release.is_alive(), "it was not throttled"
    finally:
        release.join()
    assert record["outcome"] == "opened"
    assert dead_letters(scene) == []
    scene.wait_until_ended(record["incident_id"])


def list_earlier(scene: Scene, event_id: str, by: timedelta) -> None:
    """Lists a rejected event as if it had been rejected that long before."""
    table, dynamodb = scene.outputs["TableName"], scene.aws.client("dynamodb")
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    items = [item for page in pages for item in page["Items"]]
    (item,) = [one for one in items if one["pk"]["S"].startswith("REJECTED#") and one["event_id"]["S"] == event_id]
    # Python reads no nanoseconds.
    at = datetime.fromisoformat(f"{item['at']['S'][:19]}+00:00") - by
    dynamodb.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})
    earlier = {
        "pk": {"S": f"REJECTED#{at:%Y-%m-%d}"},
        "sk": {"S": f"{at:%Y-%m-%dT%H:%M:%S}.000000000Z#{event_id}"},
        "at": {"S": f"{at:%Y-%m-%dT%H:%M:%S}Z"},
    }
    dynamodb.put_item(TableName=table, Item=item | earlier)


def test_rejected_event_of_a_known_family_is_told_in_a_digest(scene: Scene) -> None:
    table = scene.outputs["TableName"]
    scene.aws.client("dynamodb").delete_item(TableName=table, Key={"pk": {"S": "DIGEST"}, "sk": {"S": "LAST"}})
    event = drill_envelope(scene, {}) | {"source": "aws.ecs", "detail-type": "ECS Deployment State Change"}
    assert deliver(scene, event | {"detail": {}}).output["result"] == "rejected"
    sweep(scene)
    assert scene.stage.inbox.about(event["id"]) == [], "an earlier one may still be written"
    list_earlier(scene, event["id"], timedelta(minutes=7))
    # As if the digest before this one had been told before the event.
    scene.aws.client("dynamodb").delete_item(TableName=table, Key={"pk": {"S": "DIGEST"}, "sk": {"S": "LAST"}})
    sweep(scene)

    def digest() -> list[Any]:
        return scene.stage.inbox.about(event["id"])

    (message,) = wait_for("the digest", digest, 10.0)
    assert "aws.ecs, ECS Deployment State Change" in message.body
    sweep(scene)
    assert len(digest()) == 1
