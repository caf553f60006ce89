"""Alerts of other tools come in by the function URL, from whoever proves who they are, and take the way of every event."""

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from demo.waiting import wait_for
from function_variables import other_variables
from scene import Scene
from sns_publisher import SnsPublisher, publishing

_SECRET = "correct horse battery staple"
_TOKEN = {"Authorization": f"Bearer {_SECRET}"}
_TOPIC = "arn:aws:sns:us-east-1:999999999999:alerts"
_OTHER_TOPIC = "arn:aws:sns:us-east-1:999999999999:not-allowed"
_OPENED_WITHIN_SECONDS = 20.0
_NOTHING_OPENED_FOR_SECONDS = 2.0

Bus = Callable[[], list[dict[str, Any]]]


@pytest.fixture(scope="module", autouse=True)
def secrets(scene: Scene) -> None:
    for vendor in ("alertmanager", "grafana", "pagerduty"):
        name = f"{scene.outputs['ParameterPrefix']}/webhooks/{vendor}"
        scene.aws.client("ssm").put_parameter(Name=name, Value=_SECRET, Type="SecureString", Overwrite=True)


@pytest.fixture
def sns(scene: Scene) -> Iterator[SnsPublisher]:
    with publishing() as publisher, other_variables(scene, "webhook", AWS_ENDPOINT_URL_SNS=publisher.endpoint):
        yield publisher


