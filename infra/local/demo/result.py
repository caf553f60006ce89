"""The record of one incident, from breaking to telling."""

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
class Result:
    title: str
    incident_id: str = "none"
    broken_by: Call | None = None
    before: str = ""
    broken: str = ""
    after: str = ""
    cause: str = ""
    """The diagnosis' own sentence: the cause, or why there is none."""
    states: list[str] = field(default_factory=list)
    suspects: list[Suspect] = field(default_factory=list)
    second_opinion: SecondOpinion | None = None
    """The model's second opinion, if one was asked."""
    followed: tuple[str, ...] = ()
    """The components from the symptom to the cause, where calls had to be followed."""
    verdicts: list[Verdict] = field(default_factory=list)
    approved_by: str | None = None
    """The person who approved the plan, where one had to."""
    actions: list[Action] = field(default_factory=list)
    writes: list[Call] = field(default_factory=list)
    """Every change of the account that Nightshift made meanwhile."""
    resolution: str = "none"
    reason: str = ""
    notification: Notification | None = None
    is_mending_expected: bool = True
    mended_after_seconds: float | None = None
    notified_after_seconds: float | None = None
    failures: list[str] = field(default_factory=list)
    """Why it did not end as it must; empty when it did."""

    @property
    def is_as_it_must(self) -> bool:
        return not self.failures
