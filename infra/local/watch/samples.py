"""The sample input of each function, in an order in which they build on each other, and what it answers."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from demo.prerequisites import ROOT


@dataclass(frozen=True)
class Sample:
    function: str
    file: str
    """From the repository's root."""
    results: tuple[str, ...]
    """Each is right: which one it is depends on how long ago the others were invoked."""

    @property
    def path(self) -> Path:
        return ROOT / self.file

    def arguments(self) -> list[str]:
        """For `cargo lambda invoke`, called in the repository's root."""
        return [self.function, "--data-file", self.file]

    def command(self, options: list[str]) -> str:
        return shlex.join(["cargo", "lambda", "invoke", *options, *self.arguments()])


SAMPLES = (
    Sample("webhook", "function_inputs/webhook.json", ("accepted",)),
    Sample("ingest", "events/cloudwatch-alarm-metric.json", ("signal",)),
    Sample("dedup", "function_inputs/dedup.json", ("opened",)),
    Sample("diagnose", "function_inputs/diagnose.json", ("abstained",)),
    Sample("remediate", "function_inputs/remediate-authorize.json", ("deny",)),
    Sample("verify", "function_inputs/verify.json", ("not_yet", "unchanged")),
    # As the state machine tries again: from where verify left the incident, nobody is asked for an approval.
    Sample("diagnose", "function_inputs/diagnose-again.json", ("abstained",)),
    Sample("approve", "function_inputs/approve.json", ("requested",)),
    Sample("notify", "function_inputs/notify.json", ("delivered",)),
    Sample("sequence", "function_inputs/sequence.json", ("joined",)),
)
