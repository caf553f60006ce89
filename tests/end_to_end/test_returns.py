"""One problem is one incident: an alarm that comes and goes, and one that has tiers."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from demo.event_documents import Event
from intake import dead_letters, deliver
from scene import Scene


_METRIC = {
    "id": "m1",
    "metricStat": {
        "metric": {"namespace": "Shop", "name": "QueueAge", "dimensions": {"Queue": "orders"}},
        "period": 60,
        "stat": "Maximum",
    },
    "returnData": True,
}


def _alarm(scene: Scene, name: str, value: str = "ALARM") -> Event:
    """A state change of an alarm that nobody knows, so that its incident soon ends with a human."""
    now = datetime.now(UTC)
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": scene.aws.account,
        "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": scene.aws.region,
        "resources": [f"arn:aws:cloudwatch:{scene.aws.region}:{scene.aws.account}:alarm:{name}"],
        "detail": {
            "alarmName": name,
            "configuration": {"metrics": [_METRIC]},
            "state": {"value": value, "timestamp": now.isoformat()},
        },
    }


def _look(scene: Scene) -> None:
    taken = deliver(scene, {"step": "look_at_returns"})
    assert taken.status == "SUCCEEDED"


def _opened(scene: Scene, name: str) -> str:
    event = _alarm(scene, name)
    assert deliver(scene, event).status == "SUCCEEDED"
    record = scene.event_record(event["id"])
    assert record is not None
    assert record["outcome"] == "opened"
    return str(record["incident_id"])


def _ended(scene: Scene, name: str) -> str:
    incident_id = _opened(scene, name)
    scene.wait_until_ended(incident_id)
    return incident_id


def _returned(scene: Scene, incident_id: str) -> dict[str, Any]:
    found = scene.item(f"RETURNED#{scene.incident(incident_id)['fingerprint']}", "LATEST")
    assert found is not None
    return found


def _back_for_minutes(scene: Scene, incident_id: str, minutes: int) -> None:
    """As if it were back for so long."""
    item = _returned(scene, incident_id)
    since = (datetime.now(UTC) - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    scene.put_item(item | {"firing_since": since, "opened_at": since})


def test_alarm_that_comes_back_and_stays_opens_the_next_episode_once(scene: Scene) -> None:
    name = f"comes-back-{uuid.uuid4().hex[:8]}"
    first = _ended(scene, name)
    again = _alarm(scene, name)
    assert deliver(scene, again).output == {"result": "suppressed", "incident_id": first, "tell": False}
    record = scene.event_record(again["id"])
    assert record is not None
    assert (record["outcome"], record["incident_id"]) == ("suppressed", first)
    before = scene.executions()
    _look(scene)
    assert scene.executions() == before, "it is back for a moment only"
    _back_for_minutes(scene, first, 11)
    _look(scene)
    (second,) = scene.executions() - before
    assert (scene.incident(second)["episode"], scene.incident(second)["fingerprint"]) == (
        2,
        scene.incident(first)["fingerprint"],
    )
    _look(scene)
    assert scene.executions() == before | {second}
    assert "firing_since" not in _returned(scene, first)
    scene.wait_until_ended(second)
    assert dead_letters(scene) == []


def test_alarm_that_flaps_is_one_incident_and_told_as_flapping(scene: Scene) -> None:
    name = f"flaps-{uuid.uuid4().hex[:8]}"
    incident_id = _ended(scene, name)
    for _ in range(3):
        event = _alarm(scene, name)
        assert deliver(scene, event).status == "SUCCEEDED"
        assert (scene.event_record(event["id"]) or {})["outcome"] == "suppressed"
        assert deliver(scene, _alarm(scene, name, "OK")).output == {"result": "recovered", "incident_id": incident_id}
    assert "came back 3 times since this incident ended" in scene.told(incident_id, "flapping")
    _look(scene)
    fingerprint = scene.incident(incident_id)["fingerprint"]
    assert [one for one in scene.executions() if scene.incident(one)["fingerprint"] == fingerprint] == [incident_id]


def test_tiers_of_one_alarm_are_one_incident_that_is_told_with_the_worse_severity(scene: Scene) -> None:
    name = f"queue-age-{uuid.uuid4().hex[:8]}"
    incident_id = _opened(scene, f"{name}-warning")
    second = deliver(scene, _alarm(scene, f"{name}-critical"))
    assert second.output == {"result": "attached", "incident_id": incident_id, "tell": False}
    assert scene.incident(incident_id)["attached_severities"] == {"sev1"}
    scene.wait_until_ended(incident_id)
    assert "[sev1]" in scene.told(incident_id, "escalated")
    fingerprint = scene.incident(incident_id)["fingerprint"]
    other = _opened(scene, f"{name}-high")
    assert scene.incident(other)["fingerprint"] != fingerprint
    scene.wait_until_ended(other)
