"""A malformed event is rejected, kept whole with the reason, and opens nothing."""

import json
import unicodedata
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from demo.waiting import wait_for
from intake import Taken, dead_letters, deliver, drill_envelope, put_drill
from malformed import IGNORED, NO_DRILL, REJECTED, UNKNOWN_SOURCE, Make, instance, nested
from scene import Scene

_RECORDED_WITHIN_SECONDS = 60.0
_AT_ONCE = 8
_HIDDEN = {"Cc", "Cf", "Zl", "Zp"}


def drill(make: Make) -> Make:
    def made(scene: Scene) -> Any:
        inside = make(scene)
        envelope = drill_envelope(scene, inside)
        if inside is ...:
            envelope["detail"] = {}
        return envelope

    return made


DIRECT = REJECTED | {f"drill_{name}": drill(make) for name, make in (REJECTED | NO_DRILL).items()}
IGNORED_DIRECT = IGNORED | {f"drill_{name}": drill(make) for name, make in IGNORED.items()}
# EventBridge takes them, and serde_json's own values do not hold them.
UNREADABLE: dict[str, Make] = {
    "half_a_surrogate_pair": lambda scene: instance(scene) | {"detail": {"state": "\ud800"}},
    "surrogates_the_wrong_way_round": lambda scene: instance(scene) | {"detail": {"\udc00\ud800": 1}},
    "nested_200_levels_deep": lambda scene: instance(scene) | {"detail": nested(100)},
    "nested_400_levels_deep": lambda scene: instance(scene) | {"detail": {"state": nested(200)}},
}


@dataclass(frozen=True)
class Delivered:
    event: Any
    taken: Taken


@pytest.fixture(scope="module")
def all_delivered(scene: Scene) -> dict[str, Delivered]:
    """Directly to the intake, several at a time."""
    events = {name: make(scene) for name, make in (DIRECT | IGNORED_DIRECT | UNREADABLE).items()}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        taken = pool.map(lambda event: deliver(scene, event), events.values())
    delivered = {name: Delivered(event, one) for (name, event), one in zip(events.items(), taken, strict=True)}
    dead_letters(scene)
    return delivered


def assert_kept(scene: Scene, delivered: Delivered, outcome: str) -> None:
    taken = delivered.taken
    assert (taken.status, taken.output.get("result")) == ("SUCCEEDED", outcome)
    record = scene.event_record(taken.output["event_id"])
    assert record["outcome"] == outcome
    assert json.loads(record["raw"]) == delivered.event
    assert record.get("incident_id") is None
    reason = record["reason"]
    assert 0 < len(reason) < 1000
    assert not [c for c in reason if unicodedata.category(c) in _HIDDEN], reason


@pytest.mark.parametrize("name", DIRECT)
def test_event_that_is_malformed_is_rejected_and_kept_whole(
    scene: Scene, all_delivered: dict[str, Delivered], name: str
) -> None:
    assert_kept(scene, all_delivered[name], "rejected")


@pytest.mark.parametrize("name", UNREADABLE)
def test_event_that_no_value_can_hold_is_rejected_and_kept_whole(
    scene: Scene, all_delivered: dict[str, Delivered], name: str
) -> None:
    assert_kept(scene, all_delivered[name], "rejected")


@pytest.mark.parametrize("name", IGNORED_DIRECT)
def test_event_that_means_nothing_is_ignored_and_kept_whole(
    scene: Scene, all_delivered: dict[str, Delivered], name: str
) -> None:
    assert_kept(scene, all_delivered[name], "ignored")


def test_event_of_an_unknown_source_opens_nothing_where_its_shape_names_no_fault(scene: Scene) -> None:
    event = UNKNOWN_SOURCE(scene)
    taken = deliver(scene, event)
    assert (taken.status, taken.output["result"]) == ("SUCCEEDED", "ignored")
    record = scene.event_record(event["id"])
    assert (record["outcome"], record.get("incident_id")) == ("ignored", None)
    assert record["reason"] == taken.output["reason"]


def test_malformed_event_delivered_again_is_the_same_one(scene: Scene) -> None:
    event = {"no": "id", "at": "all"}
    first, second = deliver(scene, event), deliver(scene, event)
    assert first.output == second.output


def test_malformed_events_through_eventbridge_each_have_one_outcome_and_the_counts_add_up(scene: Scene) -> None:
    """All at once, with some that mean nothing among them."""
    rejected = [make(scene) for make in (REJECTED | NO_DRILL).values()]
    ignored = [make(scene) for make in IGNORED.values()]
    sent = [one for one in rejected + ignored if one is not ...]
    incidents, before = scene.executions(), outcomes(scene)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        ids = list(pool.map(lambda event: put_drill(scene, event), sent))

    def all_recorded() -> bool:
        return all(scene.event_record(event_id) for event_id in ids)

    wait_for("a record of each event", all_recorded, _RECORDED_WITHIN_SECONDS)
    for event_id, event in zip(ids, sent, strict=True):
        record = scene.event_record(event_id)
        assert record["outcome"] in ("rejected", "ignored")
        assert json.loads(record["raw"])["detail"] == {"event": event}
    assert outcomes(scene) - before == Counter(rejected=len(sent) - len(ignored), ignored=len(ignored))
    assert scene.executions() == incidents
    assert dead_letters(scene) == []


def outcomes(scene: Scene) -> Counter[str]:
    """Of all events that ever came."""
    pages = scene.aws.client("dynamodb").get_paginator("scan").paginate(
        TableName=scene.outputs["TableName"],
        FilterExpression="begins_with(pk, :event) AND sk = :record",
        ExpressionAttributeValues={":event": {"S": "EVENT#"}, ":record": {"S": "EVENT"}},
    )
    return Counter(item["outcome"]["S"] for page in pages for item in page["Items"])
