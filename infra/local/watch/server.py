"""`cargo lambda watch` as a process: on loopback, and ended for sure."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo.prerequisites import ROOT, Missing
from watch.account import Account

CARGO_LAMBDA = ROOT / ".tools" / "sam" / "bin" / "cargo-lambda"
DEFAULT_PORT = 9000
# Where `cargo lambda invoke` looks unless told otherwise.
_USUAL_ADDRESS = "::1"
_WITHOUT_IPV6 = "127.0.0.1"
_LISTENS_WITHIN_SECONDS = 30.0
_ENDS_WITHIN_SECONDS = 10.0
_POLL_SECONDS = 0.1
# A function that was never built is compiled by its first invocation.
_FIRST_INVOCATION_SECONDS = 1800


class DidNotServe(Exception):
    """cargo-lambda ended, or did not listen in time."""


@contextmanager
def serving(account: Account, port: int, *, reloads: bool = True) -> Iterator["Server"]:
    """`reloads`: compiles anew what was changed while it serves."""
    server = Server(account, port, reloads)
    try:
        server.wait_until_listening()
        yield server
    finally:
        server.stop()


class Server:
    def __init__(self, account: Account, port: int, reloads: bool):
        if not CARGO_LAMBDA.is_file():
            raise Missing(f"{CARGO_LAMBDA} is not there: `make setup` installs it")
        self.address = loopback_address()
        self.port = port
        if _is_open(self.address, port):
            raise DidNotServe(f"port {port} of {self.address} is taken: choose another one with --invoke-port")
        self._process = subprocess.Popen(
            [
                CARGO_LAMBDA,
                "lambda",
                "watch",
                "--invoke-address",
                self.address,
                "--invoke-port",
                str(port),
                "--timeout",
                str(_FIRST_INVOCATION_SECONDS),
                *([] if reloads else ["--ignore-changes"]),
            ],
            cwd=ROOT,
            env=account.environment(dict(os.environ)) | {"CARGO_LAMBDA_IGNORE_FILE": str(_ignore_file())},
            stdin=subprocess.DEVNULL,
        )

    def wait_until_listening(self) -> None:
        deadline = time.monotonic() + _LISTENS_WITHIN_SECONDS
        while not _is_open(self.address, self.port):
            if self._process.poll() is not None:
                raise DidNotServe(f"cargo lambda watch ended with exit code {self._process.returncode}")
            if time.monotonic() > deadline:
                raise DidNotServe(f"cargo lambda watch did not listen within {_LISTENS_WITHIN_SECONDS:.0f} s")
            time.sleep(_POLL_SECONDS)

    def wait(self) -> int:
        return self._process.wait()

    def stop(self) -> None:
        """Asked to end, it ends its functions first; killed, it leaves them without their API, which ends them too."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(_ENDS_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def loopback_address() -> str:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind((_USUAL_ADDRESS, 0))
        return _USUAL_ADDRESS
    except OSError:
        return _WITHOUT_IPV6


def invoke_arguments(server: Server) -> list[str]:
    """Options that `cargo lambda invoke` needs to reach the server; none for the usual address and port."""
    address = [] if server.address == _USUAL_ADDRESS else ["--invoke-address", server.address]
    port = [] if server.port == DEFAULT_PORT else ["--invoke-port", str(server.port)]
    return [*address, *port]


def _is_open(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=0.5).close()
    except OSError:
        return False
    return True


def _ignore_file() -> Path:
    return Path(__file__).parent / "ignore"
