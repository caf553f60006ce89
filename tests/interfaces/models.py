"""Which operation of botocore's models a call is."""

import re
from functools import cache
from urllib.parse import unquote

import botocore.session
from botocore.model import OperationModel, ServiceModel

from calls import Call

_SESSION = botocore.session.get_session()


class NoOperation(Exception):
    """AWS has no operation that is asked in this way."""


@cache
def services_signed_as(name: str) -> list[ServiceModel]:
    """The service of this very name first: Neptune and DocumentDB are signed for, and asked, as RDS is."""
    models = [_SESSION.get_service_model(service) for service in _SESSION.get_available_services()]
    return sorted((one for one in models if one.signing_name == name), key=lambda one: one.service_name != name)


def operation(call: Call) -> OperationModel:
    """Raises `NoOperation`."""
    for model in services_signed_as(call.signed_as):
        name = _name(model, call)
        if name in model.operation_names:
            return model.operation_model(name)
    asked = call.headers.get("x-amz-target") or call.form.get("Action") or f"{call.method} {call.path}"
    raise NoOperation(f"no service that is signed for as {call.signed_as!r} knows {asked}")


def _name(model: ServiceModel, call: Call) -> str | None:
    metadata = model.metadata
    if target := call.headers.get("x-amz-target"):
        # CloudTrail's prefix has dots of its own.
        prefix, _, name = target.rpartition(".")
        return name if prefix == metadata.get("targetPrefix") else None
    if "Action" in call.form:
        return call.form["Action"] if call.form.get("Version") == metadata["apiVersion"] else None
    if metadata["protocol"] not in ("rest-json", "rest-xml"):
        return None
    fitting = [name for name in model.operation_names if labels(model.operation_model(name), call) is not None]
    # A path of fixed parts is meant before one of labels, and with a query before one without.
    return max(fitting, key=lambda name: _fixed_length(model.operation_model(name)), default=None)


def labels(model: OperationModel, call: Call) -> dict[str, str] | None:
    """The values of the labels in the path; None where the call is of another operation."""
    if model.http["method"] != call.method:
        return None
    template, _, query = model.http["requestUri"].partition("?")
    wanted = {tuple(pair.split("=", 1)) if "=" in pair else (pair, None) for pair in query.split("&") if pair}
    given = dict(call.query)
    if any(name not in given or value not in (None, given[name]) for name, value in wanted):
        return None
    pattern = re.sub(r"\\\{(\w+)(\\\+)?\\\}", lambda found: f"(?P<{found[1]}>{'.+' if found[2] else '[^/]+'})", re.escape(template))
    match = re.fullmatch(pattern.rstrip("/") + "/?", call.path)
    return None if match is None else {name: unquote(value) for name, value in match.groupdict().items()}


def _fixed_length(model: OperationModel) -> int:
    return len(re.sub(r"\{.*?\}", "", model.http["requestUri"]))
