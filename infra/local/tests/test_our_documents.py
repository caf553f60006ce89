"""Rules that every document in infra/automation follows."""

import tomllib

import pytest
import yaml
from botocore.exceptions import ClientError

from local_aws.automation_documents import DOCUMENTS_DIR

_PATHS = sorted(DOCUMENTS_DIR.glob("*.yaml"))
_ACTIONS = tomllib.loads((DOCUMENTS_DIR.parent / "actions.toml").read_text())
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
        assert parameter["type"] in ("Integer", "StringMap") or parameter["allowedPattern"].startswith("^"), name


@pytest.mark.parametrize("document", _documents())
def test_document_outputs_no_parameter_value(document):
    assert not [output for output in document["outputs"] if output.endswith(".Value")]


def _outputs_that_an_undo_reads(undo):
    named = [*undo["made_if"], *undo.get("unchanged_if", {}), *undo["fault_if"], *undo["still_ours"].values()]
    named += [value.strip("{}") for value in undo["parameters"].values()]
    return {name for name in named if "." in name}


@pytest.mark.parametrize("action", [pytest.param(value, id=name) for name, value in _ACTIONS.items() if "undo" in value])
def test_document_outputs_all_that_its_undo_reads(action):
    document = yaml.safe_load((DOCUMENTS_DIR / f"{action['document'].removeprefix('Nightshift-')}.yaml").read_text())
    assert _outputs_that_an_undo_reads(action["undo"]) <= set(document["outputs"])


@pytest.mark.parametrize("action", [pytest.param(value, id=name) for name, value in _ACTIONS.items()])
def test_document_parameters_are_those_of_the_catalogue(action):
    document = yaml.safe_load((DOCUMENTS_DIR / f"{action['document'].removeprefix('Nightshift-')}.yaml").read_text())
    own = {"AutomationAssumeRole", "PlanHash"}
    assert action["parameters"].keys() | action.get("undo_parameters", {}).keys() == document["parameters"].keys() - own
    for name in action.get("undo_parameters", {}):
        assert "default" in document["parameters"][name], f"a plan that is no undo does not give {name}"


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
    if name == "AdditionalVersionWeights":
        return "{}"
    if name == "ExpectedRevision":
        return "0a-1b"
    if name == "ExpectedDeployment":
        return "ecs-svc/1"
    if name == "InstanceId":
        return "i-0123456789abcdef0"
    if name == "PlanHash":
        return "0" * 64
    return "1" if "Version" in name else "web"
