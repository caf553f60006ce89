"""StartAutomationExecution's parameters (lists of strings) held against the document's."""

import json
import re
from typing import Any

from local_aws.automation.document import Document, Parameter
from local_aws.automation.errors import SsmError


def bind(document: Document, given: dict[str, list[str]]) -> dict[str, Any]:
    """Each parameter's value, typed. Raises InvalidAutomationExecutionParametersException."""
    unknown = set(given) - set(document.parameters)
    if unknown:
        raise invalid(f"{', '.join(sorted(unknown))}: not a parameter of the Automation document")
    bound = {}
    for name, parameter in document.parameters.items():
        if name in given:
            bound[name] = _checked(parameter, _typed(parameter, given[name]))
        elif parameter.has_default:
            bound[name] = parameter.default
        else:
            raise invalid(f"{name}: a required parameter of the Automation document is missing")
    return bound


def invalid(message: str) -> SsmError:
    return SsmError("InvalidAutomationExecutionParametersException", message)


def _typed(parameter: Parameter, values: list[str]) -> Any:
    if parameter.type == "StringList":
        return values
    if len(values) != 1:
        raise invalid(f"{parameter.name}: should have exactly one value, has {len(values)}")
    value = values[0]
    if parameter.type == "Integer":
        if not re.fullmatch(r"-?[0-9]+", value):
            raise invalid(f"{parameter.name}: {value!r} is not an Integer")
        return int(value)
    if parameter.type == "Boolean":
        if value.lower() not in ("true", "false"):
            raise invalid(f"{parameter.name}: {value!r} is not a Boolean")
        return value.lower() == "true"
    if parameter.type == "StringMap":
        return _map(parameter, value)
    return value


def _map(parameter: Parameter, value: str) -> dict[str, Any]:
    try:
        parsed = json.loads(value)
    except ValueError as error:
        raise invalid(f"{parameter.name}: {value!r} is not a StringMap") from error
    if not isinstance(parsed, dict):
        raise invalid(f"{parameter.name}: {value!r} is not a StringMap")
    return parsed


def _checked(parameter: Parameter, value: Any) -> Any:
    for item in value if isinstance(value, list) else [value]:
        if parameter.allowed_values is not None and item not in parameter.allowed_values:
            raise invalid(f"{parameter.name}: {item!r} is not one of the allowed values")
        # A full match, so that a pattern's $ does not let a trailing newline through.
        if parameter.allowed_pattern is not None and not re.fullmatch(parameter.allowed_pattern, item):
            raise invalid(f"{parameter.name}: {item!r} does not match the pattern {parameter.allowed_pattern}")
        if parameter.min_chars is not None and len(item) < parameter.min_chars:
            raise invalid(f"{parameter.name}: should have at least {parameter.min_chars} characters")
        if parameter.max_chars is not None and len(item) > parameter.max_chars:
            raise invalid(f"{parameter.name}: should have at most {parameter.max_chars} characters")
    return value
