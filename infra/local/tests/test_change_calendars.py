import datetime

import pytest
from botocore.exceptions import ClientError


def _calendar(kind: str, *events: tuple[datetime.datetime, datetime.datetime]) -> str:
    lines = ["BEGIN:VCALENDAR", "PRODID:-//AWS//Change Calendar 1.0//EN", "VERSION:2.0", f"X-CALENDAR-TYPE:{kind}"]
    for start, end in events:
        times = [f"{name}:{at:%Y%m%dT%H%M%SZ}" for name, at in (("DTSTART", start), ("DTEND", end))]
        lines += ["BEGIN:VEVENT", *times, "END:VEVENT"]
    return "\n".join([*lines, "END:VCALENDAR"])


def _hours(hours: int) -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=hours)


def _create(aws, name: str, content: str) -> str:
    ssm = aws.client("ssm")
    ssm.create_document(Name=name, Content=content, DocumentType="ChangeCalendar", DocumentFormat="TEXT")
    return name


@pytest.mark.parametrize(
    ("kind", "event", "expected"),
    [
        ("DEFAULT_OPEN", None, "OPEN"),
        ("DEFAULT_OPEN", (-1, 1), "CLOSED"),
        ("DEFAULT_OPEN", (1, 2), "OPEN"),
        ("DEFAULT_CLOSED", None, "CLOSED"),
        ("DEFAULT_CLOSED", (-1, 1), "OPEN"),
    ],
)
def test_calendar_is_open_by_its_type_and_its_events(aws, name, kind, event, expected):
    events = [tuple(map(_hours, event))] if event else []
    _create(aws, name, _calendar(kind, *events))
    assert aws.client("ssm").get_calendar_state(CalendarNames=[name])["State"] == expected


def test_calendars_together_are_closed_if_any_is(aws, name):
    opened = _create(aws, f"{name}-open", _calendar("DEFAULT_OPEN"))
    closed = _create(aws, f"{name}-closed", _calendar("DEFAULT_CLOSED"))
    arn = f"arn:aws:ssm:us-east-1:123456789012:document/{closed}"
    assert aws.client("ssm").get_calendar_state(CalendarNames=[opened, arn])["State"] == "CLOSED"


def test_calendar_that_was_deleted_is_unknown(aws, name):
    _create(aws, name, _calendar("DEFAULT_OPEN"))
    aws.client("ssm").delete_document(Name=name)
    assert _refusal(aws, name) == "InvalidDocument"


@pytest.mark.parametrize("place", ["eu-west-1:123456789012", "us-east-1:210987654321"])
def test_calendar_of_another_region_or_account_is_unknown(aws, name, place):
    _create(aws, name, _calendar("DEFAULT_OPEN"))
    assert _refusal(aws, f"arn:aws:ssm:{place}:document/{name}") == "InvalidDocument"


def test_document_that_is_no_calendar_is_refused(aws):
    assert _refusal(aws, "Nightshift-StartInstance") == "InvalidDocumentType"


def _refusal(aws, calendar: str) -> str:
    with pytest.raises(ClientError) as refused:
        aws.client("ssm").get_calendar_state(CalendarNames=[calendar])
    return refused.value.response["Error"]["Code"]
