"""`{{ name }}` in a document: found when it is created, replaced when a step begins."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_REFERENCE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
GLOBAL_NAMES = frozenset({"global:DATE", "global:DATE_TIME", "global:REGION", "automation:EXECUTION_ID"})


class Unresolved(LookupError):
    """A reference that has no value, such as the output of a step that did not run."""


def references(value: Any) -> Iterator[str]:
    """Every name referred to anywhere in `value`."""
    if isinstance(value, str):
        yield from _REFERENCE.findall(value)
    elif isinstance(value, Mapping):
        for child in value.values():
            yield from references(child)
    elif isinstance(value, list):
        for child in value:
            yield from references(child)


def substitute(value: Any, values: Mapping[str, Any]) -> Any:
    """`value` with each reference replaced. Raises `Unresolved`.

    A string that is nothing but one reference takes the type of what it names, so that
    an Integer stays one; inside a longer string everything becomes text. What was put
    in is not looked at again: a value may contain `{{` without meaning anything by it.
    """
    if isinstance(value, str):
        whole = _REFERENCE.fullmatch(value)
        if whole:
            return _value_of(whole.group(1), values)
        return _REFERENCE.sub(lambda match: _as_text(_value_of(match.group(1), values)), value)
    if isinstance(value, Mapping):
        return {key: substitute(child, values) for key, child in value.items()}
    if isinstance(value, list):
        return [substitute(child, values) for child in value]
    return value


def _value_of(name: str, values: Mapping[str, Any]) -> Any:
    if name not in values:
        raise Unresolved(f"Failed to resolve input: {name} is not defined in the Automation Document, or has no value yet.")
    return values[name]


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
