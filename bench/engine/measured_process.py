"""A command run to its end: how long it took, and the most memory that it had."""

import os
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_POLL_SECONDS = 0.005
_LONGEST_ERROR = 500


class CommandFailed(Exception):
    """A measured command did not end with exit code 0; the message says what it said last."""


@dataclass(frozen=True)
class Run:
    seconds: float
    peak_bytes: int


def run(
    command: list[str],
    stdin: Path | Callable[[IO[bytes]], None] | None = None,
    stdout: Path | None = None,
    core: int | None = None,
) -> Run:
    """`stdin` is a file, or what writes to a pipe. `core`: the one processor that it may use."""
    with (
        open(stdin if isinstance(stdin, Path) else os.devnull, "rb") as source,
        open(stdout or os.devnull, "wb") as sink,
    ):
        began_at = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if callable(stdin) else source,
            stdout=sink,
            stderr=subprocess.PIPE,
            preexec_fn=None if core is None else lambda: os.sched_setaffinity(0, {core}),
        )
        try:
            peak = _Peak(process.pid)
            errors: list[bytes] = []
            reader = threading.Thread(target=lambda: errors.append(process.stderr.read()), daemon=True)
            reader.start()
            if callable(stdin):
                _write(process.stdin, stdin)
            exit_code = process.wait()
            seconds = time.perf_counter() - began_at
        finally:
            process.kill()
            process.wait()
        reader.join()
        if exit_code != 0:
            said = b"".join(errors).decode(errors="replace").strip()[-_LONGEST_ERROR:]
            raise CommandFailed(f"{Path(command[0]).name}: exit code {exit_code}: {said}")
        return Run(seconds, peak.bytes)


def _write(pipe: IO[bytes], write: Callable[[IO[bytes]], None]) -> None:
    try:
        with pipe:
            write(pipe)
    except BrokenPipeError:
        pass  # It has ended; its exit code says why.


class _Peak:
    """The peak of resident memory as the kernel keeps it, asked for while the process lives.

    Not `ru_maxrss`: that counts what the parent had when it forked.
    """

    def __init__(self, pid: int):
        self.bytes = 0
        self._status = Path(f"/proc/{pid}/status")
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while (now := self._now()) is not None:
            self.bytes = max(self.bytes, now)
            time.sleep(_POLL_SECONDS)

    def _now(self) -> int | None:
        try:
            lines = self._status.read_text().splitlines()
        except OSError:
            return None
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), None)
