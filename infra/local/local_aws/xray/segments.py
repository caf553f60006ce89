"""Segment documents, as X-Ray takes or refuses them.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
The error codes that were seen in answers of the real service are MissingId, MissingName, InvalidName, InvalidTraceId
and ParseError; the others here are named in the same way.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_LARGEST_DOCUMENT_BYTES = 64 * 1024
_TRACE_ID = re.compile(r"1-[0-9a-fA-F]{8}-[0-9a-fA-F]{24}")
_ID = re.compile(r"[0-9a-fA-F]{16}")
_NAME = re.compile(r"[\w\s.:/%&#=+\\\-@]{1,200}")
_NAMESPACES = ("aws", "remote")
OUTCOMES = ("ok", "error", "throttle", "fault")


class BadSegment(Exception):
    """Comes back as an UnprocessedTraceSegment."""

    def __init__(self, code: str, segment_id: str | None = None, kind: str = "segment"):
        super().__init__(f"Invalid {kind}. ErrorCode: {code}")
        self.code = code
        self.segment_id = segment_id


@dataclass(frozen=True)
class Segment:
    """A segment, or a subsegment: what one service did, or a call that it made."""

    trace_id: str
    id: str
    parent_id: str | None
    name: str
    start: float
    end: float | None
    """None while it is in progress."""
    is_subsegment: bool
    origin: str | None
    """A segment's: what kind of resource did it."""
    namespace: str | None
    """A subsegment's: `aws` or `remote` for a call to somebody else."""
    outcome: str
    aws: dict[str, Any] = field(default_factory=dict)


def read(document: str) -> list[Segment]:
    """The document's segment and all subsegments in it. Raises BadSegment, and then takes none of them."""
    if len(document.encode()) > _LARGEST_DOCUMENT_BYTES:
        raise BadSegment("DocumentTooLarge")
    try:
        content = json.loads(document)
    except ValueError:
        raise BadSegment("ParseError") from None
    if not isinstance(content, dict):
        raise BadSegment("MissingId")
    kind = "subsegment" if content.get("type") == "subsegment" else "segment"
    segment_id = content.get("id")
    trace_id = content.get("trace_id")
    if segment_id is not None and (not isinstance(trace_id, str) or not _TRACE_ID.fullmatch(trace_id)):
        raise BadSegment("MissingTraceId" if trace_id is None else "InvalidTraceId", str(segment_id), kind)
    if kind == "subsegment" and segment_id is not None and not content.get("parent_id"):
        raise BadSegment("MissingParentId", str(segment_id), kind)
    return list(_flattened(content, trace_id, content.get("parent_id"), kind))


def _flattened(content: dict, trace_id: str, parent_id: str | None, kind: str) -> Iterator[Segment]:
    segment = _one(content, trace_id, parent_id, kind)
    yield segment
    for inner in content.get("subsegments") or []:
        if not isinstance(inner, dict):
            raise BadSegment("ParseError", segment.id, kind)
        yield from _flattened(inner, trace_id, segment.id, "subsegment")


def _one(content: dict, trace_id: str, parent_id: str | None, kind: str) -> Segment:
    segment_id = content.get("id")
    if segment_id is None:
        raise BadSegment("MissingId", None, kind)

    def require(condition: bool, code: str) -> None:
        if not condition:
            raise BadSegment(code, str(segment_id), kind)

    name, start, end = content.get("name"), content.get("start_time"), content.get("end_time")
    require(isinstance(segment_id, str) and _ID.fullmatch(segment_id) is not None, "InvalidId")
    require(parent_id is None or (isinstance(parent_id, str) and _ID.fullmatch(parent_id) is not None), "InvalidParentId")
    require(name is not None, "MissingName")
    require(isinstance(name, str) and _NAME.fullmatch(name) is not None, "InvalidName")
    require(start is not None, "MissingStartTime")
    require(_is_time(start), "InvalidStartTime")
    require(end is not None or content.get("in_progress") is True, "MissingEndTime")
    require(end is None or (_is_time(end) and end >= start), "InvalidEndTime")
    require(content.get("namespace") in (None, "", *_NAMESPACES), "InvalidNamespace")
    aws = content.get("aws")
    return Segment(
        trace_id=trace_id,
        id=segment_id.lower(),
        parent_id=parent_id.lower() if parent_id else None,
        name=name,
        start=float(start),
        end=None if end is None else float(end),
        is_subsegment=kind == "subsegment",
        origin=content.get("origin"),
        namespace=content.get("namespace") or None,
        outcome=_outcome(content),
        aws=aws if isinstance(aws, dict) else {},
    )


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _outcome(content: dict) -> str:
    """A throttled request is an error too, and is counted as throttled; a fault is the server's and goes first."""
    return next((flag for flag in ("fault", "throttle", "error") if content.get(flag) is True), "ok")
