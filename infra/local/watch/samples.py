"""The sample input of each function, in an order in which they build on each other, and what it answers."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from demo.prerequisites import EVENTS


@dataclass(frozen=True)
class Sample:
    function: str
    file: str
    results: tuple[str, ...]
    """Each is right: which one it is depends on how long ago the others were invoked."""

    @property
    def path(self) -> Path:
        return EVENTS / self.file

    def arguments(self) -> list[str]:
        """For `cargo lambda invoke`, called in the repository's root."""
        return [self.function, "--data-file", f"events/{self.file}"]

    def command(self, options: list[str]) -> str:
        return shlex.join(["cargo", "lambda", "invoke", *options, *self.arguments()])


SAMPLES = (
    Sample("ingest", "cloudwatch-alarm-metric.json", ("signal",)),
    Sample("dedup", "dedup.json", ("opened",)),
    Sample("diagnose", "diagnose.json", ("abstained",)),
    Sample("remediate", "remediate-authorize.json", ("deny",)),
    Sample("verify", "verify.json", ("not_yet", "unchanged")),
    # As the state machine tries again: from where verify left the incident, nobody is asked for an approval.
    Sample("diagnose", "diagnose-again.json", ("abstained",)),
    Sample("approve", "approve.json", ("requested",)),
    Sample("notify", "notify.json", ("delivered",)),
)
