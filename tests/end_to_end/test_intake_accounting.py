"""What reached the intake and what it recorded add up, and where they do not, the hour is named."""

import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from command_line import nightshift
from demo.waiting import wait_for
from intake import deliver, drill_envelope
from local_aws import Credentials, allow
from scene import Scene

_OUTCOMES = ("opened", "attached", "recovered", "suppressed", "ignored", "rejected", "repeated")


@pytest.fixture(scope="module")
def delivered(untouched: Scene) -> list[str]:
    """Ids of five events, each of another outcome; the first was delivered twice."""
    # Only what is delivered here, and nothing of the stage's own alarms and their incidents.
    instance = untouched.stopped_instance(untouched.application())
    opening = drill_envelope(untouched, untouched.stopped(instance))
    again = drill_envelope(untouched, untouched.stopped(instance))
    running = untouched.stopped(instance)
    running["detail"]["state"] = "running"
    recovery = drill_envelope(untouched, running)
    unknown = untouched.unexplained()
    unknown["detail"]["state"] = "running"
    ignored = drill_envelope(untouched, unknown)
    malformed = drill_envelope(untouched, "not an event")
    expected = ["opened", "attached", "recovered", "ignored", "rejected"]
    events = [opening, again, recovery, ignored, malformed]
    assert [deliver(untouched, event).status for event in [*events, opening]] == ["SUCCEEDED"] * 6
    ids = [event["id"] for event in events]
    assert [(untouched.event_record(one) or {}).get("outcome") for one in ids] == expected
    return ids


def accounts(scene: Scene, *arguments: str, caller: Credentials | None = None) -> dict[str, Any]:
    said = nightshift(scene, "intake", "--format", "json", *arguments, caller=caller)
    assert said.exit_code == 0, said
    return said.json()


def finding(scene: Scene) -> dict[str, str]:
    (found,) = [one for one in nightshift(scene, "doctor", "--format", "json").json() if one["what"] == "intake"]
    return found


def test_accounts_of_what_was_delivered_add_up(untouched: Scene, delivered: list[str]) -> None:
    def counted() -> dict[str, Any] | None:
        found = accounts(untouched, "--since", "1h")
        # The metric of the last execution comes when it has ended.
        reached = sum(hour["reached"] for hour in found["hours"])
        return found if reached == sum(found["total"][outcome] for outcome in _OUTCOMES) else None

    found = wait_for("the accounts to add up", counted, 15.0)
    assert found["metric"] == {"state": "read"}
    total = found["total"]
    for outcome in ("opened", "attached", "recovered", "ignored", "rejected", "repeated"):
        assert total[outcome] >= 1, total
    assert found["dead_letters"] == {"state": "counted", "intake": 0, "rules": 0}
    assert {reason["outcome"] for reason in found["reasons"]} == {"ignored", "rejected"}
    assert {reason["event_id"] for reason in found["reasons"]} & set(delivered)

    people = nightshift(untouched, "intake", "--since", "1h")
    assert people.exit_code == 0
    assert "REACHED" in people.out
    assert "Rejected, most frequent reasons" in people.out


def test_doctor_says_that_nothing_is_missing(untouched: Scene, delivered: list[str]) -> None:
    assert finding(untouched)["level"] == "ok"


def test_delivery_whose_record_is_gone_is_missed_in_its_hour(untouched: Scene, delivered: list[str]) -> None:
    hour = _two_hours_ago()
    # What falls short before the first event that is listed may be of an earlier version: the stack is some minutes old.
    earlier = hour - timedelta(hours=1)
    _recorded_then(untouched, delivered[0], earlier)
    _count_executions(untouched, earlier, 1)
    records = [_recorded_then(untouched, event_id, hour) for event_id in delivered]
    _count_executions(untouched, hour, len(records))
    found = finding(untouched)
    assert found["level"] == "ok", found
    # The hour that is just over is not compared yet.
    assert re.search("6 deliveries in 2[34] whole hours, all accounted for", found["detail"]), found

    key = {name: {"S": records[3][name]} for name in ("pk", "sk")}
    untouched.aws.client("dynamodb").delete_item(TableName=untouched.outputs["TableName"], Key=key)
    found = finding(untouched)
    said = nightshift(untouched, "intake", "--format", "json")
    untouched.put_item(records[3])
    assert found["level"] == "fail", found
    assert f"1 of 5 deliveries in the hour from {hour:%Y-%m-%d %H:%M}Z" in found["detail"]
    assert "nightshift redrive" in found["detail"]
    assert (said.exit_code, said.json()["adds_up"]) == (1, False)
    missing = {one["hour"]: one["missing"] for one in said.json()["hours"] if one["missing"]}
    assert missing == {f"{hour:%Y-%m-%dT%H:%M:%SZ}": 1}
    assert finding(untouched)["level"] == "ok"


def test_viewer_may_read_the_accounts(untouched: Scene, delivered: list[str]) -> None:
    iam = untouched.aws.client("iam")
    iam.create_user(UserName="reader")
    iam.attach_user_policy(UserName="reader", PolicyArn=untouched.outputs["ViewerPolicyArn"])
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    viewer = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    found = nightshift(untouched, "intake", "--since", "1h", "--format", "json", caller=viewer).json()
    assert found["metric"] == {"state": "read"}
    assert found["dead_letters"]["state"] == "counted"


def test_who_may_not_read_the_metric_is_shown_the_rest(untouched: Scene, delivered: list[str]) -> None:
    nosy = untouched.aws.create_user("half-blind", allow("cloudformation:DescribeStacks", "dynamodb:Query"))
    found = accounts(untouched, caller=nosy)
    assert (found["metric"]["state"], found["dead_letters"]["state"]) == ("unavailable", "unknown")
    assert "GetMetricData" in found["metric"]["reason"]
    assert found["adds_up"] is None
    assert found["total"]["rejected"] >= 1


def test_time_that_is_none_is_refused(untouched: Scene) -> None:
    said = nightshift(untouched, "intake", "--since", "yesterday")
    assert said.exit_code == 2
    assert "expected hours or days, such as 24h or 7d, from 1h to 14d" in said.error


def _two_hours_ago() -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)


def _recorded_then(scene: Scene, event_id: str, hour: datetime) -> dict[str, Any]:
    """The same record of another event, written in that hour: nothing here can wait for an hour to pass."""
    record = scene.event_record(event_id)
    other, shard = str(uuid.uuid4()), record["recorded_hour"].rpartition("#")[2]
    record |= {
        "pk": f"EVENT#{other}", "event_id": other,
        "recorded_hour": f"{hour:%Y-%m-%dT%H}#{shard}", "recorded_at": f"{hour:%Y-%m-%dT%H}:30:00Z",
    }  # fmt: skip
    scene.put_item(record)
    return record


def _count_executions(scene: Scene, hour: datetime, number: int) -> None:
    """Executions of that hour, as Step Functions counts them."""
    dimensions = [{"Name": "StateMachineArn", "Value": scene.outputs["IntakeStateMachineArn"]}]
    data = [
        {"MetricName": name, "Dimensions": dimensions, "Timestamp": hour + timedelta(minutes=30), "Value": number, "Unit": "Count"}
        for name in ("ExecutionsStarted", "ExecutionsSucceeded")
    ]
    scene.aws.client("cloudwatch").put_metric_data(Namespace="AWS/States", MetricData=data)
