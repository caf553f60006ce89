"""Somebody else's service, such as a payment API: a loopback port that answers, or is closed."""

import socketserver
import threading

_POLL_SECONDS = 0.05


class _Server(socketserver.TCPServer):
    # It comes back on the port that it had.
    allow_reuse_address = True
    # A full queue looks like an outage to a probe; only `close` may.
    request_queue_size = 128


class ExternalService:
    """Not in the account, so nothing in the account shows why it fails."""

    def __init__(self):
        self.address: tuple[str, int] = ("127.0.0.1", 0)
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        if self._server is None:
            # The handler does nothing: to be taken is all that a probe asks for.
            self._server = _Server(self.address, socketserver.BaseRequestHandler)
            self.address = self._server.server_address
            self._thread = threading.Thread(
                target=self._server.serve_forever, args=(_POLL_SECONDS,), name="external-service", daemon=True
            )
            self._thread.start()

    def close(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> "ExternalService":
        self.open()
        return self

    def __exit__(self, *_error) -> None:
        self.close()
