"""Checks a request against the service's own model, as the service does before it acts."""

import functools
import json
import re
from typing import Any

import botocore.session
from botocore.validate import ParamValidator

from local_aws.automation.errors import SsmError


@functools.cache
def _input_shape(operation: str):
    model = botocore.session.get_session().get_service_model("ssm")
    return model.operation_model(operation).input_shape


def read(operation: str, body: bytes) -> dict[str, Any]:
    """The request. Raises SerializationException or ValidationException."""
    try:
        request = json.loads(body or b"{}")
    except ValueError as error:
        raise SsmError("SerializationException", "the body is not JSON") from error
    shape = _input_shape(operation)
    report = ParamValidator().validate(request, shape)
    if report.has_errors():
        raise SsmError("ValidationException", f"1 validation error detected: {report.generate_report()}")
    for name, member in shape.members.items():
        if member.type_name == "string" and name in request:
            _check_string(name, request[name], member)
    return request


def _check_string(name: str, value: str, shape) -> None:
    pattern = shape.metadata.get("pattern")
    longest = shape.metadata.get("max")
    wrong = []
    if pattern and not re.fullmatch(pattern, value):
        wrong.append(f"match {pattern}")
    if longest and len(value) > longest:
        wrong.append(f"have at most {longest} characters")
    if shape.enum and value not in shape.enum:
        wrong.append(f"be one of {', '.join(shape.enum)}")
    if wrong:
        raise SsmError("ValidationException", f"1 validation error detected: {name} should {' and '.join(wrong)}")
