"""Reads a request or an answer off the wire by its operation's shapes, into the values that `values` compares."""

import datetime
import json
import re
import xml.etree.ElementTree as ElementTree
from typing import Any

from botocore.model import OperationModel, Shape

from calls import Call
from models import labels


class Unreadable(Exception):
    """It is not in the protocol of its service."""


def request(model: OperationModel, call: Call) -> dict[str, Any]:
    """The input's members, by their names on the wire. Raises `Unreadable`."""
    if call.is_form:
        is_ec2 = model.service_model.metadata["protocol"] == "ec2"
        form = {name: value for name, value in call.form.items() if name not in ("Action", "Version")}
        taken: set[str] = set()
        read = _from_form(model.input_shape, "", form, taken, is_ec2) if model.input_shape else {}
        if unknown := sorted(set(form) - taken):
            raise Unreadable(f"the form has {', '.join(unknown)}, which {model.name} does not take")
        return read or {}
    body = json.loads(call.body) if call.body else {}
    if call.is_aws_json:
        return body
    return body | _from_url(model, call)


def _from_url(model: OperationModel, call: Call) -> dict[str, Any]:
    found = dict(labels(model, call) or {})
    fixed = {pair.partition("=")[0] for pair in model.http["requestUri"].partition("?")[2].split("&")}
    members = model.input_shape.members.values()
    by_query = {one.serialization["name"]: one for one in members if one.serialization.get("location") == "querystring"}
    for name, value in call.query:
        if name in fixed:
            continue
        if name not in by_query:
            raise Unreadable(f"the URL has {name}, which {model.name} does not take")
        found[name] = _scalar(by_query[name], value)
    if "range" in call.headers:
        found["Range"] = call.headers["range"]
    return found


def _from_form(shape: Shape, prefix: str, form: dict[str, str], taken: set[str], is_ec2: bool) -> Any:
    """None where the form has nothing of the kind."""
    if shape.type_name == "structure":
        found = {}
        for name, member in shape.members.items():
            key = _form_name(name, member, is_ec2)
            value = _from_form(member, f"{prefix}.{key}" if prefix else key, form, taken, is_ec2)
            if value is not None:
                found[member.serialization.get("name", name)] = value
        return found or None
    if shape.type_name == "list":
        is_flat = is_ec2 or shape.serialization.get("flattened")
        item = shape.member.serialization.get("name", "member")
        base = prefix if is_flat else f"{prefix}.{item}"
        if is_flat and not is_ec2 and shape.member.serialization.get("name"):
            base = ".".join([*prefix.split(".")[:-1], item])
        numbers = {int(found[1]) for name in form if (found := re.match(re.escape(base) + r"\.(\d+)(?:\.|$)", name))}
        values = [_from_form(shape.member, f"{base}.{number}", form, taken, is_ec2) for number in sorted(numbers)]
        return values or None
    if prefix not in form:
        return None
    taken.add(prefix)
    return _scalar(shape, form[prefix])


def _form_name(name: str, member: Shape, is_ec2: bool) -> str:
    if is_ec2:
        wire = member.serialization.get("name", name)
        return member.serialization.get("queryName") or wire[:1].upper() + wire[1:]
    return member.serialization.get("name", name)


def answer(model: OperationModel, call: Call) -> Any:
    """The output's members, by their names on the wire. Raises `Unreadable`."""
    if call.is_aws_json or model.service_model.metadata["protocol"] == "rest-json":
        try:
            return json.loads(call.answer) if call.answer else {}
        except ValueError as error:
            raise Unreadable(f"the answer is no JSON: {error}") from error
    try:
        root = _without_namespaces(ElementTree.fromstring(call.answer))
    except ElementTree.ParseError as error:
        raise Unreadable(f"the answer is no XML: {error}") from error
    wrapper = model.output_shape.serialization.get("resultWrapper")
    if wrapper:
        found = root.find(wrapper)
        if found is None:
            raise Unreadable(f"the answer has no {wrapper} in {root.tag}")
        root = found
    return _from_xml(model.output_shape, root)


def _without_namespaces(element: ElementTree.Element) -> ElementTree.Element:
    for one in element.iter():
        one.tag = one.tag.rpartition("}")[2]
    return element


def _from_xml(shape: Shape, element: ElementTree.Element) -> Any:
    if shape.type_name == "structure":
        return _structure_from_xml(shape, element)
    if shape.type_name == "list":
        return [_from_xml(shape.member, child) for child in element]
    return _scalar(shape, (element.text or "").strip())


def _structure_from_xml(shape: Shape, element: ElementTree.Element) -> dict[str, Any]:
    members = {}
    for name, member in shape.members.items():
        is_flat = member.type_name == "list" and member.serialization.get("flattened")
        item = is_flat and member.member.serialization.get("name")
        members[item or member.serialization.get("name", name)] = member
    found: dict[str, Any] = {}
    for child in element:
        member = members.get(child.tag)
        if child.tag in ("requestId", "ResponseMetadata"):
            continue
        if member is None:
            found[child.tag] = child.text
        elif member.type_name == "list" and member.serialization.get("flattened"):
            found.setdefault(member.serialization.get("name", child.tag), []).append(_from_xml(member.member, child))
        else:
            found[child.tag] = _from_xml(member, child)
    return found


def _scalar(shape: Shape, text: str) -> Any:
    """A text of a form, a URL or XML as the shape's type; what is none stays a text, and is a difference."""
    try:
        if shape.type_name in ("integer", "long"):
            return int(text)
        if shape.type_name in ("float", "double"):
            return float(text)
        if shape.type_name == "timestamp":
            return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return text
    if shape.type_name == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    if shape.type_name == "list":
        return [text]
    return text
