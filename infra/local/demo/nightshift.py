"""Reads and drives the deployed Nightshift from outside: its CLI, its executions, its table."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from demo import ledger
from demo.deployment import STACK, create_on_call_engineer, deploy_stack, role_names
from demo.event_documents import Event
from demo.prerequisites import Build
from demo.second_opinion import SecondOpinion, answered_by
from demo.waiting import wait_for
from local_aws import Credentials, LocalAws

_OPENED_WITHIN_SECONDS = 20.0
_CLI_TIMEOUT_SECONDS = 30.0


class CliFailed(Exception):
    """A `nightshift` command failed; the message has the exit code and what it printed."""


@dataclass(frozen=True)
class Entry:
    """A record of the ledger that belongs to an incident."""

    sequence: int
    kind: str
    content: dict[str, Any]


@dataclass(frozen=True)
class Suspect:
    """A component that the engine ranks as a possible cause."""

    name: str
    failure_mode: str
    confidence: float
    path: tuple[str, ...]
    """From the symptom's component to this one."""


@dataclass(frozen=True)
class Execution:
    status: str
    why: str

    @property
    def has_ended(self) -> bool:
        return self.status != "RUNNING"


@dataclass(frozen=True)
class Audit:
    is_intact: bool
    output: str
    tampering_found: str = ""
    """What was found on a copy of the table in which a record was edited; empty where nothing was."""

    @property
    def holds(self) -> bool:
        return self.is_intact and bool(self.tampering_found)


def deploy_nightshift(aws: LocalAws, build: Build, work_dir: Path) -> "Nightshift":
    outputs = deploy_stack(aws, build, work_dir)
    engineer = create_on_call_engineer(aws, outputs)
    return Nightshift(aws, outputs, build.cli, engineer, work_dir)