def post(scene: Scene, path: str, body: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
    """Status and answer of the function URL; the local one is reached by a path instead of a host of its own."""
    url_id = scene.outputs["WebhookUrl"].removeprefix("https://").partition(".")[0]
    url = f"{scene.aws.endpoint}/_aws/lambda-url/{url_id}{path}"
    headers = {"Content-Type": "application/json"} | (headers or {})
    request = urllib.request.Request(url, body.encode(), headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def alert(alert_id: str, status: str = "firing") -> dict[str, Any]:
    """One alert as Alertmanager sends it."""
    return {
        "status": status,
        "labels": {"alertname": "CheckoutErrors", "severity": "critical", "instance": alert_id},
        "annotations": {"summary": f"Checkout {alert_id} answers with errors"},
        "startsAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example.org/graph",
        "fingerprint": alert_id,
    }


def alertmanager(*alerts: dict[str, Any]) -> str:
    return json.dumps({"version": "4", "status": "firing", "receiver": "nightshift", "alerts": alerts})


def new_id() -> str:
    return uuid.uuid4().hex[:16]


def incidents_about(scene: Scene, text: str) -> set[str]:
    return {name for name in scene.executions() if text in json.dumps(scene.incident(name), default=str)}


def opened(scene: Scene, text: str) -> str:
    """Id of the only incident about it."""
    (incident_id,) = wait_for("an incident", lambda: incidents_about(scene, text), _OPENED_WITHIN_SECONDS)
    return incident_id


@pytest.fixture(scope="module")
def bus(scene: Scene) -> Bus:
    """Takes what came to the bus from the webhook since it was last asked."""
    sqs, events = scene.aws.client("sqs"), scene.aws.client("events")
    queue = sqs.create_queue(QueueName="what-the-webhook-put")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="what-the-webhook-put", EventPattern=json.dumps({"source": ["nightshift.webhook"]}))
    events.put_targets(Rule="what-the-webhook-put", Targets=[{"Id": "queue", "Arn": arn}])

    def taken() -> list[dict[str, Any]]:
        found = []
        while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return found

    return taken


def test_alert_of_alertmanager_opens_one_incident_and_a_human_hears_of_it(scene: Scene) -> None:
    alert_id = new_id()
    status, answer = post(scene, "/alertmanager", alertmanager(*[alert(alert_id)] * 3), _TOKEN)
    assert (status, answer) == (202, {"accepted": 3})
    incident_id = opened(scene, alert_id)
    assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    assert incidents_about(scene, alert_id) == {incident_id}
    incident = scene.incident(incident_id)
    assert incident["signal_count"] == 3
    signal = incident["signal"]
    assert (signal["source"], signal["severity"], signal["state"]) == ("nightshift.webhook", "sev1", "firing")
    assert {"title", "labels"} <= set(signal["untrusted"])
    assert f"Checkout {alert_id} answers with errors" in scene.told(incident_id, "escalated")


def test_recovery_without_an_incident_opens_none(scene: Scene) -> None:
    alert_id = new_id()
    assert post(scene, "/alertmanager", alertmanager(alert(alert_id, "resolved")), _TOKEN)[0] == 202
    time.sleep(_NOTHING_OPENED_FOR_SECONDS)
    assert incidents_about(scene, alert_id) == set()


def test_wrong_secret_is_401_and_nothing_comes_to_the_bus(scene: Scene, bus: Bus) -> None:
    alert_id = new_id()
    body = alertmanager(alert(alert_id))
    bus()
    for headers in ({}, {"Authorization": f"Bearer {_SECRET}x"}, {"Authorization": _SECRET}):
        assert post(scene, "/alertmanager", body, headers) == (401, {"error": "not authenticated"})
    # A secret is one vendor's: it opens no other door.
    assert post(scene, "/pagerduty", body, _TOKEN)[0] == 401
    assert bus() == []
    # The same with its secret does come.
    assert post(scene, "/alertmanager", body, _TOKEN)[0] == 202
    (event,) = wait_for("the event", bus, _OPENED_WITHIN_SECONDS)
    assert (event["source"], event["detail-type"], event["detail"]["alert_id"]) == ("nightshift.webhook", "Alert", alert_id)
    scene.wait_until_ended(opened(scene, alert_id))


def test_body_that_is_too_large_is_413_and_one_of_another_form_400(scene: Scene, bus: Bus) -> None:
    bus()
    assert post(scene, "/alertmanager", " " * (1024 * 1024 + 1), _TOKEN)[0] == 413
    status, answer = post(scene, "/alertmanager", '{"alerts": []}', _TOKEN)
    assert status == 400
    assert answer["error"].startswith("invalid `alerts` (an empty list): expected")
    assert post(scene, "/nagios", "{}", _TOKEN)[0] == 404
    assert bus() == []


def test_bus_that_refuses_is_a_server_error_so_that_the_vendor_sends_again(scene: Scene) -> None:
    alert_id = new_id()
    body = alertmanager(alert(alert_id))
    with scene.denied(scene.role_of("webhook"), "events:PutEvents"):
        assert post(scene, "/alertmanager", body, _TOKEN)[0] >= 500
    assert post(scene, "/alertmanager", body, _TOKEN)[0] == 202
    scene.wait_until_ended(opened(scene, alert_id))


def as_role(scene: Scene, role: str, session: str):
    """Credentials that may do what the role's own policies let it."""
    iam = scene.aws.client("iam")
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    documents = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]
    documents = [json.loads(one) if isinstance(one, str) else one for one in documents]
    statements = [statement for one in documents for statement in one["Statement"]]
    return scene.aws.create_role_session(session, {"Version": "2012-10-17", "Statement": statements})


@pytest.mark.parametrize("function", ["diagnose", "remediate", "verify"])
def test_secrets_of_the_webhook_are_denied_to_every_other_role_that_reads_parameters(scene: Scene, function: str) -> None:
    ssm = scene.aws.client("ssm", as_role(scene, scene.role_of(function), f"as-{function}-alone"))
    prefix = scene.outputs["ParameterPrefix"]
    secret = scene.aws.client("ssm").get_parameters_by_path(Path=f"{prefix}/webhooks")["Parameters"][0]["Name"]
    assert ssm.get_parameter_history(Name=f"{prefix}/mode")["Parameters"], "the role reads parameters otherwise"
    with pytest.raises(ClientError, match="AccessDenied"):
        ssm.get_parameter(Name=secret)
    with pytest.raises(ClientError, match="AccessDenied"):
        ssm.get_parameter_history(Name=secret)


