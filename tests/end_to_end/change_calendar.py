"""The team's change calendars in Systems Manager."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from function_variables import other_variables
from scene import Scene

_AN_HOUR = timedelta(hours=1)


def open_calendar(scene: Scene) -> str:
    """The name of a new one."""
    return _create(scene, _unique_name(), is_frozen=False)


def closed_calendar(scene: Scene) -> str:
    """The name of a new one, with a freeze that began an hour ago."""
    return _create(scene, _unique_name(), is_frozen=True)


def freeze(scene: Scene, name: str) -> None:
    """The calendar has a freeze now."""
    delete(scene, name)
    _create(scene, name, is_frozen=True)


def delete(scene: Scene, name: str) -> None:
    scene.aws.client("ssm").delete_document(Name=name)


def arn_of(scene: Scene, name: str) -> str:
    return f"arn:aws:ssm:{scene.aws.region}:{scene.aws.account}:document/{name}"


@contextmanager
def change_calendars(scene: Scene, *names: str) -> Iterator[None]:
    """Meanwhile these are the stack's `ChangeCalendars`."""
    with other_variables(scene, "remediate", CHANGE_CALENDARS=", ".join(names)):
        yield


def _unique_name() -> str:
    return f"freezes-{uuid.uuid4().hex[:8]}"


def _create(scene: Scene, name: str, *, is_frozen: bool) -> str:
    lines = ["BEGIN:VCALENDAR", "PRODID:-//AWS//Change Calendar 1.0//EN", "VERSION:2.0", "X-CALENDAR-TYPE:DEFAULT_OPEN"]
    if is_frozen:
        now = datetime.now(UTC)
        start, end = (f"{at:%Y%m%dT%H%M%SZ}" for at in (now - _AN_HOUR, now + _AN_HOUR))
        lines += ["BEGIN:VEVENT", "UID:freeze", f"DTSTART:{start}", f"DTEND:{end}", "END:VEVENT"]
    content = "\n".join([*lines, "END:VCALENDAR"])
    scene.aws.client("ssm").create_document(
        Name=name, Content=content, DocumentType="ChangeCalendar", DocumentFormat="TEXT"
    )
    return name
