"""The Lambda Runtime API for one function, on loopback: what a bootstrap asks for work, with a clock in it.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import queue
import threading
import time
import uuid
from dataclasses import dataclass

from loopback.server import Handler, LoopbackServer

_NEXT = "/2018-06-01/runtime/invocation/next"
_DEADLINE_MS = 60_000


class FunctionFailed(Exception):
    """The function did not get to ask for work, or gave no answer; the message is its own where it has one."""


@dataclass(frozen=True)
class Answer:
    body: bytes
    seconds: float
    """From handing the invocation over to the response."""
    started_at: float
    ended_at: float
    is_error: bool


@dataclass(frozen=True)
class _Invocation:
    id: str
    payload: bytes


class RuntimeApi(LoopbackServer):
    """Serves one process. One invocation at a time, as Lambda does it."""

    def __init__(self):
        super().__init__(_handler_for(self))
        self.first_asked_at: float | None = None
        """`time.perf_counter()` of the first request for work: the end of a cold start."""
        self._settled = threading.Event()
        self._init_error = ""
        self._work: queue.Queue[_Invocation | None] = queue.Queue()
        self._answers: queue.Queue[tuple[str, bytes, float, bool]] = queue.Queue()
        self._handed_over_at = 0.0

    def __exit__(self, *error) -> None:
        self._work.put(None)
        super().__exit__(*error)

    def wait_until_ready(self, timeout_seconds: float) -> float:
        """When the first request for work came."""
        if not self._settled.wait(timeout_seconds):
            raise FunctionFailed(f"it did not ask for work within {timeout_seconds:.0f} s")
        if self.first_asked_at is None:
            raise FunctionFailed(f"it reported that it can't start: {self._init_error}")
        return self.first_asked_at

    def invoke(self, payload: bytes, timeout_seconds: float = 60.0) -> Answer:
        invocation = _Invocation(str(uuid.uuid4()), payload)
        self._work.put(invocation)
        deadline = time.monotonic() + timeout_seconds
        while True:
            try:
                id_, body, at, is_error = self._answers.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise FunctionFailed(f"it gave no answer within {timeout_seconds:.0f} s") from None
            if id_ == invocation.id:
                return Answer(body, at - self._handed_over_at, self._handed_over_at, at, is_error)

    # ---- called by the handler's threads ----

    def next_invocation(self) -> _Invocation | None:
        if self.first_asked_at is None:
            self.first_asked_at = time.perf_counter()
            self._settled.set()
        return self._work.get()

    def handed_over(self) -> None:
        self._handed_over_at = time.perf_counter()

    def answered(self, id_: str, body: bytes, is_error: bool) -> None:
        self._answers.put((id_, body, time.perf_counter(), is_error))

    def could_not_start(self, body: bytes) -> None:
        self._init_error = body.decode(errors="replace")[:500]
        self._settled.set()


def _handler_for(api: RuntimeApi) -> type[Handler]:
    class RuntimeHandler(Handler):
        def do_GET(self) -> None:
            if self.path != _NEXT:
                self.answer(404, b"")
                return
            invocation = api.next_invocation()
            if invocation is None:
                self.close_connection = True
                return
            headers = [
                ("Lambda-Runtime-Aws-Request-Id", invocation.id),
                ("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + _DEADLINE_MS)),
                ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:bench"),
                ("Content-Type", "application/json"),
            ]
            api.handed_over()
            self.answer(200, invocation.payload, headers)

        def do_POST(self) -> None:
            body = self.body()
            kind = self.path.rsplit("/", 2)
            if self.path.endswith("/init/error"):
                api.could_not_start(body)
            elif len(kind) == 3 and kind[2] in ("response", "error"):
                api.answered(kind[1], body, kind[2] == "error")
            self.answer(202, b"")

    return RuntimeHandler
