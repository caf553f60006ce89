"""In which ways the local AWS is as slow and as unreliable as AWS; changed while it runs, see README, Settings.

Everything is off at first, so that tests and the demo do not wait for what they are not about.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any


class Invalid(ValueError):
    """A setting that does not exist, or a value that it cannot have."""


@dataclass(frozen=True)
class Settings:
    automation_step_seconds: float = 0.0
    """How long each step of an automation takes; half of it before the step's action and half after it."""
    automation_seconds_by_step: Mapping[str, float] = field(default_factory=dict)
    """The same for steps of these names."""
    automation_timeouts_by_step: Mapping[str, float] = field(default_factory=dict)
    """Replaces `timeoutSeconds` of steps of these names: the documents' own are minutes."""
    automation_token_seconds: float = 0.0
    """How long SSM remembers a ClientToken; 0: for ever."""
    automation_refuses_reused_tokens: bool = False
    """A ClientToken that comes again is an error, and not the execution that it started."""
    alarm_whole_periods: bool = False
    """Alarms look at whole periods of the clock and, where data is missing, further back, as CloudWatch does."""
    ecs_rollout_seconds: float = 0.0
    """How long a deployment's tasks take to be RUNNING, or to fail often enough for the circuit breaker."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


_current = Settings()


def current() -> Settings:
    return _current


def change(changes: Any) -> Settings:
    """Sets these and leaves the others; the new settings. Raises `Invalid`."""
    global _current
    _current = changed(_current, changes)
    return _current


def reset() -> None:
    global _current
    _current = Settings()


def changed(before: Settings, changes: Any) -> Settings:
    """Raises `Invalid`."""
    if not isinstance(changes, dict):
        raise Invalid("settings should be a JSON object")
    known = {setting.name: setting.default for setting in fields(Settings)}
    for name, value in changes.items():
        if name not in known:
            raise Invalid(f"there is no setting {name!r}; known are {', '.join(sorted(known))}")
        _check(name, value, getattr(Settings(), name))
    return replace(before, **changes)


def _check(name: str, value: Any, default: Any) -> None:
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise Invalid(f"{name} is {value!r}; should be true or false")
    elif isinstance(default, float):
        if not _is_seconds(value):
            raise Invalid(f"{name} is {value!r}; should be a number of seconds, 0 or more")
    elif not isinstance(value, dict) or not all(_is_seconds(one) for one in value.values()):
        raise Invalid(f"{name} is {value!r}; should have a number of seconds by name")


def _is_seconds(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
