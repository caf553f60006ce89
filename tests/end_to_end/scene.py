"""The scene of every test: the demo's stage, with helpers that read and disturb it."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from unittest import mock

import team
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from demo.deployment import STACK
from demo.event_documents import Event, instance_stopped
from demo.nightshift import Entry
from demo.stage import Stage
from demo.waiting import wait_for
from local_aws import LocalAws, permission_log

ENDS_WITHIN_SECONDS = 60.0
# Keeps the heads of the ledger's log.
HEADS = "ledger-heads"
# More than all tests could spend: which of them ran before says nothing about the others.
_MONEY = {"ModelOverrides": json.dumps({"day_cap": 1_000_000_000})}
_STOPS_WITHIN_SECONDS = 15.0
_ASKS_WITHIN_SECONDS = 30.0


@contextmanager
def set_up(work_dir: Path) -> Iterator["Scene"]:
    log = work_dir / "permissions.jsonl"
    with_log = partial(LocalAws, environment={permission_log.VARIABLE: str(log)})
    with (
        team.tool_server() as url,
        mock.patch("demo.stage.LocalAws", with_log),
        mock.patch.dict("demo.deployment.PARAMETERS", team.parameters(url) | _MONEY | {"CheckpointBucket": HEADS}),
    ):
        stage = Stage()
        with stage:
            team.write_down(stage.aws)
            stage.aws.client("s3").create_bucket(Bucket=HEADS, ObjectLockEnabledForBucket=True)
            yield Scene(stage, work_dir, log)


@dataclass
class Scene:
    stage: Stage
    work_dir: Path
    permission_log: Path
    denied_on_purpose: set[tuple[str, str]] = field(default_factory=set)
    """Role and action, of each permission that a test took away."""

    @property
    def aws(self) -> LocalAws:
        return self.stage.aws

    @cached_property
    def outputs(self) -> dict[str, str]:
        stack = self.aws.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
        return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}

    # ---- What can break ----

    def application(self, mode: str | None = None) -> str:
        """The name of an application that is nobody else's, in this mode; without one it is supervised."""
        name = f"app-{uuid.uuid4().hex[:8]}"
        if mode:
            parameter = f"{self.outputs['ParameterPrefix']}/applications/{name}/mode"
            self.aws.client("ssm").put_parameter(Name=parameter, Value=mode, Type="String")
        return name

    def stopped_instance(self, application: str) -> str:
        """Id of a new instance that alice has stopped."""
        instance_id = self.instance(application)
        self.stop(instance_id)
        return instance_id

    def instance(self, application: str) -> str:
        """Id of a new instance, which runs."""
        tags = [{"Key": "application", "Value": application}]
        reservation = self.aws.client("ec2").run_instances(
            ImageId="ami-0123456789abcdef0",
            InstanceType="t3.micro",
            MinCount=1,
            MaxCount=1,
            TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
        )
        return reservation["Instances"][0]["InstanceId"]

    def stop(self, instance_id: str) -> None:
        """As alice; returns when it is stopped."""
        self.aws.client("ec2", self.stage.alice).stop_instances(InstanceIds=[instance_id])
        wait_for("the instance to be stopped", lambda: self.state_of(instance_id) == "stopped", _STOPS_WITHIN_SECONDS)

    def state_of(self, instance_id: str) -> str:
        found = self.aws.client("ec2").describe_instances(InstanceIds=[instance_id])
        return found["Reservations"][0]["Instances"][0]["State"]["Name"]

    def stopped(self, instance_id: str) -> Event:
        """EC2's description of it."""
        return instance_stopped(self.aws, instance_id)

    def unexplained(self) -> Event:
        """About an instance that nobody knows, so that its incident soon ends with a human."""
        return self.stopped(f"i-{uuid.uuid4().hex[:17]}")

    # ---- What becomes of it ----

    def drill(self, event: Event) -> str:
        return self.stage.nightshift.drill(event)

    def wait_until_asked(self, incident_id: str) -> str:
        """Hash of the plan that waits for approval."""
        look = partial(self.stage.nightshift.plan_to_approve, incident_id)
        return wait_for(f"incident {incident_id} to ask", look, _ASKS_WITHIN_SECONDS)

    def wait_until_ended(self, incident_id: str, within_seconds: float = ENDS_WITHIN_SECONDS) -> str:
        """The execution's status."""

        def look() -> str | None:
            execution = self.stage.nightshift.execution(incident_id)
            return execution.status if execution.has_ended else None

        return wait_for(f"incident {incident_id} to end", look, within_seconds)

    def incident(self, incident_id: str) -> dict[str, Any]:
        return self.stage.nightshift.incident(incident_id)

    def outcome(self, incident_id: str) -> dict[str, Any]:
        return self.incident(incident_id).get("outcome") or {}

    def told(self, incident_id: str, occasion: str) -> str:
        """The whole message."""
        message = self.stage.inbox.wait_for(incident_id, occasion)
        return f"{message.subject}\n{message.body}"

    def entries(self, incident_id: str, *kinds: str) -> list[Entry]:
        """The incident's records of the ledger; all, or of these kinds."""
        timeline = self.stage.nightshift.timeline(incident_id)
        return [entry for entry in timeline if not kinds or entry.kind in kinds]

    def execution_arn(self, incident_id: str) -> str:
        machine = self.outputs["IncidentStateMachineArn"]
        return f"{machine.replace(':stateMachine:', ':execution:')}:{incident_id}"

    def history(self, incident_id: str) -> list[dict[str, Any]]:
        pages = self.aws.client("stepfunctions").get_paginator("get_execution_history")
        pages = pages.paginate(executionArn=self.execution_arn(incident_id))
        return [event for page in pages for event in page["events"]]

    def executions(self) -> set[str]:
        """Names of all incidents' executions."""
        pages = self.aws.client("stepfunctions").get_paginator("list_executions")
        found = pages.paginate(stateMachineArn=self.outputs["IncidentStateMachineArn"])
        return {execution["name"] for page in found for execution in page["executions"]}

    def automations_on(self, instance_id: str) -> list[dict[str, Any]]:
        """Each execution that SSM lists with this instance as its parameter."""
        ssm = self.aws.client("ssm")
        pages = ssm.get_paginator("describe_automation_executions").paginate()
        listed = [one for page in pages for one in page["AutomationExecutionMetadataList"]]
        described = [
            ssm.get_automation_execution(AutomationExecutionId=one["AutomationExecutionId"])["AutomationExecution"]
            for one in listed
        ]
        return [one for one in described if one["Parameters"].get("InstanceId") == [instance_id]]

    def writes_to(self, instance_id: str) -> list[str]:
        """Every call that changed the instance and was not alice's, as CloudTrail has it."""
        pages = self.aws.client("cloudtrail").get_paginator("lookup_events")
        # By resource: the local trail gives no more than its newest fifty.
        attribute = {"AttributeKey": "ResourceName", "AttributeValue": instance_id}
        events = [event for page in pages.paginate(LookupAttributes=[attribute]) for event in page["Events"]]
        records = [json.loads(event["CloudTrailEvent"]) for event in events]
        return [
            record["eventName"]
            for record in records
            if not record["readOnly"]
            and record["eventName"] != "RunInstances"
            and record["userIdentity"].get("userName") != "alice"
        ]

    # ---- The table ----

    def item(self, pk: str, sk: str) -> dict[str, Any] | None:
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        answer = self.aws.client("dynamodb").get_item(TableName=self.outputs["TableName"], Key=key, ConsistentRead=True)
        found = answer.get("Item")
        return {name: TypeDeserializer().deserialize(value) for name, value in found.items()} if found else None

    def put_item(self, item: dict[str, Any]) -> None:
        """As somebody with the right to write to the table could, past Nightshift."""
        values = {name: TypeSerializer().serialize(value) for name, value in item.items()}
        self.aws.client("dynamodb").put_item(TableName=self.outputs["TableName"], Item=values)

    def event_record(self, event_id: str) -> dict[str, Any] | None:
        return self.item(f"EVENT#{event_id}", "EVENT")

    # ---- Disturbances ----

    def role_of(self, function: str) -> str:
        """Name of the function's role."""
        found = self.aws.client("lambda").get_function_configuration(FunctionName=f"{STACK}-{function}")
        return found["Role"].rpartition("/")[2]

    def role_of_intake(self) -> str:
        """Name of the intake machine's role."""
        machine = self.outputs["IntakeStateMachineArn"]
        found = self.aws.client("stepfunctions").describe_state_machine(stateMachineArn=machine)
        return found["roleArn"].rpartition("/")[2]

    @contextmanager
    def denied(self, role: str, *actions: str, resource: str = "*") -> Iterator[None]:
        """Meanwhile the role lacks these permissions."""
        iam = self.aws.client("iam")
        self.denied_on_purpose |= {(role, action) for action in actions}
        statement = {"Effect": "Deny", "Action": list(actions), "Resource": resource}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName=role, PolicyName="taken-away", PolicyDocument=policy)
        try:
            yield
        finally:
            iam.delete_role_policy(RoleName=role, PolicyName="taken-away")

    @contextmanager
    def mode(self, mode: str) -> Iterator[None]:
        """Meanwhile the deployment's mode is this one."""
        ssm, name = self.aws.client("ssm"), f"{self.outputs['ParameterPrefix']}/mode"
        before = ssm.get_parameter(Name=name)["Parameter"]["Value"]
        ssm.put_parameter(Name=name, Value=mode, Overwrite=True)
        try:
            yield
        finally:
            ssm.put_parameter(Name=name, Value=before, Overwrite=True)
