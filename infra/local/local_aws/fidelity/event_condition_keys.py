"""Policies see what PutEvents puts in, as `events:source` and `events:detail-type`.

MiniStack has neither key, so that a policy that names one permits nothing. A call of several sources is permitted only if
the policy permits each: here it has no source that a policy could name.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
"""

import json
from collections.abc import Callable
from typing import Any

from local_aws import ministack_names as names

_KEYS = {"events:source": "Source", "events:detail-type": "DetailType"}


def install() -> None:
    names.REQUEST_TAG_CONTEXT.wrap(_with_event_keys)


def _with_event_keys(original: Callable[..., dict]) -> Callable[..., dict]:
    def request_tag_context(service, iam_action, body, *others):
        found = original(service, iam_action, body, *others)
        return found | _event_keys(body) if iam_action == "events:PutEvents" else found

    return request_tag_context


def _event_keys(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return {}
    entries = request.get("Entries") if isinstance(request, dict) else None
    entries = [entry for entry in entries or [] if isinstance(entry, dict)]
    values = {key: {str(entry.get(field)) for entry in entries} for key, field in _KEYS.items()}
    return {key: found.pop() for key, found in values.items() if len(found) == 1}
