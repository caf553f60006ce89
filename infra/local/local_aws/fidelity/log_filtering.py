"""FilterLogEvents in pages, and only what was asked for.

MiniStack gives the oldest events up to the limit and no way to the others, so a window with many lines looks as if it
had ended early; it does not know a stream's prefix, ignores a line's case and takes a phrase apart.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

import base64
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import cloudwatch_logs as logs

from local_aws import ministack_names as names

_MOST_EVENTS = 10_000
_MOST_BYTES = 1_048_576
_TERM = re.compile(r'(?P<sign>[-?]?)(?:"(?P<phrase>(?:[^"\\]|\\.)*)"|(?P<word>[\w]+))(?=\s|$)')

# Where an event stands among all events of its group.
_Place = tuple[int, int, str, int]


class _Invalid(Exception):
    """An InvalidParameterException."""


def install() -> None:
    names.FILTER_LOG_EVENTS.replace(filter_log_events)


def filter_log_events(request: dict[str, Any]):
    """Takes MiniStack's place, so it has its parameter and result."""
    group = logs._resolve_log_group_name(request)
    if group not in logs._log_groups:
        return error_response_json("ResourceNotFoundException", "The specified log group does not exist.", 400)
    try:
        return json_response(_page(request, logs._log_groups[group]["streams"]))
    except _Invalid as invalid:
        return error_response_json("InvalidParameterException", str(invalid), 400)


def _page(request: dict[str, Any], streams: dict[str, dict]) -> dict[str, Any]:
    limit = request.get("limit", _MOST_EVENTS)
    if not isinstance(limit, int) or not 1 <= limit <= _MOST_EVENTS:
        raise _Invalid(f"limit must be between 1 and {_MOST_EVENTS}.")
    after = _place(request.get("nextToken"))
    matches = _pattern(request.get("filterPattern") or "")
    found: list[dict] = []
    size, last = 0, None
    for place, event in sorted(_events(request, streams), key=lambda entry: entry[0]):
        message = event.get("message", "")
        if (after is not None and place <= after) or not matches(message):
            continue
        size += len(message.encode())
        if found and (len(found) == limit or size > _MOST_BYTES):
            return {"events": found, "searchedLogStreams": [], "nextToken": _token(last)}
        found.append(
            {
                "logStreamName": place[2],
                "timestamp": event["timestamp"],
                "message": message,
                "ingestionTime": event.get("ingestionTime", event["timestamp"]),
                "eventId": event.get("eventId") or f"{event['timestamp']:020d}{abs(hash(place)):036d}"[:56],
            }
        )
        last = place
    return {"events": found, "searchedLogStreams": []}


def _events(request: dict[str, Any], streams: dict[str, dict]) -> Iterator[tuple[_Place, dict]]:
    """Of all streams that were asked for, by the order in which they are given."""
    names, prefix = request.get("logStreamNames"), request.get("logStreamNamePrefix")
    if names and prefix:
        raise _Invalid("logStreamNames and logStreamNamePrefix can not be specified together.")
    start, end = request.get("startTime"), request.get("endTime")
    with logs._log_events_lock:
        histories = {
            name: list(stream["events"])
            for name, stream in streams.items()
            if (not names or name in names) and name.startswith(prefix or "")
        }
    for name, history in histories.items():
        for index, event in enumerate(history):
            at = event["timestamp"]
            if (start is None or at >= start) and (end is None or at <= end):
                yield (at, event.get("ingestionTime", at), name, index), event


def _pattern(pattern: str) -> Callable[[str], bool]:
    """Terms, of which all, none (`-`) or one (`?`) must be in the line as they are written."""
    pattern = pattern.strip()
    terms: dict[str, list[str]] = {"": [], "-": [], "?": []}
    at = 0
    while at < len(pattern):
        term = _TERM.match(pattern, at)
        if term is None:
            raise _Invalid("Invalid filter pattern (or one that the local CloudWatch Logs does not know).")
        phrase = term["phrase"]
        terms[term["sign"]].append(term["word"] if phrase is None else re.sub(r"\\(.)", r"\1", phrase))
        at = term.end() + len(pattern[term.end() :]) - len(pattern[term.end() :].lstrip())
    required, excluded = terms[""], terms["-"]
    # CloudWatch does not look at the optional ones beside others.
    optional = [] if required or excluded else terms["?"]

    def matches(line: str) -> bool:
        return (
            all(term in line for term in required)
            and not any(term in line for term in excluded)
            and (not optional or any(term in line for term in optional))
        )

    return matches


def _token(place: _Place | None) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _place(token: str | None) -> _Place | None:
    if not token:
        return None
    try:
        at, ingested, stream, index = json.loads(base64.urlsafe_b64decode(token))
        return int(at), int(ingested), str(stream), int(index)
    except (ValueError, TypeError):
        raise _Invalid("The specified nextToken is invalid.") from None
