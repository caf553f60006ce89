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
_RUN = sorted({one.strip() for command in _COMMANDS for one in command["run"].split("&&")})
# The CLI calls some services and parameters otherwise than the API does.
_SERVICES = {"s3api": "s3"}
_OPTIONS_OF_A_FLAG = {"ingress": "egress"}


def _model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(_SERVICES.get(service, service))


@pytest.mark.parametrize("run", _RUN)
def test_command_is_one_of_the_aws_cli(run: str) -> None:
    aws, service, operation, *words = shlex.split(run)
    assert aws == "aws"
    model = _model(service)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    assert operation in operations
    shape = model.operation_model(operations[operation]).input_shape
    members = {xform_name(name, "-"): name for name in shape.members}
    options = {_OPTIONS_OF_A_FLAG.get(word[2:], word[2:]) for word in words if word.startswith("--")}
    assert options <= set(members)
    assert set(shape.required_members) <= {members[option] for option in options}


@pytest.mark.parametrize("command", _COMMANDS, ids=lambda one: one["run"])
def test_call_that_is_reverted_is_one_of_the_service(command: dict) -> None:
    services = {"elasticloadbalancing": "elbv2"}
    if command["service"] == "elasticloadbalancing" and "wafv2" in command["run"]:
        services["elasticloadbalancing"] = "wafv2"
    model = _model(services.get(command["service"], command["service"]))
    assert set(command["events"]) <= set(model.operation_names)
    # What it puts back is a parameter of the same call.
    for event in command["events"]:
        for key in re.findall(r"\{before\.(\w+)\}", command["run"]):
            is_attribute = command["service"] == "sqs"
            assert is_attribute or event.startswith("Delete") or _has(model, event, key), (event, key)


def _has(model: ServiceModel, event: str, key: str) -> bool:
    """At its top, or in a structure of it."""
    members = model.operation_model(event).input_shape.members
    nested = [shape.members for shape in members.values() if shape.type_name == "structure"]
    return any(key.lower() == name.lower() for level in [members, *nested] for name in level)
