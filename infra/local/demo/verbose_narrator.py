"""`make demo VERBOSE=1`: every state, ledger record and message as it happens."""

from collections.abc import Iterator
from contextlib import contextmanager

from demo import result_text
from demo.narrator import Narrator, Step
from demo.nightshift import Audit, Entry, Suspect
from demo.result import Result
from demo.state_path import summarize
from demo.timeline_text import describe
from demo.trail import Call

# The beginning says what happened; the rest of a message is details and links.
_MESSAGE_LINES = 40
_MOST_SUSPECTS = 3


class VerboseNarrator(Narrator):
    @contextmanager
    def step(self, what: str) -> Iterator[Step]:
        self.terminal.line(f"  {what} …")
        with super().step(what) as step:
            yield step

    def incident(self, number: int, of: int, title: str) -> None:
        super().incident(number, of, title)
        self.terminal.rule()

    def before(self, text: str) -> None:
        self.detail("before", text)

    def broken_by(self, cause: Call | str) -> None:
        self.detail("broken by", f"{cause} (CloudTrail {cause.event_id})" if isinstance(cause, Call) else cause)

    def detail(self, label: str, text: str) -> None:
        self.terminal.labelled(label, text)

    def state(self, seconds: float, name: str) -> None:
        self.terminal.line(f"  {self.terminal.dim(f'{seconds:7.1f} s ')}  {name}")

    def record(self, entry: Entry) -> None:
        self.terminal.beside(describe(entry))

    def result(self, result: Result) -> None:
        self.detail("states", summarize(result.states))
        self.detail("cause", result_text.cause(result))
        if result.suspects:
            self.detail("engine", "; ".join(map(_suspect, enumerate(result.suspects[:_MOST_SUSPECTS], start=1))))
            self.detail("call path", " → ".join(result.suspects[0].path))
        for line in result.second_opinion.lines() if result.second_opinion else []:
            self.detail("model", line)
        self.detail("verdict", result_text.verdict(result))
        self.detail("action", result_text.action(result))
        if result.second_alarm:
            self.detail("2nd alarm", result_text.second_alarm(result.second_alarm))
        for call in reversed(result.writes):
            self.detail("changed", f"{call} (CloudTrail {call.event_id})")
        self.detail("before", result.before)
        self.detail("after", result.after)
        if message := result.notification:
            self.detail("message", f"{message.subject} (SNS {message.topic} to SQS, {message.message_id})")
            for line in message.body.strip().splitlines()[:_MESSAGE_LINES]:
                self.detail("", line)
        self.detail("time", _times(result))
        if result.is_as_expected:
            self.terminal.line(f"  {self.terminal.mark(True)} {result_text.ending(result)}")
        self._failures(result)

    def audit(self, audit: Audit) -> None:
        self.terminal.heading("Audit trail")
        self.terminal.rule()
        self.terminal.line(f"  {self.terminal.mark(audit.is_intact)} {audit.output}")
        found = audit.tampering_found or "an edited record was not found"
        self.terminal.line(f"  {self.terminal.mark(audit.holds)} On a tampered copy of its table: {found}")

    def table(self, lines: list[str]) -> None:
        self.terminal.heading("Summary")
        self.terminal.rule()
        for line in lines:
            self.terminal.line(f"  {line}")


def _suspect(ranked: tuple[int, Suspect]) -> str:
    rank, suspect = ranked
    return f"{rank}. {suspect.name} ({suspect.failure_mode.replace('_', ' ')}, confidence {suspect.confidence * 100:.0f} %)"


def _times(result: Result) -> str:
    restored, notified = result.restored_after_seconds, result.notified_after_seconds
    if restored is not None:
        parts = [f"restored {restored:.1f} s after the event"]
    else:
        parts = ["not restored" if result.is_restoring_expected else "nothing to restore"]
    parts.append("on-call not notified" if notified is None else f"on-call notified {notified:.1f} s after the event")
    return ", ".join(parts)
