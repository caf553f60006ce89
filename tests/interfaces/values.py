"""Compares a JSON value with a shape of botocore's models: members, types, enumerations, lengths, patterns.

A timestamp is a number of seconds (`wire` makes it of XML's texts) or, where the shape says so, a text. Every difference is a sentence.
"""

import base64
import binascii
import datetime
import re
from collections.abc import Iterator
from typing import Any

from botocore.model import Shape

_NUMBERS = {"integer": int, "long": int, "float": int | float, "double": int | float}


def differences(shape: Shape, value: Any, where: str, *, is_request: bool) -> Iterator[str]:
    """A request must have its required members; an answer is often only the part that a test is about."""
    check = _CHECKS.get(shape.type_name)
    if check is not None:
        yield from check(shape, value, where, is_request)
    elif shape.type_name in _NUMBERS:
        yield from _number(shape, value, where)


def _structure(shape: Shape, value: Any, where: str, is_request: bool) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where} is {value!r}; should be a structure {shape.name}"
        return
    members = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
    if is_request:
        given = {members[name][0] for name in value if name in members}
        yield from (f"{where} lacks {name}" for name in shape.required_members if name not in given)
    for name, child in value.items():
        if name not in members:
            yield f"{where} has {name}, which {shape.name} has not"
        elif child is not None or is_request:
            yield from differences(members[name][1], child, f"{where}.{name}", is_request=is_request)


def _list(shape: Shape, value: Any, where: str, is_request: bool) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{where} is {value!r}; should be a list"
        return
    yield from _within(shape, len(value), where, "items")
    for index, child in enumerate(value):
        yield from differences(shape.member, child, f"{where}[{index}]", is_request=is_request)


def _map(shape: Shape, value: Any, where: str, is_request: bool) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where} is {value!r}; should be a map"
        return
    for key, child in value.items():
        yield from differences(shape.key, key, f"{where} key", is_request=is_request)
        yield from differences(shape.value, child, f"{where}[{key!r}]", is_request=is_request)


def _string(shape: Shape, value: Any, where: str, is_request: bool) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{where} is {value!r}; should be a text"
        return
    if shape.enum and value not in shape.enum:
        yield f"{where} is {value!r}; should be one of {', '.join(shape.enum)}"
    if is_request:
        yield from _within(shape, len(value), where, "characters")
        pattern = shape.metadata.get("pattern")
        if pattern and not _matches(pattern, value):
            yield f"{where} is {value!r}; should match {pattern}"


def _matches(pattern: str, value: str) -> bool:
    """Patterns are written for Java; one that Python cannot read says nothing here."""
    try:
        return re.search(pattern, value) is not None
    except re.error:
        return True


def _number(shape: Shape, value: Any, where: str) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, _NUMBERS[shape.type_name]):
        yield f"{where} is {value!r}; should be a number ({shape.type_name})"
        return
    yield from _within(shape, value, where, "")


def _boolean(_shape: Shape, value: Any, where: str, _is_request: bool) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"{where} is {value!r}; should be true or false"


def _timestamp(shape: Shape, value: Any, where: str, _is_request: bool) -> Iterator[str]:
    if shape.serialization.get("timestampFormat") not in ("iso8601", "rfc822"):
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield f"{where} is {value!r}; should be a time in the format of its protocol"
        return
    try:
        datetime.datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        yield f"{where} is {value!r}; should be a time like 2026-11-20T03:00:00Z"


def _blob(_shape: Shape, value: Any, where: str, _is_request: bool) -> Iterator[str]:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError):
        yield f"{where} is {value!r}; should be Base64"


def _within(shape: Shape, size: float, where: str, unit: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    has = f"{where} has {size} {unit}".rstrip()
    if least is not None and size < float(least):
        yield f"{has}; should have {least} or more"
    if most is not None and size > float(most):
        yield f"{has}; should have {most} at most"


_CHECKS = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "boolean": _boolean,
    "timestamp": _timestamp,
    "blob": _blob,
}
