"""The client's side of the paths of our own on the emulator's port: `/_local_aws/…`."""

import json
import urllib.error
import urllib.request
from typing import Any

PREFIX = "/_local_aws/"
SETTINGS = PREFIX + "settings"
FAULTS = PREFIX + "faults"
_TIMEOUT_SECONDS = 10.0


class Refused(ValueError):
    """The emulator did not take what it was told; the message says what is wrong with it."""


def call(endpoint: str, path: str, method: str, body: Any = None) -> Any:
    """Raises `Refused`."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(endpoint + path, data=data, method=method)
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        raise Refused(json.load(refused)["message"]) from None
