"""Measures the intake on an event that it has had before, and on another event of a known problem."""

from dataclasses import dataclass
from typing import Any

from incident import dynamodb_units
from incident.live_stage import Live, drill_document
from incident.one_incident import executions, start_intake
from loopback.counting_proxy import Call


@dataclass(frozen=True)
class Repeat:
    what: str
    writes: int
    """Calls to DynamoDB that write; a transaction is one."""
    refused: int
    """Of those, how many DynamoDB refused, so that nothing was written."""
    reads: int
    executions_started: int


def repeat(live: Live, event: dict[str, Any]) -> list[Repeat]:
    """Opens an incident with the event first. Leaves it to end by itself."""
    first = drill_document(live, event)
    start_intake(live, first)
    return [
        _taken_in(live, "another event of an open incident", drill_document(live, event)),
        _taken_in(live, "the same event delivered again", first),
    ]


def _taken_in(live: Live, what: str, event: dict[str, Any]) -> Repeat:
    before = executions(live)
    _intake_calls(live)
    start_intake(live, event)
    calls = _intake_calls(live)
    writes = [call for call in calls if dynamodb_units.is_write(call)]
    return Repeat(
        what,
        len(writes),
        sum(call.status != 200 for call in writes),
        sum(dynamodb_units.is_read(call) for call in calls),
        len(executions(live) - before),
    )


def _intake_calls(live: Live) -> list[Call]:
    """Only those of the intake's functions: the incident that was opened is under way meanwhile."""
    return [*live.proxies["ingest"].take(), *live.proxies["dedup"].take()]
