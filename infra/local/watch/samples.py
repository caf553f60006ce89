"""The sample input of each function, in the order in which they build on each other, and what it answers."""

from dataclasses import dataclass
from pathlib import Path

from demo.prerequisites import EVENTS


@dataclass(frozen=True)
class Sample:
    function: str
    file: str
    results: tuple[str, ...]
    """Each is right: which one it is depends on what was invoked before, and when."""

    @property
    def path(self) -> Path:
        return EVENTS / self.file


SAMPLES = (
    Sample("ingest", "cloudwatch-alarm-metric.json", ("signal",)),
    Sample("dedup", "dedup.json", ("opened",)),
    Sample("diagnose", "diagnose.json", ("abstained",)),
    Sample("remediate", "remediate-authorize.json", ("deny",)),
    Sample("approve", "approve.json", ("requested",)),
    Sample("verify", "verify.json", ("not_yet", "unchanged")),
    Sample("notify", "notify.json", ("delivered",)),
)
