"""An alarm that neither playbooks nor engine can explain: what a model is asked about."""

import io
import json
import re
import time
import uuid
import zipfile
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from command_line import nightshift
from demo.event_documents import alarm_state_change
from local_aws import allow
from scene import Scene

# Longer than the bundle lets a model take, and the rest of an incident after it.
_ENDS_WITHIN_SECONDS = 150.0
_ROLE = "end-to-end-functions"
# In the incident whenever the event comes: not later than the last whole period, and well within the three before.
_LINES_AGO_SECONDS = 12


@dataclass(frozen=True)
class Doubt:
    """A function of an application that is nobody else's, and an alarm on its errors."""

    scene: Scene
    application: str
    function: str
    alarm: str

    def drill(self) -> "Asked":
        return Asked(self, self.scene.drill(alarm_state_change(self.scene.aws, self.alarm)))

    def log(self, *lines: str) -> None:
        """Log lines that the function would have written shortly before."""
        logs, at = self.scene.aws.client("logs"), int((time.time() - _LINES_AGO_SECONDS) * 1000)
        group, stream = f"/aws/lambda/{self.function}", "2026/11/20/[$LATEST]0123456789abcdef"
        logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        events = [{"timestamp": at + place, "message": line} for place, line in enumerate(lines)]
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


@dataclass(frozen=True)
class Asked:
    """The incident about it."""

    doubt: Doubt
    incident_id: str

    def wait(self) -> str:
        return self.doubt.scene.wait_until_ended(self.incident_id, _ENDS_WITHIN_SECONDS)

    @cached_property
    def shown(self) -> dict[str, Any]:
        return nightshift(self.doubt.scene, "show", self.incident_id, "--evidence", "--format", "json").json()

    @cached_property
    def trace(self) -> dict[str, Any]:
        return nightshift(self.doubt.scene, "trace", self.incident_id, "--format", "json").json()

    @property
    def diagnosis(self) -> dict[str, Any]:
        return self.shown["diagnoses"][-1]

    @property
    def model(self) -> dict[str, Any]:
        """The model's part of the diagnosis."""
        return self.diagnosis["model"]

    @cached_property
    def requests(self) -> list[dict[str, Any]]:
        """Requests to Bedrock about it."""
        asked = [one["request"] for one in self.doubt.scene.aws.model_requests()]
        return [request for request in asked if self.incident_id in json.dumps(request)]

    @property
    def said(self) -> str:
        """All that was said to the model about it."""
        return json.dumps(self.requests, ensure_ascii=False)


def unexplained(scene: Scene, *, alarm: str | None = None, mode: str | None = None) -> Doubt:
    application = scene.application(mode)
    function, tags = f"oven-{uuid.uuid4().hex[:8]}", {"application": application}
    client = scene.aws.client("lambda")
    client.create_function(
        FunctionName=function,
        Runtime="python3.11",
        Handler="index.handler",
        Role=_role(scene),
        Code={"ZipFile": _code()},
        Tags=tags,
    )
    client.get_waiter("function_active_v2").wait(FunctionName=function, WaiterConfig={"Delay": 0.05})
    alarm = f"{alarm or 'errors'} {function}"
    cloudwatch = scene.aws.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=alarm,
        AlarmDescription="Bread burns.",
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": function}],
        Statistic="Sum",
        Period=10,
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        Threshold=1,
        # It stays as it is: nobody calls the function.
        TreatMissingData="breaching",
        Tags=[{"Key": "application", "Value": application}],
    )
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="Threshold Crossed: 3 datapoints.")
    return Doubt(scene, application, function, alarm)


def lines_of(text: str, source: str) -> list[str]:
    """The text inside the fences of this source."""
    found = re.findall(rf"<<\w+ untrusted source={source}>>\n(.*?)\n<<\w+ end>>", text, re.DOTALL)
    return [line for body in found for line in body.splitlines()]


def _role(scene: Scene) -> str:
    iam = scene.aws.client("iam")
    try:
        return iam.get_role(RoleName=_ROLE)["Role"]["Arn"]
    except iam.exceptions.NoSuchEntityException:
        return scene.aws.create_role(_ROLE, allow("logs:CreateLogStream"), "lambda.amazonaws.com")


def _code() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as output:
        output.writestr("index.py", "def handler(_event, _context):\n    return {}\n")
    return archive.getvalue()
