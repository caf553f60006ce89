"""A local AWS that holds what the sample inputs name."""

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from demo.deployment import PARAMETERS, STACK
from demo.inbox import Inbox
from demo.prerequisites import EVENTS, FUNCTIONS, ROOT, TEMPLATE, host_architecture
from deployment_mode import FIRST, create_mode
from local_aws import LocalAws, create_automation_documents, deploy

_EXECUTABLE_FILE = 0o100755 << 16
# The stack's own copies are never to be taken for the functions that are served.
_PLACEHOLDER = "#!/bin/sh\necho 'this function is served by make watch, not by the stack' >&2\nexit 1\n"
_ALARM_EVENT = EVENTS / "cloudwatch-alarm-metric.json"
_WEBHOOK_REQUEST = ROOT / "function_inputs" / "webhook.json"
# What no other process may put in: its own account would be asked instead of the local one.
_FOREIGN_PREFIX = "AWS_"


class Conflicting(Exception):
    """Two functions want another value of one variable, and only one can be given to both."""


@dataclass(frozen=True)
class Account:
    aws: LocalAws
    variables: dict[str, str]
    """All that any of the functions has in its environment."""

    def environment(self, inherited: dict[str, str]) -> dict[str, str]:
        """For a process that serves the functions."""
        own = {name: value for name, value in inherited.items() if not name.startswith(_FOREIGN_PREFIX)}
        return own | self.aws.environment() | self.variables


@contextmanager
def ready_for_samples() -> Iterator[Account]:
    with LocalAws() as aws, TemporaryDirectory(prefix="nightshift-watch-") as directory:
        zips_dir = Path(directory)
        for name in FUNCTIONS:
            _write_placeholder(zips_dir / name / "bootstrap.zip")
        parameters = {"Architecture": host_architecture(), **PARAMETERS}
        outputs = deploy(aws, STACK, TEMPLATE, parameters=parameters, zips_dir=zips_dir)
        create_mode(aws.client("ssm"), outputs["ParameterPrefix"], FIRST)
        create_automation_documents(aws)
        # Nobody hears what a topic without subscribers takes, and notify says so.
        Inbox(aws, [outputs["AlertTopicArn"], outputs["FallbackTopicArn"]])
        _create_alarm_of(aws, json.loads(_ALARM_EVENT.read_text()))
        _create_secret_of(aws, outputs["ParameterPrefix"], json.loads(_WEBHOOK_REQUEST.read_text()))
        yield Account(aws, _variables(aws))


def union(environments: list[dict[str, str]]) -> dict[str, str]:
    merged: dict[str, str] = {}
    for environment in environments:
        for name, value in environment.items():
            if merged.setdefault(name, value) != value:
                raise Conflicting(f"{name} is {merged[name]!r} for one function and {value!r} for another")
    return merged


def _variables(aws: LocalAws) -> dict[str, str]:
    client = aws.client("lambda")
    return union(
        [
            client.get_function_configuration(FunctionName=f"{STACK}-{name}")["Environment"]["Variables"]
            for name in FUNCTIONS
        ]
    )


def _create_alarm_of(aws: LocalAws, event: dict[str, Any]) -> None:
    """The alarm that the sample event tells of, in the state that it tells."""
    detail = event["detail"]
    metric_stat = detail["configuration"]["metrics"][0]["metricStat"]
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=detail["alarmName"],
        AlarmDescription=detail["configuration"]["description"],
        Namespace=metric_stat["metric"]["namespace"],
        MetricName=metric_stat["metric"]["name"],
        Dimensions=[{"Name": name, "Value": value} for name, value in metric_stat["metric"]["dimensions"].items()],
        Statistic=metric_stat["stat"],
        Period=metric_stat["period"],
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanThreshold",
        Threshold=50,
        # Nothing puts data here, and it is to stay as it is.
        TreatMissingData="breaching",
    )
    cloudwatch.set_alarm_state(
        AlarmName=detail["alarmName"], StateValue=detail["state"]["value"], StateReason=detail["state"]["reason"]
    )


def _create_secret_of(aws: LocalAws, prefix: str, request: dict[str, Any]) -> None:
    """The secret that the sample request proves to know."""
    vendor, token = request["rawPath"].strip("/"), request["headers"]["authorization"].removeprefix("Bearer ")
    aws.client("ssm").put_parameter(Name=f"{prefix}/webhooks/{vendor}", Value=token, Type="SecureString")


def _write_placeholder(archive: Path) -> None:
    archive.parent.mkdir(parents=True)
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = _EXECUTABLE_FILE
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr(entry, _PLACEHOLDER)
