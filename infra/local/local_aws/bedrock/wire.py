"""An answer as it goes over the wire, or as it breaks off or never comes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import StreamingResponse

from local_aws import ministack_names as names


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    is_cut: bool = False
    """The headers promise the whole body; the connection ends in the middle of it."""

    def sent(self) -> tuple[int, dict[str, str], Any]:
        """In MiniStack's words."""
        if not self.is_cut:
            return self.status, dict(self.headers), self.body
        headers = self.headers | {"Content-Length": str(len(self.body))}
        return self.status, headers, StreamingResponse(self._break_off)

    async def _break_off(self, send, _receive) -> None:
        half = self.body[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})


class Silence(StreamingResponse):
    """Not even headers, until the caller has had enough."""

    def __init__(self) -> None:
        super().__init__(self._wait)

    def sent(self) -> tuple[int, dict[str, str], Any]:
        return 200, {}, self

    async def _wait(self, _send, receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass


def install() -> None:
    names.SEND_STREAMING_RESPONSE.wrap(_with_silence)


def _with_silence(original: Callable) -> Callable:
    async def send_streaming_response(send, receive, status, headers, streaming):
        if isinstance(streaming, Silence):
            await streaming.runner(send, receive)
        else:
            await original(send, receive, status, headers, streaming)

    return send_streaming_response
