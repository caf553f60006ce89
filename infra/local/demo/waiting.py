"""Waiting for something to become true, for so long and no longer."""

import time
from collections.abc import Callable
from typing import TypeVar

POLL_SECONDS = 0.1
T = TypeVar("T")


class TookTooLong(Exception):
    """Something did not become true in time; the message names it."""


def wait_for(what: str, look: Callable[[], T | None], timeout_seconds: float) -> T:
    """The first answer of `look` that is true."""
    deadline = time.monotonic() + timeout_seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TookTooLong(f"{what}: not within {timeout_seconds:.0f} s")
        time.sleep(POLL_SECONDS)
    return found
