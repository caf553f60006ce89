import copy
import json

import pytest

from local_aws.automation.document import parse
from local_aws.automation.errors import SsmError

_STEP = {
    "name": "Read",
    "action": "aws:executeAwsApi",
    "inputs": {"Service": "ssm", "Api": "GetParameter", "Name": "{{ Name }}"},
    "outputs": [{"Name": "Version", "Selector": "$.Parameter.Version", "Type": "Integer"}],
}
_DOCUMENT = {
    "schemaVersion": "0.3",
    "assumeRole": "{{ AutomationAssumeRole }}",
    "parameters": {"AutomationAssumeRole": {"type": "String"}, "Name": {"type": "String"}},
    "mainSteps": [_STEP],
    "outputs": ["Read.Version"],
}


def _changed(path: list, value) -> str:
    document = copy.deepcopy(_DOCUMENT)
    node = document
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return json.dumps(document)


def test_document_valid_is_read():
    document = parse(json.dumps(_DOCUMENT), "JSON")
    assert [step.name for step in document.steps] == ["Read"]
    assert document.steps[0].on_failure == "Abort"
    assert document.steps[0].is_critical


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["mainSteps"], [], "at least one step"),
        (["variables"], {}, "variables"),
        (["parameters", "Name", "type"], "Map", "parameters.Name.type"),
        (["parameters", "Name", "allowed"], "x", "parameters.Name has allowed"),
        (["parameters", "Name"], {"type": "Integer", "allowedPattern": "x"}, "for type String"),
        (["mainSteps", 0, "action"], "aws:executeScript", "aws:executeScript"),
        (["mainSteps", 0, "onCancel"], "Abort", "onCancel"),
        (["mainSteps", 0, "onFailure"], "Retry", "onFailure"),
        (["mainSteps", 0, "onFailure"], "step:Gone", "'Gone'"),
        (["mainSteps", 0, "nextStep"], "Gone", "'Gone'"),
        (["mainSteps", 0, "inputs", "Name"], "{{ Nmae }}", "'Nmae'"),
        (["mainSteps", 0, "inputs", "Name"], "{{ Read.Nothing }}", "'Read.Nothing'"),
        (["mainSteps", 0, "outputs", 0, "Selector"], "Parameter", "should start with"),
        (["mainSteps", 0, "outputs", 0, "Type"], "Long", "Long"),
        (["mainSteps"], [_STEP, _STEP], "same name"),
        (["outputs"], ["Read.Nothing"], "Read.Nothing"),
        (["assumeRole"], "{{ Role }}", "'Role'"),
    ],
)
def test_document_with_mistake_is_refused_by_name(path, value, message):
    with pytest.raises(SsmError) as refused:
        parse(_changed(path, value), "JSON")
    assert refused.value.code == "InvalidDocumentContent"
    assert message in refused.value.message


def test_document_of_other_schema_is_refused():
    with pytest.raises(SsmError) as refused:
        parse(_changed(["schemaVersion"], "2.2"), "JSON")
    assert refused.value.code == "InvalidDocumentSchemaVersion"


def test_document_that_is_no_yaml_is_refused():
    with pytest.raises(SsmError, match="not YAML"):
        parse("a: [", "YAML")
