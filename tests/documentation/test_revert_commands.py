"""Every command that people are told to revert a change with is one of the AWS CLI's, with the options that it needs."""

import re
import shlex
import tomllib
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import ServiceModel

ROOT = Path(__file__).resolve().parents[2]
_COMMANDS = tomllib.loads((ROOT / "infra/revert_commands.toml").read_text())["command"]
_TEXTS = [text for command in _COMMANDS for text in (command["run"], command.get("if_unset")) if text]
_RUN = sorted({one.strip() for text in _TEXTS for one in text.split("&&")})
_GLOBAL = ("iam",)


def _model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


@pytest.mark.parametrize("run", _RUN)
def test_command_is_one_of_the_aws_cli(run: str) -> None:
    aws, service, operation, *words = shlex.split(re.sub(r"[\[\]]", "", run))
    assert aws == "aws"
    model = _model(service)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    assert operation in operations
    shape = model.operation_model(operations[operation]).input_shape
    members = {xform_name(name, "-"): name for name in shape.members}
    options = {word[2:] for word in words if word.startswith("--")}
    # In a reader's own region there may be another resource of that name.
    assert ("region" in options) == (service not in _GLOBAL)
    assert options - {"region"} <= set(members)
    assert set(shape.required_members) <= {members[option] for option in options - {"region"}}


@pytest.mark.parametrize("command", _COMMANDS, ids=lambda one: one["run"])
def test_call_that_is_reverted_is_one_of_the_service(command: dict) -> None:
    model = _model({"elasticloadbalancing": "elbv2"}.get(command["service"], command["service"]))
    assert set(command["events"]) <= set(model.operation_names)
    # What it puts back is a parameter of the same call. SQS has them in a map.
    for event in command["events"]:
        for key in re.findall(r"\{before\.(\w+)\}", command["run"]):
            assert command["service"] == "sqs" or event.startswith("Delete") or _has(model, event, key), (event, key)


def _has(model: ServiceModel, event: str, key: str) -> bool:
    """At its top, or in a structure of it."""
    members = model.operation_model(event).input_shape.members
    nested = [shape.members for shape in members.values() if shape.type_name == "structure"]
    return any(key.lower() == name.lower() for level in [members, *nested] for name in level)
