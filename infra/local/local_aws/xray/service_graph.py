"""From segments to the graph of services, as GetServiceGraph gives it.

A node for each service that sent segments, for each that only its callers' subsegments tell of (inferred), and for the
clients of those that were called first. An edge is a call: a subsegment whose id is the parent of another service's
segment, or one that no segment answers to.
https://docs.aws.amazon.com/xray/latest/api/API_GetServiceGraph.html
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from local_aws.xray.segments import OUTCOMES, Segment

_CLIENT = "client"
# What an inferred node is called and is, by the service that was called: the member of `aws` with the resource's name.
_RESOURCES = {
    "dynamodb": ("table_name", "AWS::DynamoDB::Table"),
    "lambda": ("function_name", "AWS::Lambda"),
    "s3": ("bucket_name", "AWS::S3::Bucket"),
    "sqs": ("queue_url", "AWS::SQS::Queue"),
}
_MILLISECOND_DIGITS = 3

NodeKey = tuple[str, str | None]


@dataclass
class _Statistics:
    outcomes: Counter = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    start: float = float("inf")
    end: float = float("-inf")

    def add(self, segment: Segment) -> None:
        self.start = min(self.start, segment.start)
        self.end = max(self.end, segment.end if segment.end is not None else segment.start)
        if segment.end is not None:
            self.outcomes[segment.outcome] += 1
            self.seconds.append(segment.end - segment.start)

    def times(self) -> dict[str, float]:
        return {"StartTime": self.start, "EndTime": self.end}

    def summary(self) -> dict[str, Any]:
        ok, error, throttle, fault = (self.outcomes[outcome] for outcome in OUTCOMES)
        return {
            "OkCount": ok,
            "ErrorStatistics": {"ThrottleCount": throttle, "OtherCount": error, "TotalCount": error + throttle},
            "FaultStatistics": {"OtherCount": fault, "TotalCount": fault},
            "TotalCount": len(self.seconds),
            "TotalResponseTime": sum(self.seconds),
        }

    def histogram(self) -> list[dict[str, Any]]:
        counts = Counter(round(seconds, _MILLISECOND_DIGITS) for seconds in self.seconds)
        return [{"Value": value, "Count": count} for value, count in sorted(counts.items())]


@dataclass
class _Node:
    statistics: _Statistics = field(default_factory=_Statistics)
    edges: dict[NodeKey, _Statistics] = field(default_factory=dict)
    is_root: bool = False


def build(segments: Iterable[Segment], start: float, end: float, account: str) -> list[dict[str, Any]]:
    """The services of the segments that began in this time, both ends included."""
    return _Graph(segments).of_window(start, end, account)


class _Graph:
    def __init__(self, segments: Iterable[Segment]):
        self._by_id = {(one.trace_id, one.id): one for one in segments}
        self._answered = {
            (one.trace_id, one.parent_id) for one in self._by_id.values() if one.parent_id and not one.is_subsegment
        }
        self._nodes: dict[NodeKey, _Node] = {}

    def of_window(self, start: float, end: float, account: str) -> list[dict[str, Any]]:
        for segment in self._by_id.values():
            if start <= segment.start <= end:
                (self._add_call if segment.is_subsegment else self._add_service)(segment)
        references = {key: number for number, key in enumerate(self._nodes)}
        return [self._shown(key, node, references, account) for key, node in self._nodes.items()]

    def _add_service(self, segment: Segment) -> None:
        key = (segment.name, segment.origin)
        node = self._node(key)
        node.statistics.add(segment)
        if segment.parent_id is None:
            node.is_root = True
            client = self._node((segment.name, _CLIENT))
            client.statistics.add(segment)
            self._add_edge(client, key, segment)
            return
        caller = self._by_id.get((segment.trace_id, segment.parent_id))
        owner = self._owner(caller)
        if caller and owner:
            # A subsegment knows how long the caller waited; without one, the callee's own word is all there is.
            seen = caller if caller.is_subsegment else segment
            self._add_edge(self._node((owner.name, owner.origin)), key, seen)

    def _add_call(self, call: Segment) -> None:
        """Of a subsegment that nobody's segment answers to."""
        owner = self._owner(call)
        if call.namespace is None or owner is None or (call.trace_id, call.id) in self._answered:
            return
        key = _inferred(call)
        self._node(key).statistics.add(call)
        self._add_edge(self._node((owner.name, owner.origin)), key, call)

    def _owner(self, segment: Segment | None) -> Segment | None:
        """The service's segment that a subsegment, however deep, is part of; None where it has not arrived."""
        seen = set()
        while segment is not None and segment.is_subsegment and segment.id not in seen:
            seen.add(segment.id)
            segment = self._by_id.get((segment.trace_id, segment.parent_id or ""))
        return segment if segment is not None and not segment.is_subsegment else None

    def _node(self, key: NodeKey) -> _Node:
        return self._nodes.setdefault(key, _Node())

    def _add_edge(self, caller: _Node, callee: NodeKey, seen: Segment) -> None:
        self._node(callee)
        caller.edges.setdefault(callee, _Statistics()).add(seen)

    def _shown(self, key: NodeKey, node: _Node, references: dict[NodeKey, int], account: str) -> dict[str, Any]:
        name, kind = key
        edges = [
            {
                "ReferenceId": references[callee],
                **statistics.times(),
                "SummaryStatistics": statistics.summary(),
                "ResponseTimeHistogram": statistics.histogram(),
                "Aliases": [],
            }
            for callee, statistics in node.edges.items()
        ]
        shown = {"ReferenceId": references[key], "Name": name, "Names": [name], **_times(node), "Edges": edges}
        if kind is not None:
            shown["Type"] = kind
        if kind == _CLIENT:
            return shown | {"State": "unknown"}
        histogram = node.statistics.histogram()
        shown |= {
            "State": "active",
            "AccountId": account,
            "SummaryStatistics": node.statistics.summary(),
            "DurationHistogram": histogram,
            "ResponseTimeHistogram": histogram,
        }
        return shown | ({"Root": True} if node.is_root else {})


def _times(node: _Node) -> dict[str, float]:
    """Of a node that itself began nothing in the window, the first and last call that it made."""
    known = [one for one in (node.statistics, *node.edges.values()) if one.start <= one.end]
    return {"StartTime": min(one.start for one in known), "EndTime": max(one.end for one in known)}


def _inferred(call: Segment) -> NodeKey:
    if call.namespace != "aws":
        return call.name, "remote"
    member, kind = _RESOURCES.get(call.name.lower(), ("", f"AWS::{call.name}"))
    return (call.aws[member], kind) if isinstance(call.aws.get(member), str) else (call.name, f"AWS::{call.name}")
