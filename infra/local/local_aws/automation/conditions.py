"""The conditions of `aws:branch`."""

from typing import Any

from local_aws.automation.errors import StepFailed

_STRING = {
    "StringEquals": lambda actual, wanted: actual == wanted,
    "EqualsIgnoreCase": lambda actual, wanted: actual.lower() == wanted.lower(),
    "StartsWith": str.startswith,
    "EndsWith": str.endswith,
    "Contains": lambda actual, wanted: wanted in actual,
}
_NUMERIC = {
    "NumericEquals": lambda actual, wanted: actual == wanted,
    "NumericGreater": lambda actual, wanted: actual > wanted,
    "NumericLesser": lambda actual, wanted: actual < wanted,
    "NumericGreaterOrEquals": lambda actual, wanted: actual >= wanted,
    "NumericLesserOrEquals": lambda actual, wanted: actual <= wanted,
}
_BOOLEAN = {"BooleanEquals": lambda actual, wanted: actual is wanted}
_TYPES = [(_STRING, str), (_NUMERIC, int), (_BOOLEAN, bool)]


def chosen_step(inputs: dict[str, Any]) -> str | None:
    """The NextStep of the first choice that holds, or the default, or None."""
    for choice in inputs.get("Choices", []):
        condition = {key: value for key, value in choice.items() if key != "NextStep"}
        if holds(condition):
            return choice["NextStep"]
    return inputs.get("Default")


def holds(condition: dict[str, Any]) -> bool:
    if "And" in condition:
        return all(holds(part) for part in condition["And"])
    if "Or" in condition:
        return any(holds(part) for part in condition["Or"])
    if "Not" in condition:
        return not holds(condition["Not"])
    operators = [key for key in condition if key != "Variable"]
    if "Variable" not in condition or len(operators) != 1:
        raise _bad(f"a condition should have Variable and one operator, has {', '.join(condition) or 'nothing'}")
    return _compare(operators[0], condition["Variable"], condition[operators[0]])


def _compare(operator: str, actual: Any, wanted: Any) -> bool:
    for comparisons, wanted_type in _TYPES:
        if operator in comparisons:
            for operand in (actual, wanted):
                # type() and not isinstance(): True is an int to Python.
                if type(operand) is not wanted_type:
                    raise _bad(f"{operator} compares {wanted_type.__name__} values, got {operand!r}")
            return comparisons[operator](actual, wanted)
    raise _bad(f"{operator!r} is not an operator of aws:branch")


def _bad(message: str) -> StepFailed:
    return StepFailed(message, stage="InputValidation", kind="InvalidInput")
