"""Sample environments against the template: what a function gets when it is deployed."""

from pathlib import Path

import pytest
import yaml

from functions.clients import FUNCTIONS, Function

_TEMPLATE = Path(__file__).resolve().parents[2] / "infra" / "template.yaml"


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's `!Ref X` as `{"!Ref": "X"}`."""


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> dict:
    if isinstance(node, yaml.ScalarNode):
        return {f"!{suffix}": loader.construct_scalar(node)}
    return {f"!{suffix}": loader.construct_sequence(node, deep=True)}


_Loader.add_multi_constructor("!", _intrinsic)


def _template() -> dict:
    return yaml.load(_TEMPLATE.read_text(), _Loader)


def _variables(template: dict, function: Function) -> dict:
    own = next(
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
        and Path(resource["Properties"]["CodeUri"]).parent.name == function.name
    )
    all_functions = template["Globals"]["Function"]["Environment"]["Variables"]
    return all_functions | own.get("Environment", {}).get("Variables", {})


def _may_be_empty(template: dict, value: object) -> bool:
    match value:
        case {"!Ref": name}:
            return template["Parameters"].get(name, {}).get("Default") == ""
        case {"!If": [_, *branches]}:
            return "" in branches
        case _:
            return False


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_sample_environment_has_the_variables_of_the_template(function):
    assert set(function.sample_environment()) == set(_variables(_template(), function))


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_sample_value_is_only_empty_where_the_template_permits_it(function):
    template = _template()
    variables = _variables(template, function)
    empty = {name for name, value in function.sample_environment().items() if not value}
    assert empty <= {name for name, value in variables.items() if _may_be_empty(template, value)}
