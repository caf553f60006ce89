"""The account that everything happens in: a local AWS with IAM on, Nightshift, a person who breaks and one who decides."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest import mock

from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import ClientError

from demo.deployment import STACK
from demo.inbox import Inbox
from demo.ledger import make_older
from demo.nightshift import Nightshift, deploy_nightshift
from demo.prerequisites import find_build
from invariants import Automation, Ended
from local_aws import Credentials, LocalAws, allow
from targets import CLUSTER, ROLE

_PARAMETERS = {"ApprovalWindowSeconds": "25", "Model": "never"}
_PERSONS_PERMISSIONS = allow(
    "ssm:PutParameter",
    "lambda:UpdateAlias",
    "ec2:StopInstances",
    "ecs:RegisterTaskDefinition",
    "ecs:TagResource",
    "ecs:UpdateService",
    "iam:PassRole",
)
_AUTOMATION_ROLES = (
    "RestoreParameterRole",
    "RollbackLambdaAliasRole",
    "StartInstanceRole",
    "StopInstanceRole",
    "RollbackEcsServiceRole",
)
_OCCASIONS = {"approval needed": "approval", "resolved": "resolved", "escalated": "escalated"}


@contextmanager
def set_up() -> Iterator["Account"]:
    build = find_build()
    with (
        mock.patch.dict("demo.deployment.PARAMETERS", _PARAMETERS),
        tempfile.TemporaryDirectory(prefix="nightshift-chaos-") as work_dir,
        LocalAws() as aws,
    ):
        aws.create_role(ROLE, allow("logs:CreateLogStream"), "lambda.amazonaws.com")
        aws.client("ecs").create_cluster(clusterName=CLUSTER)
        person = aws.create_user("alice", _PERSONS_PERMISSIONS)
        nightshift = deploy_nightshift(aws, build, Path(work_dir))
        yield Account(aws, nightshift, Inbox(aws, nightshift.topics), person)


@dataclass
class Account:
    aws: LocalAws
    nightshift: Nightshift
    inbox: Inbox
    person: Credentials

    @cached_property
    def outputs(self) -> dict[str, str]:
        stack = self.aws.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
        return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}

    def let_act_unattended(self, application: str) -> None:
        name = f"{self.outputs['ParameterPrefix']}/applications/{application}/mode"
        self.aws.client("ssm").put_parameter(Name=name, Value="autonomous", Type="String")

    def send(self, event: dict[str, Any]) -> str:
        """As a drill over EventBridge; the event's id."""
        entry = {"Source": "nightshift.drill", "DetailType": "Drill", "Detail": json.dumps({"event": event})}
        answer = self.aws.client("events").put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            raise RuntimeError(f"EventBridge did not take the event: {answer}")
        return answer["Entries"][0]["EventId"]

    def event_record(self, event_id: str) -> dict[str, Any] | None:
        key = {"pk": {"S": f"EVENT#{event_id}"}, "sk": {"S": "EVENT"}}
        table = self.outputs["TableName"]
        found = self.aws.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
        return {name: TypeDeserializer().deserialize(value) for name, value in found.items()} if found else None

    def redrive(self) -> int:
        """Gives the events in the intake's dead letter queue to the intake again; how many there were."""
        sqs, queue, count = self.aws.client("sqs"), self.outputs["IntakeDeadLetterQueueUrl"], 0
        while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self.aws.client("stepfunctions").start_execution(
                    stateMachineArn=self.outputs["IntakeStateMachineArn"], input=message["Body"]
                )
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                count += 1
        return count

    def sweep(self) -> dict[str, Any]:
        """What the schedule does every five minutes. It judges only what has been quiet for long: see `age`."""
        answer = self.aws.client("lambda").invoke(FunctionName=f"{STACK}-notify", Payload=b'{"step":"sweep"}')
        return json.loads(answer["Payload"].read())

    def age(self, incident_id: str) -> None:
        """Makes everything that is stored about the incident an hour older, as if nothing had happened since.

        Its records get new hashes, so the ledger has to be verified before.
        """
        dynamodb, table = self.aws.client("dynamodb"), self.outputs["TableName"]
        make_older(dynamodb, table, incident_id, timedelta(hours=1))
        event_id = self.nightshift.incident(incident_id)["signal"]["event_id"]
        key = {"pk": {"S": f"EVENT#{event_id}"}, "sk": {"S": "EVENT"}}
        record = dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
        record["recorded_at"] = {"S": _an_hour_before(record["recorded_at"]["S"])}
        dynamodb.put_item(TableName=table, Item=record)
        key = {"pk": {"S": f"INCIDENT#{incident_id}"}, "sk": {"S": "INCIDENT"}}
        incident = dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
        outcome = incident.get("outcome", {}).get("M")
        if outcome:
            outcome["ended_at"] = {"S": _an_hour_before(outcome["ended_at"]["S"])}
            dynamodb.put_item(TableName=table, Item=incident)

    def has_ended(self, incident_id: str) -> bool:
        """Whether its execution has; also if it could not say so in the table."""
        try:
            return self.nightshift.execution(incident_id).has_ended
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionDoesNotExist":
                raise
            return False

    def ended(self, incident_id: str) -> Ended:
        try:
            execution = self.nightshift.execution(incident_id)
            status = f"{execution.status} {execution.why.strip(': ')}".strip()
        except ClientError as error:
            status = f"NONE {error.response['Error']['Code']}"
        incident = self.nightshift.incident(incident_id)
        outcome = incident.get("outcome") or {}
        subjects = " ".join(one.subject.lower() for one in self.inbox.about(incident_id))
        return Ended(
            incident_id,
            status,
            incident.get("status", "unknown"),
            outcome.get("resolution"),
            outcome.get("reason", ""),
            self.nightshift.plan_to_approve(incident_id) if status.startswith("RUNNING") else None,
            frozenset(occasion for text, occasion in _OCCASIONS.items() if text in subjects),
        )

    def automations(self) -> list[tuple[Automation, str]]:
        """All that ever started, each with its parameters as text."""
        ssm = self.aws.client("ssm")
        pages = ssm.get_paginator("describe_automation_executions").paginate()
        ids = [one["AutomationExecutionId"] for page in pages for one in page["AutomationExecutionMetadataList"]]
        found = []
        for execution_id in ids:
            one = ssm.get_automation_execution(AutomationExecutionId=execution_id)["AutomationExecution"]
            parameters = json.dumps(one["Parameters"], sort_keys=True)
            plan = "".join(one["Parameters"].get("PlanHash", [])) or parameters
            started = one["ExecutionStartTime"].timestamp()
            # One that still runs ends at some time from now on.
            ended = one["ExecutionEndTime"].timestamp() if "ExecutionEndTime" in one else float("inf")
            found.append((Automation(one["DocumentName"], plan, execution_id, started, ended), parameters))
        return found

    def changes_by_automations(self) -> list[str]:
        """The records of CloudTrail about calls of theirs that changed something, as text."""
        attribute = {"AttributeKey": "ReadOnly", "AttributeValue": "false"}
        pages = self.aws.client("cloudtrail").get_paginator("lookup_events").paginate(LookupAttributes=[attribute])
        records = [json.loads(event["CloudTrailEvent"]) for page in pages for event in page["Events"]]
        return [json.dumps(record) for record in records if _changes(record)]


def _an_hour_before(at: str) -> str:
    # Whole seconds: Nightshift writes nanoseconds, which Python does not read.
    before = datetime.fromisoformat(f"{at[:19]}+00:00") - timedelta(hours=1)
    return before.strftime("%Y-%m-%dT%H:%M:%SZ")


def _changes(record: dict[str, Any]) -> bool:
    issuer = record["userIdentity"].get("sessionContext", {}).get("sessionIssuer", {}).get("userName", "")
    is_automation = any(role in issuer for role in _AUTOMATION_ROLES)
    return is_automation and not record.get("errorCode") and record["eventSource"] != "sts.amazonaws.com"
