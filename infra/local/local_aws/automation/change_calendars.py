"""Change calendars: documents that say when changes are permitted, and their state.

A calendar is open or closed by default, and the other during its events. Asked for several, the state is CLOSED if any is.
None is shared with another account here, so that an ARN of another account or Region names nothing.
https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCalendarState.html
"""

import datetime
import re
from collections.abc import Callable
from typing import Any

from local_aws.automation.errors import SsmError

DOCUMENT_TYPE = "ChangeCalendar"
_TYPE = re.compile(r"^X-CALENDAR-TYPE:(DEFAULT_OPEN|DEFAULT_CLOSED)\s*$", re.MULTILINE)
_EVENT = re.compile(r"^BEGIN:VEVENT\s*$(.*?)^END:VEVENT\s*$", re.MULTILINE | re.DOTALL)
_TIME = "%Y%m%dT%H%M%SZ"
_ARN = re.compile(r"arn:aws[a-z-]*:ssm:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):document/(?P<name>.+)")


class ChangeCalendars:
    def __init__(self, is_other_document: Callable[[str, str, str], bool]) -> None:
        self._is_other_document = is_other_document
        self._contents: dict[tuple[str, str, str], str] = {}

    def create(self, account: str, region: str, request: dict[str, Any]) -> dict[str, Any]:
        name, content = request["Name"], request["Content"]
        if not _TYPE.search(content):
            raise SsmError("InvalidDocumentContent", "expected X-CALENDAR-TYPE:DEFAULT_OPEN or DEFAULT_CLOSED")
        if (account, region, name) in self._contents:
            raise SsmError("DocumentAlreadyExists", f"Document with same name {name} already exists")
        self._contents[account, region, name] = content
        return {"DocumentDescription": {"Name": name, "DocumentType": DOCUMENT_TYPE, "Status": "Active"}}

    def delete(self, account: str, region: str, name: str) -> bool:
        """Whether it was a calendar."""
        return self._contents.pop((account, region, name), None) is not None

    def state(self, account: str, region: str, request: dict[str, Any]) -> dict[str, Any]:
        now = datetime.datetime.now(datetime.UTC)
        at = datetime.datetime.fromisoformat(request["AtTime"]) if "AtTime" in request else now
        is_open = True
        for calendar in request["CalendarNames"]:
            is_open &= _is_open(self._content(account, region, calendar), at)
        return {"State": "OPEN" if is_open else "CLOSED", "AtTime": at.isoformat()}

    def clear(self) -> None:
        self._contents.clear()

    def _content(self, account: str, region: str, calendar: str) -> str:
        """By name or ARN."""
        arn = _ARN.fullmatch(calendar)
        name = arn["name"] if arn else calendar
        if arn is None or (arn["account"], arn["region"]) == (account, region):
            if (account, region, name) in self._contents:
                return self._contents[account, region, name]
            if self._is_other_document(account, region, name):
                raise SsmError("InvalidDocumentType", f"Document {calendar} is not a ChangeCalendar.")
        raise SsmError("InvalidDocument", f"Document with name {calendar} does not exist.")


def _is_open(content: str, at: datetime.datetime) -> bool:
    open_by_default = _TYPE.search(content)[1] == "DEFAULT_OPEN"
    in_event = any(_time(event, "DTSTART") <= at < _time(event, "DTEND") for event in _EVENT.findall(content))
    return open_by_default != in_event


def _time(event: str, name: str) -> datetime.datetime:
    found = re.search(rf"^{name}:(\d{{8}}T\d{{6}}Z)\s*$", event, re.MULTILINE)
    if not found:
        raise SsmError("UnsupportedCalendarException", f"the local calendars read {name} in UTC only")
    return datetime.datetime.strptime(found[1], _TIME).replace(tzinfo=datetime.UTC)
