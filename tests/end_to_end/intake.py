"""Events on their way in: as EventBridge delivers them, and past it."""

import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from demo.event_documents import Event
from scene import Scene

_TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class Taken:
    """The outcome of one execution of the intake."""

    status: str
    output: dict[str, Any]
    error: str | None


def drill_envelope(scene: Scene, event: Any) -> Event:
    """A drill as EventBridge delivers it; a new one each time."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Drill",
        "source": "nightshift.drill",
        "account": scene.aws.account,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "region": scene.aws.region,
        "resources": [],
        "detail": {"event": event},
    }


def deliver(scene: Scene, event: Any) -> Taken:
    """One execution of the intake machine, waited for."""
    return deliver_text(scene, json.dumps(event))


def deliver_text(scene: Scene, document: str) -> Taken:
    client = boto3.client(
        "stepfunctions",
        endpoint_url=scene.aws.endpoint,
        region_name=scene.aws.region,
        # Without the prefix that it has on AWS: it would need a name to resolve.
        config=Config(inject_host_prefix=False, retries={"total_max_attempts": 1}, read_timeout=_TIMEOUT_SECONDS),
        **scene.aws.admin.client_arguments(),
    )
    answer = client.start_sync_execution(stateMachineArn=scene.outputs["IntakeStateMachineArn"], input=document)
    return Taken(answer["status"], json.loads(answer.get("output") or "{}"), answer.get("error"))


def put_drill(scene: Scene, event: Any) -> str:
    """Sends a drill through EventBridge; the event's id."""
    entry = {"Source": "nightshift.drill", "DetailType": "Drill", "Detail": json.dumps({"event": event})}
    answer = scene.aws.client("events").put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 0, answer
    return answer["Entries"][0]["EventId"]


def dead_letters(scene: Scene) -> list[str]:
    """Takes what is in the intake's dead letter queue."""
    sqs, queue = scene.aws.client("sqs"), scene.outputs["IntakeDeadLetterQueueUrl"]
    bodies = []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            bodies.append(message["Body"])
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return bodies
