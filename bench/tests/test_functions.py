"""The table of functions against the headers of their crates."""

import re
from pathlib import Path

import pytest
from functions import FUNCTIONS, Function, endpoint_variables

_CRATES = Path(__file__).resolve().parents[2] / "crates"
# boto3's name of the client that calls an action of this prefix; those with the same name are left out.
_CLIENTS = {"tag": "resourcegroupstaggingapi"}
# Permissions that no client of ours is for.
_NO_CLIENT = {"iam"}


def _header(function: Function, field: str) -> set[str]:
    text = (_CRATES / function.name / "src" / "lib.rs").read_text()
    line = next(line for line in text.splitlines() if line.startswith(f"//! - {field}: "))
    return set(re.findall(r"`([^`]+)`", line))


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_clients_are_those_whose_actions_the_crate_names(function):
    prefixes = {action.partition(":")[0] for action in _header(function, "IAM")} - _NO_CLIENT
    assert {_CLIENTS.get(prefix, prefix) for prefix in prefixes} == set(function.clients)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_sample_environment_has_the_variables_that_the_crate_names(function):
    assert set(function.sample_environment()) == _header(function, "Environment")


def test_endpoint_variables_cover_each_client():
    function = Function("one", ("dynamodb", "resourcegroupstaggingapi"))
    assert endpoint_variables(function, "http://127.0.0.1:1") == {
        "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API": "http://127.0.0.1:1",
    }