def test_secrets_of_the_webhook_are_denied_to_the_role_that_restores_parameters(scene: Scene) -> None:
    role = scene.outputs["RestoreParameterRoleArn"].rpartition("/")[2]
    ssm = scene.aws.client("ssm", as_role(scene, role, "as-restore-alone"))
    prefix = scene.outputs["ParameterPrefix"]
    secret = scene.aws.client("ssm").get_parameters_by_path(Path=f"{prefix}/webhooks")["Parameters"][0]["Name"]
    assert ssm.get_parameter(Name=f"{prefix}/mode")["Parameter"], "the role reads parameters otherwise"
    with pytest.raises(ClientError, match="AccessDenied"):
        ssm.get_parameter(Name=secret)
    with pytest.raises(ClientError, match="AccessDenied"):
        ssm.put_parameter(Name=secret, Value="another", Overwrite=True)


def test_role_of_the_webhook_puts_alerts_and_nothing_else(scene: Scene) -> None:
    session = as_role(scene, scene.role_of("webhook"), "as-webhook-alone")
    events, ssm = scene.aws.client("events", session), scene.aws.client("ssm", session)
    alert_put = {"Source": "nightshift.webhook", "DetailType": "Alert", "Detail": "{}"}
    assert events.put_events(Entries=[alert_put])["FailedEntryCount"] == 0
    for other in ({"Source": "nightshift.drill"}, {"DetailType": "Drill"}):
        with pytest.raises(ClientError, match="AccessDenied"):
            events.put_events(Entries=[alert_put | other])
    with pytest.raises(ClientError, match="AccessDenied"):
        ssm.get_parameter(Name=f"{scene.outputs['ParameterPrefix']}/mode")


def test_pagerduty_and_grafana_sign_the_body(scene: Scene) -> None:
    def signature(text: str) -> str:
        return hmac.new(_SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()

    incident = {"id": new_id(), "title": "A little bump in the road", "urgency": "high"}
    body = json.dumps({"event": {"id": new_id(), "event_type": "incident.triggered", "data": incident}})
    signed = {"X-PagerDuty-Signature": f"v1={'0' * 64},v1={signature(body)}"}
    assert post(scene, "/pagerduty", body, signed) == (202, {"accepted": 1})
    assert post(scene, "/pagerduty", body.replace("little", "large"), signed)[0] == 401
    # PagerDuty sends a message again where it got no answer: it is the same event, and not another episode.
    first = opened(scene, incident["id"])
    scene.wait_until_ended(first)
    assert post(scene, "/pagerduty", body, signed)[0] == 202
    time.sleep(_NOTHING_OPENED_FOR_SECONDS)
    assert incidents_about(scene, incident["id"]) == {first}

    alert_id, now = new_id(), int(time.time())
    body = alertmanager(alert(alert_id))

    def stamped(at: int) -> dict[str, str]:
        signed = signature(f"{at}:{body}")
        return {"X-Grafana-Alerting-Signature": signed, "X-Grafana-Alerting-Timestamp": str(at)}

    assert post(scene, "/grafana", body, stamped(now - 3600))[0] == 401
    assert post(scene, "/grafana", body, stamped(now))[0] == 202
    scene.wait_until_ended(opened(scene, alert_id))


def test_sns_subscription_is_confirmed_for_an_allowed_topic_only(scene: Scene, sns: SnsPublisher) -> None:
    assert post(scene, "/sns", sns.confirmation(_OTHER_TOPIC, "token-1"))[0] == 403
    forged = json.loads(sns.confirmation(_TOPIC, "token-2")) | {"Token": "token-3"}
    assert post(scene, "/sns", json.dumps(forged))[0] == 403
    assert sns.confirmed == []
    status, answer = post(scene, "/sns", sns.confirmation(_TOPIC, "token-4"), {"Content-Type": "text/plain; charset=UTF-8"})
    assert (status, answer["reason"]) == (200, "the subscription is confirmed")
    assert sns.confirmed == [(_TOPIC, "token-4")]


@pytest.mark.parametrize("version", ["1", "2"])
def test_sns_notification_opens_an_incident_if_its_signature_holds(
    scene: Scene, sns: SnsPublisher, version: str
) -> None:
    subject = f"Disk {new_id()} is full"
    message = sns.notification(_TOPIC, "Free some space.", subject=subject, version=version)
    assert post(scene, "/sns", message) == (202, {"accepted": 1})
    scene.wait_until_ended(opened(scene, subject))
    forged = json.loads(message) | {"Message": "Free all space."}
    assert post(scene, "/sns", json.dumps(forged))[0] == 403
