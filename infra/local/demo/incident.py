"""The parts in which the incidents of the demo differ."""

from abc import ABC, abstractmethod

from demo.event_documents import Event
from demo.stage import Stage


class Incident(ABC):
    title: str
    broken_by_api: str | None = None
    """The API alice calls; None when nothing in the account changes."""
    resolution = "by_nightshift"
    told_at_the_end = "resolved"
    first_decision: str | None = "allow"
    asks_model = False
    """True if playbooks and engine leave a doubt, so that a model is asked."""
    path: tuple[str, ...] = ()
    """The components that the diagnosis must have followed, from the symptom to the cause; empty where none."""

    @abstractmethod
    def look(self, stage: Stage) -> str:
        """The resource as its service shows it."""

    @abstractmethod
    def break_it(self, stage: Stage) -> None: ...

    @abstractmethod
    def event(self, stage: Stage) -> Event:
        """Waits for the symptom and gives the event that AWS would send for it."""

    @abstractmethod
    def is_mended(self, stage: Stage) -> bool:
        """Reads the resource back and says if it is as it was before."""

    def clean_up(self, stage: Stage) -> None:
        """Repairs what Nightshift rightly leaves broken."""
