"""What the demo prints, and how it looks in a terminal."""

import os
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from demo.nightshift import Audit, Entry, Suspect
from demo.result import Result
from demo.state_path import told
from demo.timeline_text import describe

_WIDTH = 100
_LABEL = 10
# The beginning says what happened; the rest of a message is details and links.
_MESSAGE_LINES = 40
_MOST_SUSPECTS = 3


@dataclass
class Step:
    detail: str = ""


class Narrator:
    def __init__(self, *, quiet: bool = False):
        self._quiet = quiet
        self._coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    @contextmanager
    def step(self, what: str) -> Iterator[Step]:
        step = Step()
        started = time.monotonic()
        self._print(f"  {what} …")
        yield step
        seconds = f"{time.monotonic() - started:.1f} s"
        self._print(f"  {self._good('✓')} {what}  {self._dim(seconds)}  {self._dim(step.detail)}".rstrip())

    def incident(self, number: int, of: int, title: str) -> None:
        self._print()
        self._print(self._bold(f"{number}/{of}  {title}"))
        self._print(self._dim("─" * _WIDTH))

    def fact(self, label: str, text: str) -> None:
        lines = textwrap.wrap(text, _WIDTH - _LABEL - 4) or [""]
        self._print(f"  {self._dim(label.ljust(_LABEL))}  {lines[0]}")
        for line in lines[1:]:
            self._print(f"  {' ' * _LABEL}  {line}")

    def state(self, seconds: float, name: str) -> None:
        self._print(f"  {self._dim(f'{seconds:7.1f} s ')}  {name}")

    def record(self, entry: Entry) -> None:
        for line in textwrap.wrap(describe(entry), _WIDTH - _LABEL - 6):
            self._print(f"  {' ' * _LABEL}    {self._dim('│')} {line}")

    def result(self, result: Result) -> None:
        self.fact("states", told(result.states))
        if result.suspects:
            self.fact("engine", "; ".join(map(_suspect, enumerate(result.suspects[:_MOST_SUSPECTS], start=1))))
            self.fact("path", " → ".join(result.suspects[0].path))
        for line in result.second_opinion.told() if result.second_opinion else []:
            self.fact("model", line)
        for verdict in result.verdicts:
            self.fact("verdict", f"{verdict.decision} {verdict.action}: {', '.join(verdict.policies) or 'no policy'}")
        if not result.verdicts:
            self.fact("verdict", "none was asked for: nothing was proposed")
        for call in reversed(result.writes):
            self.fact("changed", f"{call} (CloudTrail {call.event_id})")
        self.fact("before", result.before)
        self.fact("after", result.after)
        if message := result.notification:
            self.fact("message", f"{message.subject} (SNS {message.topic} to SQS, {message.message_id})")
            for line in message.body.strip().splitlines()[:_MESSAGE_LINES]:
                self.fact("", line)
        self.fact("time", _times(result))
        if result.is_as_it_must:
            self._print(f"  {self._good('✓')} {result.resolution}")
        for failure in result.failures:
            self._print(f"  {self._bad('✗')} {failure}")

    def audit(self, audit: Audit) -> None:
        self._print()
        self._print(self._bold("Audit chain"))
        self._print(self._dim("─" * _WIDTH))
        mark = self._good("✓") if audit.holds else self._bad("✗")
        self._print(f"  {mark} {audit.said}")

    def table(self, lines: list[str]) -> None:
        self._print()
        self._print(self._bold("Summary"))
        self._print(self._dim("─" * _WIDTH))
        for line in lines:
            self._print(f"  {line}")

    def concluded(self, is_good: bool, text: str) -> None:
        self._print()
        self._print(f"{self._good('✓') if is_good else self._bad('✗')} {text}")

    def failed(self, reason: str) -> None:
        print(f"{self._bad('✗')} {reason}", file=sys.stderr, flush=True)

    def _print(self, line: str = "") -> None:
        if not self._quiet:
            # Flushed: it is read while it happens, also through a pipe.
            print(line, flush=True)

    def _bold(self, text: str) -> str:
        return self._style("1", text)

    def _dim(self, text: str) -> str:
        return self._style("2", text)

    def _good(self, text: str) -> str:
        return self._style("32", text)

    def _bad(self, text: str) -> str:
        return self._style("31", text)

    def _style(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self._coloured and text else text


def _suspect(ranked: tuple[int, Suspect]) -> str:
    rank, suspect = ranked
    return f"{rank}. {suspect.name} ({suspect.failure_mode.replace('_', ' ')}, confidence {suspect.confidence:.2f})"


def _times(result: Result) -> str:
    if result.mended_after_seconds is not None:
        mended = f"mended {result.mended_after_seconds:.1f} s"
    else:
        mended = "not mended" if result.is_mending_expected else "nothing to mend"
    told = "nobody told" if result.notified_after_seconds is None else f"told {result.notified_after_seconds:.1f} s"
    return f"{mended}, {told} after the event"
