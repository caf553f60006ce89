"""Which permissions were asked for, by whom, and what the caller's own policies said: for tests of least privilege.

Only where the emulator is started with LOCAL_AWS_PERMISSION_LOG=<file>. Each different answer is one line of JSON.
"""

import json
import os
import threading
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from pathlib import Path

from local_aws import ministack_names as names

VARIABLE = "LOCAL_AWS_PERMISSION_LOG"
_LEADING_KEYS = "dynamodb:leadingkeys"
"""In lower case, as the evaluator has it."""
_of_resource: ContextVar[bool] = ContextVar("of_resource", default=False)


@dataclass(frozen=True)
class Check:
    principal: str
    """ARN; the session's where a role was assumed."""
    action: str
    is_allowed: bool
    item_kind: str | None = None
    """What the partition key of an item of DynamoDB begins with, up to its first `#`; `None` for any other call."""

    @property
    def role(self) -> str | None:
        """Its name, where the principal is one or has assumed one."""
        kind, *names = self.principal.rpartition(":")[2].split("/")
        if kind == "assumed-role":
            return names[0]
        return names[-1] if kind == "role" else None


def read(log: Path) -> set[Check]:
    return {Check(**json.loads(line)) for line in log.read_text().splitlines()} if log.exists() else set()


def install() -> None:
    """Must run before anything else takes the evaluator's functions by name."""
    if path := os.environ.get(VARIABLE):
        names.EVALUATE.wrap(lambda original: _recording(original, Path(path)))
        names.EVALUATE_RESOURCE_POLICY.wrap(_unrecorded)


def _recording(original: Callable, log: Path) -> Callable:
    known: set[Check] = set()
    lock = threading.Lock()

    def evaluate(context, *policies):
        result = original(context, *policies)
        is_allowed = result.decision == "Allow"
        checks = {Check(context.principal_arn, context.action, is_allowed, kind) for kind in _item_kinds(context)}
        with lock:
            new = checks - known
            if not _of_resource.get() and new:
                known.update(new)
                with log.open("a") as output:
                    output.writelines(json.dumps(asdict(check)) + "\n" for check in new)
        return result

    return evaluate


def _item_kinds(context) -> set[str | None]:
    keys = context.service_context.get(_LEADING_KEYS) or []
    return {key.partition("#")[0] for key in keys} or {None}


def _unrecorded(original: Callable) -> Callable:
    """A resource's policy says nothing about what its caller was granted."""

    def evaluate_resource_policy(*arguments, **named):
        set_before = _of_resource.set(True)
        try:
            return original(*arguments, **named)
        finally:
            _of_resource.reset(set_before)

    return evaluate_resource_policy
