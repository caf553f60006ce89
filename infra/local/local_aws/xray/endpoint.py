"""PutTraceSegments and GetServiceGraph on MiniStack's port, under its IAM."""

import base64
import json
import math
from typing import Any

from ministack.core.responses import (
    AccountRegionScopedDict,
    error_response_json,
    get_account_id,
    json_response,
    new_uuid,
)

from local_aws import ministack_names as names
from local_aws.xray import service_graph
from local_aws.xray.segments import BadSegment, Segment, read

_SERVICE = "xray"
# X-Ray's own limit on one graph.
_LONGEST_WINDOW_SECONDS = 6 * 3600
# X-Ray does not say how many; small, so that whoever does not ask for more is found out.
PAGE_SIZE = 10
# A page can be asked for again, but not for ever.
_KEPT_GRAPHS = 50


class Refused(Exception):
    """An InvalidRequestException; the message is the service's."""


class XRay:
    def __init__(self) -> None:
        self._segments = AccountRegionScopedDict()
        self._graphs: dict[str, list[dict[str, Any]]] = {}
        self.operations = {"/TraceSegments": self.put_trace_segments, "/ServiceGraph": self.get_service_graph}

    def put_trace_segments(self, request: dict[str, Any]) -> dict[str, Any]:
        documents = request.get("TraceSegmentDocuments")
        if not isinstance(documents, list) or not all(isinstance(one, str) for one in documents):
            raise Refused("TraceSegmentDocuments must be a list of strings")
        unprocessed = []
        for document in documents:
            try:
                for segment in read(document):
                    self._keep(segment)
            except BadSegment as bad:
                reason = {"ErrorCode": bad.code, "Message": str(bad)}
                unprocessed.append(({"Id": bad.segment_id} if bad.segment_id else {}) | reason)
        return {"UnprocessedTraceSegments": unprocessed}

    def _keep(self, segment: Segment) -> None:
        key = (segment.trace_id, segment.id)
        known = self._segments.get(key)
        # The complete one overwrites the one in progress, in whichever order they come.
        if known is None or known.end is None or segment.end is not None:
            self._segments[key] = segment

    def get_service_graph(self, request: dict[str, Any]) -> dict[str, Any]:
        start, end = _time(request, "StartTime"), _time(request, "EndTime")
        if start >= end:
            raise Refused("StartTime must be before EndTime")
        if end - start > _LONGEST_WINDOW_SECONDS:
            raise Refused("Time range cannot be longer than 6 hours")
        if request.get("GroupName", "Default") != "Default" or "GroupARN" in request:
            raise Refused("The specified group does not exist.")
        token = request.get("NextToken")
        if token:
            graph_id, offset = self._position(token)
        else:
            graph_id, offset = self._remember(start, end), 0
        services = self._graphs[graph_id]
        page = services[offset : offset + PAGE_SIZE]
        answer = {"StartTime": start, "EndTime": end, "Services": page, "ContainsOldGroupVersions": False}
        if offset + PAGE_SIZE < len(services):
            answer["NextToken"] = base64.urlsafe_b64encode(f"{graph_id} {offset + PAGE_SIZE}".encode()).decode()
        return answer

    def _remember(self, start: float, end: float) -> str:
        """All pages are of one graph, so that the references in it hold."""
        while len(self._graphs) >= _KEPT_GRAPHS:
            self._graphs.pop(next(iter(self._graphs)))
        graph_id = new_uuid()
        self._graphs[graph_id] = service_graph.build(self._segments.values(), start, end, get_account_id())
        return graph_id

    def _position(self, token: str) -> tuple[str, int]:
        try:
            graph_id, _, offset = base64.urlsafe_b64decode(token).decode().partition(" ")
            position = graph_id, int(offset)
        except ValueError:
            raise Refused("Invalid NextToken") from None
        if graph_id not in self._graphs:
            raise Refused("Invalid NextToken")
        return position

    async def handle_request(self, method, path, _headers, body, _query_params):
        operation = self.operations.get(path.rstrip("/")) if method == "POST" else None
        if operation is None:
            return error_response_json("UnknownOperationException", f"the local X-Ray has no {method} {path}", 404)
        try:
            request = json.loads(body or b"{}")
            if not isinstance(request, dict):
                raise Refused("the body must be an object")
            return json_response(operation(request))
        except ValueError:
            return error_response_json("SerializationException", "the body is not JSON", 400)
        except Refused as refused:
            return error_response_json("InvalidRequestException", str(refused), 400)


def _time(request: dict[str, Any], name: str) -> float:
    value = request.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise Refused(f"{name} must be a time in seconds")
    return float(value)


def install() -> None:
    names.SERVICE_PATTERNS.value()[_SERVICE] = {"host_patterns": [r"xray\."], "credential_scope": _SERVICE}
    names.IAM_NAMESPACES.value()[_SERVICE] = _SERVICE
    names.BOTOCORE_SERVICE_MAP.value()[_SERVICE] = [_SERVICE]
    names.SERVICE_HANDLERS.value()[_SERVICE] = XRay().handle_request
