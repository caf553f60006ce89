"""The on-call engineer's inbox: a queue subscribed to Nightshift's topics."""

import json
from dataclasses import dataclass

from demo.waiting import wait_for
from local_aws import LocalAws

_DELIVERED_WITHIN_SECONDS = 10.0


@dataclass(frozen=True)
class Notification:
    topic: str
    subject: str
    body: str
    message_id: str


class Inbox:
    def __init__(self, aws: LocalAws, topics: list[str]):
        self._sqs = aws.client("sqs")
        self._received: list[Notification] = []
        self._queue_url = self._sqs.create_queue(QueueName="on-call")["QueueUrl"]
        queue_arn = f"arn:aws:sqs:{aws.region}:{aws.account}:on-call"
        policy = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sns.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": queue_arn,
                    "Condition": {"ArnEquals": {"aws:SourceArn": topics}},
                }
            ],
        }
        self._sqs.set_queue_attributes(QueueUrl=self._queue_url, Attributes={"Policy": json.dumps(policy)})
        sns = aws.client("sns")
        for topic in topics:
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)

    def wait_for(self, incident_id: str, occasion: str) -> Notification:
        """Waits for a message about the incident with `occasion` in its subject; the newest one."""

        def newest() -> Notification | None:
            found = [one for one in self.about(incident_id) if occasion in one.subject.lower()]
            return found[-1] if found else None

        return wait_for(f"a message {occasion!r} about incident {incident_id}", newest, _DELIVERED_WITHIN_SECONDS)

    def about(self, incident_id: str) -> list[Notification]:
        self._fetch()
        return [one for one in self._received if incident_id in one.subject + one.body]

    def _fetch(self) -> None:
        while messages := self._sqs.receive_message(QueueUrl=self._queue_url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                envelope = json.loads(message["Body"])
                self._received.append(
                    Notification(
                        envelope["TopicArn"].rsplit(":", 1)[-1],
                        envelope.get("Subject", ""),
                        envelope["Message"],
                        envelope["MessageId"],
                    )
                )
                self._sqs.delete_message(QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"])
