"""Serves `/_local_aws/settings` and `/_local_aws/faults`, inside the emulator."""

import json
from collections.abc import Callable
from typing import Any

from local_aws import ministack_names as names
from local_aws import settings
from local_aws.control import PREFIX
from local_aws.faults import rules
from local_aws.settings import Invalid

_JSON = {"Content-Type": "application/json"}


def install() -> None:
    names.HANDLE_POST_BODY_SHORTCUTS.wrap(_with_control)


def _with_control(original: Callable) -> Callable:
    async def handle(method, path, headers, body, query_params, request_id):
        if path.startswith(PREFIX):
            try:
                answer = _answer(method, path.removeprefix(PREFIX), body)
            except (Invalid, ValueError) as wrong:
                return 400, dict(_JSON), json.dumps({"message": str(wrong)}).encode()
            if answer is not None:
                return 200, dict(_JSON), json.dumps(answer).encode()
        return await original(method, path, headers, body, query_params, request_id)

    return handle


def _answer(method: str, path: str, body: bytes) -> Any:
    """None where the path is not one of these."""
    resource, _, name = path.partition("/")
    if (method, resource) == ("GET", "settings"):
        return settings.current().as_json()
    if (method, resource) == ("PATCH", "settings"):
        return settings.change(json.loads(body)).as_json()
    if (method, resource) == ("POST", "faults"):
        return {"id": rules.add(json.loads(body))}
    if (method, resource) == ("GET", "faults"):
        return {"met": rules.met(name)}
    if (method, resource) == ("DELETE", "faults"):
        return {"met": rules.remove(name)}
    return None
