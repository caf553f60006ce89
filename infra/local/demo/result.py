"""The record of one incident, from its cause to the notification."""

from dataclasses import dataclass, field

from demo.inbox import Notification
from demo.nightshift import Suspect
from demo.second_opinion import SecondOpinion
from demo.trail import Call


@dataclass
class Verdict:
    decision: str
    action: str
    policies: list[str]


@dataclass
class Action:
    """An automation that was started, and how it ended."""

    action: str
    status: str


@dataclass
class SecondAlarm:
    """The incident of another alarm about the same fault."""

    alarm: str
    incident_id: str
    resolution: str = "none"
    reason: str = ""
    actions: int = 0


@dataclass
class Result:
    title: str
    incident_id: str = "none"
    broken_by: Call | None = None
    before: str = ""
    broken: str = ""
    after: str = ""
    cause: str = ""
    """The diagnosis' summary: the cause, or why none was found."""
    states: list[str] = field(default_factory=list)
    suspects: list[Suspect] = field(default_factory=list)
    second_opinion: SecondOpinion | None = None
    """The model's second opinion, if one was asked."""
    call_path: tuple[str, ...] = ()
    """The call path from the symptom to the cause, where the incident expects one."""
    verdicts: list[Verdict] = field(default_factory=list)
    approved_by: str | None = None
    """The person who approved the plan, where one had to."""
    denied_by: str | None = None
    """The person who denied it."""
    second_alarm: SecondAlarm | None = None
    actions: list[Action] = field(default_factory=list)
    writes: list[Call] = field(default_factory=list)
    """Every change that Nightshift made in the account during the incident."""
    resolution: str = "none"
    reason: str = ""
    notification: Notification | None = None
    is_restoring_expected: bool = True
    is_undone: bool = False
    """True if the last action is to be the undo of the one before it."""
    restored_after_seconds: float | None = None
    notified_after_seconds: float | None = None
    failures: list[str] = field(default_factory=list)
    """How the result differs from what is expected; empty if it does not."""

    @property
    def is_as_expected(self) -> bool:
        return not self.failures
