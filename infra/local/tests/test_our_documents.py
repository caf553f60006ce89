"""Rules that every document in infra/automation follows."""

import pytest
import yaml
from botocore.exceptions import ClientError

from local_aws.automation_documents import DOCUMENTS_DIR

_PATHS = sorted(DOCUMENTS_DIR.glob("*.yaml"))
_HOSTILE = [
    "x; rm -rf /",
    "$(id)",
    "`id`",
    'x","y":"z',
    "{{ global:DATE }}",
    "x\n",
    "x y",
    "x'y",
    "x\\y",
    "\u202ex",
    "*",
    "x?y",
    "x:1",
    "x" * 3000,
]


def _documents():
    return [pytest.param(yaml.safe_load(path.read_text()), id=path.stem) for path in _PATHS]


@pytest.mark.parametrize("document", _documents())
def test_document_requires_a_role_to_run_as(document):
    assert document["assumeRole"] == "{{ AutomationAssumeRole }}"
    assert "default" not in document["parameters"]["AutomationAssumeRole"]


@pytest.mark.parametrize("document", _documents())
def test_document_every_step_says_why(document):
    for step in document["mainSteps"]:
        assert step.get("description"), step["name"]


@pytest.mark.parametrize("document", _documents())
def test_document_every_text_parameter_is_bounded(document):
    for name, parameter in document["parameters"].items():
        assert parameter["type"] == "Integer" or parameter["allowedPattern"].startswith("^"), name


@pytest.mark.parametrize("document", _documents())
def test_document_outputs_no_parameter_value(document):
    assert not [output for output in document["outputs"] if output.endswith(".Value")]


@pytest.mark.parametrize("path", _PATHS, ids=lambda path: path.stem)
def test_document_hostile_parameter_is_refused(aws, automation_role, path):
    ssm = aws.client("ssm")
    document = yaml.safe_load(path.read_text())
    good = {name: _harmless(name) for name in document["parameters"]} | {"AutomationAssumeRole": automation_role}
    for name in document["parameters"]:
        for hostile in _HOSTILE:
            with pytest.raises(ClientError) as refused:
                ssm.start_automation_execution(
                    DocumentName=f"Nightshift-{path.stem}",
                    Parameters={key: [hostile if key == name else value] for key, value in good.items()},
                )
            error = refused.value.response["Error"]
            assert error["Code"] == "InvalidAutomationExecutionParametersException", (name, hostile)
            assert error["Message"].startswith(f"{name}:")


def _harmless(name: str) -> str:
    if "TaskDefinition" in name:
        return "arn:aws:ecs:us-east-1:123456789012:task-definition/web:1"
    if name == "InstanceId":
        return "i-0123456789abcdef0"
    if name == "PlanHash":
        return "0" * 64
    return "1" if "Version" in name else "web"
