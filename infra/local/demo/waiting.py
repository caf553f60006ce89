"""Waits for a condition, with a timeout."""

import time
from collections.abc import Callable
from typing import TypeVar

POLL_SECONDS = 0.1
T = TypeVar("T")


class TookTooLong(Exception):
    """A condition was not met in time; the message names it."""


def wait_for(description: str, condition: Callable[[], T | None], timeout_seconds: float) -> T:
    """Polls `condition` until its result is truthy; that result."""
    deadline = time.monotonic() + timeout_seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TookTooLong(f"timed out after {timeout_seconds:.0f} s waiting for {description}")
        time.sleep(POLL_SECONDS)
    return found
