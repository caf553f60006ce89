"""An action that did not help lately asks, until a person closes its breaker, which is on record."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from command_line import nightshift
from local_aws import Credentials, allow
from scene import Scene

_ACTION = "start-instance"
_NOBODY_KNOWS = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.fixture(scope="module")
def operator(scene: Scene) -> Credentials:
    """A user with the stack's policy for operators and nothing else."""
    iam = scene.aws.client("iam")
    iam.create_user(UserName="lin")
    iam.attach_user_policy(UserName="lin", PolicyArn=scene.outputs["OperatorPolicyArn"])
    key = iam.create_access_key(UserName="lin")["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def remember_bad_runs(scene: Scene, application: str) -> None:
    """Three runs of incidents of which nothing is known any more, so they count as ones that did not help."""
    for days_ago in (3, 4, 5):
        at = (datetime.now(UTC) - timedelta(days=days_ago)).strftime("%Y-%m-%dT%H:%M:%S.000000000Z")
        plan_hash = hashlib.sha256(f"{application} {days_ago}".encode()).hexdigest()
        run = {
            "incident_id": _NOBODY_KNOWS,
            "plan_hash": plan_hash,
            "action": _ACTION,
            "target": f"arn:aws:ec2:{scene.aws.region}:{scene.aws.account}:instance/i-0123456789abcdef0",
            "application": application,
            "at": at,
            "approved": False,
            "undo": False,
        }
        key = {"pk": f"ACTIONS#ACTION#{_ACTION}#{application}", "sk": f"RUN#{at}#{plan_hash}"}
        scene.put_item(run | key)


def asked(scene: Scene, application: str) -> tuple[str, set[str]]:
    """A new incident of the application, and the policies because of which its plan asks."""
    incident_id = scene.drill(scene.stopped(scene.stopped_instance(application)))
    scene.wait_until_asked(incident_id)
    verdict = scene.entries(incident_id, "judged")[-1].content["verdict"]
    return incident_id, {policy["id"] for policy in verdict["policies"]}


def deny(scene: Scene, incident_id: str) -> None:
    assert nightshift(scene, "deny", incident_id).exit_code == 0
    scene.wait_until_ended(incident_id)


def test_breaker_closed_by_a_person_no_longer_asks_and_is_on_record(scene: Scene, operator: Credentials) -> None:
    application = scene.application()
    remember_bad_runs(scene, application)
    incident_id, policies = asked(scene, application)
    assert "breaker-open" in policies
    assert "nightshift close-breaker" in scene.told(incident_id, "approval")
    close = ("close-breaker", incident_id, "--reason", "the image is repaired", "--format", "json")

    reading = allow("cloudformation:DescribeStacks", "dynamodb:GetItem", "dynamodb:Query")
    refused = nightshift(scene, *close, caller=scene.aws.create_user("trent", reading))
    assert refused.exit_code == 1
    assert "PutItem" in refused.error
    assert scene.entries(incident_id, "breaker_close_intended") == []

    said = nightshift(scene, *close, caller=operator)
    assert said.exit_code == 0, said.error
    closed = said.json()
    assert (closed["action"], closed["application"]) == (_ACTION, application)
    assert (closed["was"], closed["changed"]) == ("open", True)
    (record,) = scene.entries(incident_id, "breaker_close_intended")
    assert record.content["by"].endswith(":user/lin")
    assert record.content["reason"] == "the image is repaired"
    shown = " ".join(nightshift(scene, "show", incident_id).out.split())
    assert f"closing the breaker of {_ACTION} for {application} by" in shown

    again = nightshift(scene, *close, caller=operator)
    assert (again.exit_code, again.json()["changed"]) == (0, False)
    assert len(scene.entries(incident_id, "breaker_close_intended")) == 1

    other_id, policies = asked(scene, application)
    assert policies
    assert "breaker-open" not in policies
    assert scene.stage.nightshift.verify_audit().is_intact
    deny(scene, incident_id)
    deny(scene, other_id)


def test_breaker_of_an_incident_without_a_plan_cannot_be_closed(scene: Scene) -> None:
    incident_id = scene.drill(scene.unexplained())
    scene.wait_until_ended(incident_id)
    said = nightshift(scene, "close-breaker", incident_id, "--reason", "x")
    assert said.exit_code == 1
    assert f"no plan of incident {incident_id} was judged" in said.error
