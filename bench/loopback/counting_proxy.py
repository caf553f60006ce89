"""A reverse proxy on loopback between one function and the local AWS that remembers every call.

Requests go on exactly as they came, `Host` included: their signature is over it, and the local AWS checks it.
"""

import http.client
import io
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from botocore.parsers import RpcV2CBORParser

from loopback.server import Handler, LoopbackServer

_UPSTREAM_TIMEOUT_SECONDS = 60.0
# They belong to one connection and not to the message.
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "te", "upgrade"}


@dataclass(frozen=True)
class Call:
    service: str
    """As in the request's signature: `dynamodb`, `ssm`, `tagging` ..."""
    operation: str
    status: int
    began_at: float
    ended_at: float
    request: dict[str, Any] = field(default_factory=dict)
    response: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.service}:{self.operation}"


class CountingProxy(LoopbackServer):
    def __init__(self, upstream: str):
        super().__init__(_handler_for(self))
        self.upstream = urlsplit(upstream).netloc
        self._calls: list[Call] = []
        self._lock = threading.Lock()

    @property
    def endpoint(self) -> str:
        return f"http://{self.address}"

    def take(self) -> list[Call]:
        """The calls since the last time, which are then forgotten here."""
        with self._lock:
            taken, self._calls = self._calls, []
        return taken

    def remember(self, call: Call) -> None:
        with self._lock:
            self._calls.append(call)


def seconds_waited(calls: list[Call]) -> float:
    """Seconds during which at least one of the calls was under way; calls at the same time count once."""
    total, reached = 0.0, float("-inf")
    for call in sorted(calls, key=lambda call: call.began_at):
        total += max(0.0, call.ended_at - max(call.began_at, reached))
        reached = max(reached, call.ended_at)
    return total


def service_of(headers: dict[str, str]) -> str:
    """From the scope of the signature: `Credential=<key>/<date>/<region>/<service>/aws4_request`."""
    _, _, scope = headers.get("authorization", "").partition("Credential=")
    parts = scope.split(",")[0].split("/")
    return parts[3] if len(parts) == 5 else "unsigned"


def operation_of(method: str, path: str, headers: dict[str, str], body: bytes) -> str:
    """Its name, however the service's protocol says it."""
    if target := headers.get("x-amz-target"):
        return target.rpartition(".")[2]
    if "/operation/" in path:
        return path.rpartition("/operation/")[2]
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return parse_qs(body.decode(errors="replace")).get("Action", ["?"])[0]
    return f"{method} {urlsplit(path).path}"


def readable(headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """The body where it is JSON, CBOR or a form; empty otherwise."""
    kind = headers.get("content-type", "")
    if kind.startswith("application/cbor") and body:
        return RpcV2CBORParser().parse_data_item(io.BufferedReader(io.BytesIO(body)))
    if kind.startswith("application/x-www-form-urlencoded"):
        return {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
    if "json" in kind and body:
        try:
            parsed = json.loads(body)
        except ValueError:
            return {}
        return parsed if isinstance(parsed, dict) else {}
    return {}


def _handler_for(proxy: CountingProxy) -> type[Handler]:
    class ProxyHandler(Handler):
        def setup(self) -> None:
            super().setup()
            # One connection onwards for each that comes in, as the function's own pool has it.
            self._upstream = http.client.HTTPConnection(proxy.upstream, timeout=_UPSTREAM_TIMEOUT_SECONDS)

        def finish(self) -> None:
            self._upstream.close()
            super().finish()

        def _forward(self) -> None:
            body = self.body()
            headers = {name.lower(): value for name, value in self.headers.items()}
            began_at = time.perf_counter()
            try:
                response = self._ask(body)
                answer = response.read()
            except OSError as error:
                proxy.remember(self._call(headers, body, 502, began_at, {}))
                self.answer(502, f"the local AWS did not answer: {error}".encode())
                return
            kept = [(name, value) for name, value in response.getheaders() if name.lower() not in _HOP_BY_HOP]
            kinds = {name.lower(): value for name, value in kept}
            proxy.remember(self._call(headers, body, response.status, began_at, readable(kinds, answer)))
            self.answer(response.status, answer, kept)

        def _ask(self, body: bytes) -> http.client.HTTPResponse:
            self._upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _HOP_BY_HOP:
                    self._upstream.putheader(name, value)
            self._upstream.putheader("Content-Length", str(len(body)))
            self._upstream.endheaders(body)
            return self._upstream.getresponse()

        def _call(self, headers: dict[str, str], body: bytes, status: int, began_at: float, answer: dict) -> Call:
            return Call(
                service_of(headers),
                operation_of(self.command, self.path, headers, body),
                status,
                began_at,
                time.perf_counter(),
                readable(headers, body),
                answer,
            )

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _forward

    return ProxyHandler
