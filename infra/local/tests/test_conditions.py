import pytest

from local_aws.automation.conditions import chosen_step, holds
from local_aws.automation.errors import StepFailed


@pytest.mark.parametrize(
    ("operator", "variable", "wanted", "expected"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("EqualsIgnoreCase", "a", "A", True),
        ("StartsWith", "abc", "ab", True),
        ("EndsWith", "abc", "ab", False),
        ("Contains", "abc", "b", True),
        ("NumericEquals", 3, 3, True),
        ("NumericGreater", 3, 3, False),
        ("NumericGreaterOrEquals", 3, 3, True),
        ("NumericLesser", 2, 3, True),
        ("NumericLesserOrEquals", 4, 3, False),
        ("BooleanEquals", True, True, True),
        ("BooleanEquals", False, True, False),
    ],
)
def test_condition_operator_compares(operator, variable, wanted, expected):
    assert holds({"Variable": variable, operator: wanted}) is expected


@pytest.mark.parametrize(
    "condition",
    [
        {"Variable": "3", "NumericEquals": 3},
        {"Variable": 3, "StringEquals": "3"},
        {"Variable": True, "NumericEquals": 1},
        {"Variable": "a", "Matches": "a"},
        {"Variable": "a"},
        {"StringEquals": "a"},
        {"Variable": "a", "StringEquals": "a", "Contains": "a"},
    ],
)
def test_condition_of_wrong_type_or_form_fails_the_step(condition):
    with pytest.raises(StepFailed):
        holds(condition)


def test_conditions_combine():
    yes, no = {"Variable": "a", "StringEquals": "a"}, {"Variable": "a", "StringEquals": "b"}
    assert holds({"And": [yes, {"Not": no}, {"Or": [no, yes]}]})
    assert not holds({"And": [yes, no]})


def test_branch_first_choice_that_holds_wins():
    yes, no = {"Variable": "a", "StringEquals": "a"}, {"Variable": "a", "StringEquals": "b"}
    choices = [{"NextStep": "One", **no}, {"NextStep": "Two", **yes}, {"NextStep": "Three", **yes}]
    assert chosen_step({"Choices": choices}) == "Two"
    assert chosen_step({"Choices": choices[:1], "Default": "Else"}) == "Else"
    assert chosen_step({"Choices": choices[:1]}) is None
