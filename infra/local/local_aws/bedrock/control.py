"""Telling the stand-in what to answer, and asking it what it was asked: the client's side."""

import json
import urllib.error
import urllib.request
from typing import Any

SCRIPT_VARIABLE = "LOCAL_AWS_BEDROCK_SCRIPT"
PROXY_VARIABLE = "MINISTACK_BEDROCK_PROXY_URL"
SCRIPT = "/_local_aws/bedrock/script"
REQUESTS = "/_local_aws/bedrock/requests"
_TIMEOUT_SECONDS = 10.0


class BadScript(ValueError):
    """The stand-in did not take the script; the message says which case is wrong, and how."""


def load_script(endpoint: str, cases: list[dict[str, Any]]) -> None:
    try:
        _call(endpoint + SCRIPT, "PUT", json.dumps(cases).encode())
    except urllib.error.HTTPError as refused:
        raise BadScript(json.load(refused)["message"]) from None


def requests(endpoint: str) -> list[dict[str, Any]]:
    return _call(endpoint + REQUESTS, "GET")


def forget_requests(endpoint: str) -> None:
    _call(endpoint + REQUESTS, "DELETE")


def _call(url: str, method: str, body: bytes | None = None) -> Any:
    request = urllib.request.Request(url, data=body, method=method)
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
        return json.load(answer)
