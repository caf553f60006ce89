"""Which calls meet which fault: the rules that are in force, and how many calls met each."""

import random
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from typing import Any

from local_aws.settings import Invalid


@dataclass(frozen=True)
class Call:
    """A call to AWS, whoever makes it."""

    action: str
    """As IAM names it, as in `dynamodb:TransactWriteItems`; Lambda's Invoke is `lambda:InvokeFunction`."""
    caller: str
    """ARN; of a state machine's task, its role."""
    body: str
    resource: str = ""


@dataclass(frozen=True)
class Fault:
    action: str
    """The action that meets it; `*` and `?` as in IAM."""
    error: str | None = None
    """The name of the error that is answered; without one, the call is only slow, or its caller killed."""
    message: str = "Injected by a test."
    status: int | None = None
    """HTTP status; without one, what AWS has for this error or errors like it."""
    is_after: bool = False
    """The call has its effect, and then its caller is told that it failed."""
    kills: bool = False
    """The function that makes the call is killed with SIGKILL; before the call or, with `is_after`, after it."""
    delay_seconds: float = 0.0
    skip: int = 0
    """As many calls that match go through first."""
    times: int | None = None
    """As many calls meet it then; without a number, all."""
    share: float = 1.0
    """The part of the calls that meet it, drawn at random with `seed`."""
    seed: int = 0
    contains: tuple[str, ...] = ()
    """The call's body, or its resource, has all of these texts."""
    caller: str = ""
    """The caller's ARN has this text, such as a role's name."""

    def is_about(self, call: Call) -> bool:
        text = f"{call.resource}\n{call.body}"
        return (
            fnmatchcase(call.action, self.action)
            and self.caller in call.caller
            and all(one in text for one in self.contains)
        )


@dataclass
class _Rule:
    fault: Fault
    draw: random.Random
    matched: int = 0
    met: int = 0

    def meets(self, call: Call) -> bool:
        """Counts the call, where it is meant."""
        if not self.fault.is_about(call):
            return False
        self.matched += 1
        if self.matched <= self.fault.skip or (self.fault.times is not None and self.met >= self.fault.times):
            return False
        if self.draw.random() >= self.fault.share:
            return False
        self.met += 1
        return True


_rules: dict[str, _Rule] = {}
_lock = threading.Lock()


def add(description: Any) -> str:
    """Its id. Raises `Invalid`."""
    fault = parse(description)
    identifier = uuid.uuid4().hex
    with _lock:
        _rules[identifier] = _Rule(fault, random.Random(fault.seed))
    return identifier


def met(identifier: str) -> int:
    """How many calls met it. Raises `Invalid`."""
    with _lock:
        return _rule(identifier).met


def remove(identifier: str) -> int:
    """How many calls met it. Raises `Invalid`."""
    with _lock:
        rule = _rule(identifier)
        del _rules[identifier]
        return rule.met


def clear() -> None:
    with _lock:
        _rules.clear()


def fault_for(call: Call) -> Fault | None:
    """The first fault that this call meets."""
    with _lock:
        return next((rule.fault for rule in _rules.values() if rule.meets(call)), None)


def are_any() -> bool:
    return bool(_rules)


def _rule(identifier: str) -> _Rule:
    if identifier not in _rules:
        raise Invalid(f"there is no fault {identifier!r}")
    return _rules[identifier]


def parse(description: Any) -> Fault:
    """Raises `Invalid`."""
    if not isinstance(description, dict):
        raise Invalid("a fault should be a JSON object")
    known = {one.name for one in fields(Fault)}
    if unknown := set(description) - known:
        raise Invalid(f"a fault has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(known))}")
    if problem := next(_problems(description), None):
        raise Invalid(problem)
    return Fault(**description | {"contains": tuple(description.get("contains", ()))})


def _problems(description: dict[str, Any]) -> Iterator[str]:
    action = description.get("action")
    if not isinstance(action, str) or ":" not in action:
        yield f"action is {action!r}; should be as IAM names it, as in 'dynamodb:PutItem'"
    if not isinstance(description.get("contains", []), list):
        yield f"contains is {description['contains']!r}; should be a list of texts"
    if not 0 <= description.get("share", 1) <= 1:
        yield f"share is {description['share']!r}; should be between 0 and 1"
    if not {"error", "kills", "delay_seconds"} & description.keys():
        yield "a fault should have error, kills or delay_seconds"
    if description.get("error") and description.get("kills"):
        yield "a caller that is killed hears of no error: error and kills exclude each other"
