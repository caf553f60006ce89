"""Which permissions were asked for, by whom, and what the policies said: for tests of least privilege.

Only where the emulator is started with LOCAL_AWS_PERMISSION_LOG=<file>. Each different answer is one line of JSON.
"""

import json
import os
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

VARIABLE = "LOCAL_AWS_PERMISSION_LOG"


@dataclass(frozen=True)
class Check:
    principal: str
    """ARN, of the session where a role was assumed."""
    action: str
    is_allowed: bool

    @property
    def role(self) -> str | None:
        """Its name, where the principal had assumed one."""
        kind, _, rest = self.principal.rpartition(":")[2].partition("/")
        return rest.partition("/")[0] if kind == "assumed-role" else None


def read(log: Path) -> set[Check]:
    return {Check(**json.loads(line)) for line in log.read_text().splitlines()} if log.exists() else set()


def install() -> None:
    """Must run before anything else takes the evaluator's function by name."""
    import ministack.core.iam_evaluator as iam_evaluator

    if path := os.environ.get(VARIABLE):
        iam_evaluator.evaluate = _recording(iam_evaluator.evaluate, Path(path))


def _recording(original: Callable, log: Path) -> Callable:
    known: set[Check] = set()
    lock = threading.Lock()

    def evaluate(context, *policies):
        result = original(context, *policies)
        check = Check(context.principal_arn, context.action, result.decision == "Allow")
        with lock:
            if check not in known:
                known.add(check)
                with log.open("a") as output:
                    output.write(json.dumps(asdict(check)) + "\n")
        return result

    return evaluate
