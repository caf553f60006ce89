"""A proxy on loopback between one function and the local AWS that can interfere at a chosen call.

Requests go on exactly as they came, `Host` included: their signature is over it, and the local AWS checks it.
The emulator sets AWS_ENDPOINT_URL itself, for all functions, so the function is led here by the variables for
single services.
"""

import http.client
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from function_variables import other_variables
from local_aws.faults.process import function_process
from scene import Scene

_SERVICES = ("DYNAMODB", "SSM")
_UPSTREAM_TIMEOUT_SECONDS = 60.0
_POLL_SECONDS = 0.05
# They belong to one connection and not to the message.
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "te", "upgrade"}


class ProcessGone(Exception):
    """There is nobody left to answer."""


@dataclass(frozen=True)
class Request:
    operation: str
    body: str
    process_id: int

    def kill_the_function(self) -> None:
        """As the kernel does when memory runs out."""
        os.kill(self.process_id, signal.SIGKILL)
        raise ProcessGone


Hook = Callable[[Request], None]


@dataclass
class Interference:
    """The fault that happens once, at the first call that is meant."""

    is_meant: Callable[[Request], bool]
    before: Hook | None = None
    """Before the call is forwarded."""
    after: Hook | None = None
    """After it was answered, before the function hears of it."""
    subjects: list[str] = field(default_factory=list)
    """The call must name one of them; there may be other incidents at the same time."""
    happened: bool = False

    def meet(self, request: Request, hook: Hook | None) -> None:
        is_about_it = any(subject in request.body for subject in self.subjects)
        if hook and not self.happened and is_about_it and self.is_meant(request):
            self.happened = True
            hook(request)


@contextmanager
def interfering(scene: Scene, function: str, *interferences: Interference) -> Iterator[None]:
    """Meanwhile the function's calls go through the proxy."""
    server = _Server(("127.0.0.1", 0), _handler_for(scene, interferences))
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), daemon=True)
    thread.start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    try:
        with other_variables(scene, function, **{f"AWS_ENDPOINT_URL_{name}": endpoint for name in _SERVICES}):
            yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, _request, _client_address) -> None:
        """A client that was killed in the middle of a request is nothing to report."""


def _handler_for(scene: Scene, interferences: tuple[Interference, ...]) -> type[BaseHTTPRequestHandler]:
    upstream = urlsplit(scene.aws.endpoint).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
            caller = function_process(self.client_address[1], scene.aws.pid)
            request = Request(operation, body.decode(), caller)
            try:
                for one in interferences:
                    one.meet(request, one.before)
                response, answer = self._forward(body)
                for one in interferences:
                    one.meet(request, one.after)
            except ProcessGone:
                self.close_connection = True
                return
            self.send_response_only(response.status)
            for name, value in response.getheaders():
                if name.lower() not in _HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def _forward(self, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
            connection = http.client.HTTPConnection(upstream, timeout=_UPSTREAM_TIMEOUT_SECONDS)
            try:
                connection.putrequest("POST", self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    if name.lower() not in _HOP_BY_HOP:
                        connection.putheader(name, value)
                connection.putheader("Content-Length", str(len(body)))
                connection.endheaders(body)
                response = connection.getresponse()
                return response, response.read()
            finally:
                connection.close()

        def log_message(self, *_arguments) -> None:
            pass

    return Handler