class Nightshift:
    def __init__(self, aws: LocalAws, outputs: dict[str, str], cli: Path, engineer: Credentials, work_dir: Path):
        self._aws = aws
        self._cli = cli
        self._engineer = engineer
        self._work_dir = work_dir
        self._table_name = outputs["TableName"]
        self._sequencer = outputs["SequenceFunctionArn"]
        self._state_machine = outputs["IncidentStateMachineArn"]
        self._states = aws.client("stepfunctions")
        self._dynamodb = aws.client("dynamodb")
        self._ssm = aws.client("ssm")
        self.topics = [outputs["AlertTopicArn"], outputs["FallbackTopicArn"]]
        self.roles = role_names(aws)

    def drill(self, event: Event) -> str:
        """Sends the event with `nightshift drill` and waits for the incident that it opens; its id."""
        known = self._executions()
        file = self._work_dir / f"{event['id']}.json"
        file.write_text(json.dumps(event, indent=2))
        self._run("drill", str(file))
        opened = wait_for("an incident", lambda: self._executions() - known, _OPENED_WITHIN_SECONDS)
        return opened.pop()

    def approve(self, incident_id: str, plan_hash: str) -> str:
        return self._run("approve", incident_id, "--plan", plan_hash)

    def deny(self, incident_id: str, plan_hash: str) -> str:
        return self._run("deny", incident_id, "--plan", plan_hash)

    def verify_audit(self) -> Audit:
        # What its schedule does every five minutes.
        self._aws.client("lambda").invoke(FunctionName=self._sequencer, Payload=b"{}")
        try:
            return Audit(True, self._run("audit", "verify"))
        except CliFailed as failed:
            return Audit(False, str(failed))

    def verify_tampered_copy(self) -> str:
        """What is found on a copy of the table in which a record was edited; empty where nothing is."""
        copy = ledger.tampered_copy(self._aws.client("dynamodb"), self._table_name)
        try:
            # As the account's root: no policy of Nightshift's is about another table.
            self._run_as(None, "audit", "verify", "--table", copy, "--format", "json")
        except CliFailed as failed:
            return json.loads(str(failed).partition(": ")[2])["problems"][0]
        return ""

    def states(self, incident_id: str) -> list[str]:
        """Names of the states entered so far."""
        pages = self._states.get_paginator("get_execution_history").paginate(executionArn=self._execution(incident_id))
        return [
            event["stateEnteredEventDetails"]["name"]
            for page in pages
            for event in page["events"]
            if event["type"].endswith("StateEntered")
        ]

    def execution(self, incident_id: str) -> "Execution":
        described = self._states.describe_execution(executionArn=self._execution(incident_id))
        return Execution(described["status"], f"{described.get('error', '')}: {described.get('cause', '')}")

    def incident(self, incident_id: str) -> dict[str, Any]:
        items = self._items("INCIDENT", incident_id)
        return items[0] if items else {}

    def timeline(self, incident_id: str) -> list[Entry]:
        """The incident's records of the ledger, oldest first."""
        entries = []
        for item in self._items("LEDGER", incident_id):
            entry = json.loads(item["body"])["entry"]
            entries.append(Entry(int(item["sequence"]), entry["type"], entry))
        return entries

    def changes_found(self, incident_id: str) -> set[str]:
        """CloudTrail ids of the changes in the evidence."""
        observed = [item["observed"] for item in self._items("EVIDENCE", incident_id)]
        return {one["change"]["event_id"] for one in observed if one["type"] == "change"}

    def suspects(self, incident_id: str) -> list[Suspect]:
        """The root-cause engine's suspects, most likely first; empty if it found no cause."""
        observed = [item["observed"] for item in self._items("EVIDENCE", incident_id)]
        answers = [one["findings"]["suspects"] for one in observed if one["type"] == "engine"]
        found = next((answer for answer in answers if answer), [])
        return [
            Suspect(one["name"], one["failure_mode"], float(one["confidence"]), tuple(one["path"])) for one in found
        ]

    def second_opinion(self, incident_id: str) -> SecondOpinion | None:
        """The model's second opinion; `None` if no model was asked."""
        diagnoses = json.loads(self._run("show", incident_id, "--format", "json"))["diagnoses"]
        uses = [one["model"] for one in diagnoses if one.get("model")]
        return SecondOpinion.of(uses[-1], answered_by(self._aws, incident_id)) if uses else None

    def plan_to_approve(self, incident_id: str) -> str | None:
        """Hash of the plan that waits for approval, if there is one."""
        decided = {(one["plan_hash"], one["requested_at"]) for one in self._items("DECISION", incident_id)}
        for request in self._items("APPROVAL", incident_id):
            if "expired_at" not in request and (request["plan_hash"], request["requested_at"]) not in decided:
                return request["plan_hash"]
        return None

    def automations(self) -> int:
        """The number of automations ever started."""
        pages = self._ssm.get_paginator("describe_automation_executions").paginate()
        return sum(len(page["AutomationExecutionMetadataList"]) for page in pages)

    def _executions(self) -> set[str]:
        pages = self._states.get_paginator("list_executions").paginate(stateMachineArn=self._state_machine)
        return {execution["name"] for page in pages for execution in page["executions"]}

    def _execution(self, incident_id: str) -> str:
        return f"{self._state_machine.replace(':stateMachine:', ':execution:')}:{incident_id}"

    def _items(self, kind: str, incident_id: str) -> list[dict[str, Any]]:
        deserializer = TypeDeserializer()
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table_name,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"{kind}#{incident_id}"}},
        )
        return [
            {name: deserializer.deserialize(value) for name, value in item.items()}
            for page in pages
            for item in page["Items"]
        ]

    def _run(self, *arguments: str) -> str:
        return self._run_as(self._engineer, *arguments)

    def _run_as(self, caller: Credentials | None, *arguments: str) -> str:
        # Not this process's environment, so that only the caller's credentials can be used.
        environment = self._aws.environment(caller) | {"NIGHTSHIFT_STACK": STACK}
        try:
            ended = subprocess.run(
                [self._cli, *arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_CLI_TIMEOUT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise CliFailed(f"nightshift {arguments[0]} did not end within {_CLI_TIMEOUT_SECONDS:.0f} s") from None
        if ended.returncode:
            output = (ended.stderr or ended.stdout).strip()
            raise CliFailed(f"nightshift {arguments[0]} ended with exit code {ended.returncode}: {output}")
        return ended.stdout.strip()
