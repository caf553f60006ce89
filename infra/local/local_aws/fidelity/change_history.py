"""LookupEvents in pages, and late where a setting says so: CloudTrail lists an event minutes after it happened.

MiniStack gives the newest 50 records and no way to ask for more.

In a workload's minute those are all reads, and the change before them could not be found.
"""

import time

from ministack.services import cloudtrail

from local_aws import ministack_names as names
from local_aws import settings

_MAX_PAGE = 50
_MATCHES = {
    "EventId": lambda event, value: event["EventId"] == value,
    "EventName": lambda event, value: event["EventName"] == value,
    "EventSource": lambda event, value: event["EventSource"] == value,
    "Username": lambda event, value: event["Username"] == value,
    "AccessKeyId": lambda event, value: event.get("AccessKeyId") == value,
    "ReadOnly": lambda event, value: event["ReadOnly"] == value,
    "ResourceName": lambda event, value: any(value == one["ResourceName"] for one in event["Resources"]),
    "ResourceType": lambda event, value: any(value == one["ResourceType"] for one in event["Resources"]),
}


def install() -> None:
    names.LOOKUP_EVENTS.replace(lookup_events)


def lookup_events(request: dict):
    """Takes MiniStack's place, so it has its parameter and result."""
    attributes = request.get("LookupAttributes") or []
    if len(attributes) > 1:
        return cloudtrail._err("InvalidLookupAttributesException", "Currently one lookup attribute can be specified.")
    start, end = request.get("StartTime"), request.get("EndTime")
    try:
        skip = int(request.get("NextToken") or 0)
    except ValueError:
        return cloudtrail._err("InvalidNextTokenException", "The token is invalid.")
    listed_until = time.time() - settings.current().trail_lag_seconds
    found = [
        event
        for event in reversed(list(cloudtrail._get_event_queue()))
        if event["EventTime"] <= listed_until
        and (start is None or event["EventTime"] >= float(start))
        and (end is None or event["EventTime"] <= float(end))
        and all(_MATCHES[one["AttributeKey"]](event, one["AttributeValue"]) for one in attributes)
    ]
    size = min(int(request.get("MaxResults") or _MAX_PAGE), _MAX_PAGE)
    result = {"Events": found[skip : skip + size]}
    if len(found) > skip + size:
        result["NextToken"] = str(skip + size)
    return cloudtrail._ok(result)
