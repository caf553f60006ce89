"""The table of functions against the headers of their crates."""

import re
from pathlib import Path

import pytest

from functions.clients import FUNCTIONS, Function, endpoint_variables

_CRATES = Path(__file__).resolve().parents[2] / "crates"
# boto3's names of the services that are asked by actions of this prefix; those with the same name are left out.
_SERVICES = {
    "bedrock": {"bedrock-runtime", "bedrock-agent-runtime"},
    "cloudformation": {"cloudformation", "cloudcontrol"},
    "elasticloadbalancing": {"elbv2"},
    "servicequotas": {"service-quotas"},
    "tag": {"resourcegroupstaggingapi"},
}
# What Cloud Control asks in the caller's name.
_NOT_ASKED = {"apigateway", "elasticache", "kinesis", "secretsmanager", "sqs", "states"}


# Passed on to SSM; and what Cloud Control asks in diagnose's name.
_FOR_OTHERS = {
    "iam:PassRole",
    "sns:GetDataProtectionPolicy",
    "sns:GetTopicAttributes",
    "sns:ListSubscriptionsByTopic",
    "sns:ListTagsForResource",
}


def _header(function: Function, field: str) -> set[str]:
    """What a field of the header names, on its line and the indented ones after it."""
    text = (_CRATES / function.name / "src" / "lib.rs").read_text()
    found = re.search(rf"^//! - {field}: (.*(?:\n//!   .*)*)", text, re.MULTILINE)
    return set(re.findall(r"`([^`]+)`", found[1]))


def _actions(function: Function) -> set[str]:
    """`service:Action` of each line of the header's IAM list, which has a line for each service."""
    text = (_CRATES / function.name / "src" / "lib.rs").read_text()
    _, _, rest = text.partition("//! - IAM:\n")
    actions = set()
    for line in rest.splitlines():
        found = re.match(r"//!   - ([\w-]+): (.*)", line)
        if not found:
            break
        actions |= {f"{found[1]}:{name}" for name in re.findall(r"`([^`]+)`", found[2])}
    return actions


def _asked(function: Function) -> set[str]:
    actions = _actions(function)
    prefixes = {action.partition(":")[0] for action in actions - _FOR_OTHERS}
    return set().union(*(_SERVICES.get(prefix, {prefix}) for prefix in prefixes - _NOT_ASKED))


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_services_are_those_whose_actions_the_crate_names(function):
    assert _asked(function) == {*function.clients, *function.wire}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_sample_environment_has_the_variables_that_the_crate_names(function):
    assert set(function.sample_environment()) == _header(function, "Environment")


def test_endpoint_variables_cover_each_service():
    function = Function("one", ("dynamodb", "resourcegroupstaggingapi"), ("service-quotas", "elbv2"))
    assert endpoint_variables(function, "http://127.0.0.1:1") == {
        "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_SERVICE_QUOTAS": "http://127.0.0.1:1",
    }
