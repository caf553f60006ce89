"""The CLI, run as somebody."""

import json
import subprocess
from dataclasses import dataclass
from typing import Any

from demo.deployment import STACK
from demo.prerequisites import find_build
from local_aws import Credentials
from scene import Scene

_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Said:
    exit_code: int
    out: str
    error: str

    def json(self) -> Any:
        return json.loads(self.out)


def nightshift(scene: Scene, *arguments: str, caller: Credentials | None = None) -> Said:
    """As the account's root unless told otherwise."""
    ended = subprocess.run(
        [find_build().cli, *arguments],
        env=scene.aws.environment(caller) | {"NIGHTSHIFT_STACK": STACK},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    return Said(ended.returncode, ended.stdout.strip(), ended.stderr.strip())
