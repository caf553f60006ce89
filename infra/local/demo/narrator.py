"""The demo's default output: a short block for each incident, and a table at the end."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from demo import result_text
from demo.nightshift import Audit, Entry
from demo.result import Result
from demo.terminal import Terminal
from demo.trail import Call

_LINES_OF_A_CAUSE = 2


@dataclass
class Step:
    detail: str = ""


class Narrator:
    """Prints a short block for each incident; `VerboseNarrator` prints every step."""

    def __init__(self, *, quiet: bool = False):
        self.terminal = Terminal(quiet=quiet)

    @contextmanager
    def step(self, what: str) -> Iterator[Step]:
        step = Step()
        started = time.monotonic()
        yield step
        seconds = f"{time.monotonic() - started:.1f} s"
        terminal = self.terminal
        terminal.line(f"  {terminal.mark(True)} {what}  {terminal.dim(seconds)}  {terminal.dim(step.detail)}".rstrip())

    def incident(self, number: int, of: int, title: str) -> None:
        self.terminal.heading(f"{number}/{of}  {title}")

    def before(self, text: str) -> None:
        self._short("before", text)

    def broken_by(self, cause: Call | str) -> None:
        self._short("broken by", str(cause))

    def detail(self, label: str, text: str) -> None:
        """Printed by `VerboseNarrator` only."""

    def state(self, seconds: float, name: str) -> None:
        """Printed by `VerboseNarrator` only."""

    def record(self, entry: Entry) -> None:
        """Printed by `VerboseNarrator` only."""

    def result(self, result: Result) -> None:
        self.terminal.labelled("cause", result_text.short_cause(result), _LINES_OF_A_CAUSE)
        if result.call_path:
            self._short("call path", " → ".join(result.call_path))
        if result.second_opinion:
            self._short("model", result.second_opinion.summary())
        self._short("verdict", result_text.verdict(result))
        self._short("action", result_text.action(result))
        if result.second_alarm:
            self._short("2nd alarm", result_text.second_alarm(result.second_alarm))
        if after := result_text.after(result):
            self._short("after", after)
        self._failures(result)

    def audit(self, audit: Audit) -> None:
        self.terminal.line()
        first_line = audit.output.partition("\n")[0]
        self.terminal.line(f"{self.terminal.mark(audit.is_intact)} Audit trail: {first_line}")
        found = audit.tampering_found or "an edited record was not found"
        self.terminal.line(f"{self.terminal.mark(audit.holds)} On a tampered copy of its table: {found}")

    def table(self, lines: list[str]) -> None:
        self.terminal.line()
        for line in lines:
            self.terminal.line(f"  {line}")

    def concluded(self, is_good: bool, text: str) -> None:
        self.terminal.line()
        self.terminal.line(f"{self.terminal.mark(is_good)} {text}")

    def failed(self, reason: str) -> None:
        print(f"{self.terminal.mark(False)} {reason}", file=sys.stderr, flush=True)

    def _short(self, label: str, text: str) -> None:
        self.terminal.labelled(label, text, most_lines=1)

    def _failures(self, result: Result) -> None:
        for failure in result.failures:
            self.terminal.line(f"  {self.terminal.mark(False)} {failure}")
