"""The sample input of each function, in an order in which they build on each other, and what it answers."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demo.prerequisites import EVENTS


@dataclass(frozen=True)
class Sample:
    function: str
    file: str
    results: tuple[str, ...]
    """Each is right: which one it is depends on how long ago the others were invoked."""
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Fields that differ from the file's."""

    @property
    def path(self) -> Path:
        return EVENTS / self.file

    def arguments(self) -> list[str]:
        """For `cargo lambda invoke`, called in the repository's root."""
        if not self.changes:
            return [self.function, "--data-file", f"events/{self.file}"]
        return [self.function, "--data-ascii", json.dumps(json.loads(self.path.read_text()) | self.changes)]

    def command(self, options: list[str]) -> str:
        return shlex.join(["cargo", "lambda", "invoke", *options, *self.arguments()])


SAMPLES = (
    Sample("ingest", "cloudwatch-alarm-metric.json", ("signal",)),
    Sample("dedup", "dedup.json", ("opened",)),
    Sample("diagnose", "diagnose.json", ("abstained",)),
    Sample("remediate", "remediate-authorize.json", ("deny",)),
    Sample("verify", "verify.json", ("not_yet", "unchanged")),
    # As the state machine tries again: from where verify left the incident, nobody is asked for an approval.
    Sample("diagnose", "diagnose.json", ("abstained",), {"attempt": 2}),
    Sample("approve", "approve.json", ("requested",)),
    Sample("notify", "notify.json", ("delivered",)),
)
