"""The parts in which the incidents of the demo differ."""

from abc import ABC, abstractmethod
from typing import Literal

from demo.event_documents import Event
from demo.stage import Stage


class Incident(ABC):
    title: str
    broken_by_api: str | None = None
    """The API call by alice that causes the incident; None when nothing in the account changes."""
    resolution = "by_nightshift"
    final_message = "resolved"
    first_decision: str | None = "allow"
    answer: Literal["approve", "deny"] = "approve"
    """What on-call answers, if a plan waits for approval."""
    is_undone = False
    """True if the action does not help, so that it is undone after somebody's approval."""
    step_seconds: float = 0.0
    """How long each step of an automation takes; on AWS it is about a second."""
    asks_model: bool | None = False
    """True if playbooks and engine are not sure of a cause, so that a model is asked; `None` where a rival may be near."""
    path: tuple[str, ...] = ()
    """The call path that the diagnosis must name, from the symptom to the cause; empty where it need not name one."""

    @abstractmethod
    def current_state(self, stage: Stage) -> str:
        """Describes the resource as its service reports it."""

    @abstractmethod
    def break_it(self, stage: Stage) -> None: ...

    @abstractmethod
    def event(self, stage: Stage) -> Event:
        """Waits for the symptom; the event that AWS would send for it."""

    @property
    def is_restoring_expected(self) -> bool:
        return self.first_decision is not None and self.answer == "approve"

    def second_event(self, stage: Stage) -> Event | None:
        """What AWS sends for another alarm about the same fault; none where there is none."""
        return None

    @abstractmethod
    def is_restored(self, stage: Stage) -> bool:
        """Reads the resource and reports whether it is in its state from before the incident."""

    def clean_up(self, stage: Stage) -> None:
        """Repairs what Nightshift is right not to repair."""
