"""Makes EventBridge events from the samples in `events/`, with the ids and states of the real resources."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from demo.prerequisites import EVENTS, Missing
from local_aws import LocalAws

Event = dict[str, Any]


def alarm_state_change(aws: LocalAws, alarm_name: str) -> Event:
    """CloudWatch's state change event, with the alarm's present configuration and state."""
    alarm = aws.client("cloudwatch").describe_alarms(AlarmNames=[alarm_name])["MetricAlarms"][0]
    event = _document("cloudwatch-alarm-metric.json", aws)
    changed_at = alarm["StateUpdatedTimestamp"].astimezone(UTC)
    event["time"] = _zulu(changed_at)
    event["resources"] = [alarm["AlarmArn"]]
    detail = event["detail"]
    detail["alarmName"] = alarm_name
    detail["configuration"]["description"] = alarm["AlarmDescription"]
    metric_stat = detail["configuration"]["metrics"][0]["metricStat"]
    metric_stat["metric"] = {
        "namespace": alarm["Namespace"],
        "name": alarm["MetricName"],
        "dimensions": {one["Name"]: one["Value"] for one in alarm["Dimensions"]},
    }
    metric_stat |= {"period": alarm["Period"], "stat": alarm["Statistic"]}
    detail["state"] = {
        "value": alarm["StateValue"],
        "reason": alarm["StateReason"],
        "timestamp": changed_at.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
    }
    detail["previousState"] = {
        "value": "OK",
        "reason": "Threshold Crossed: no datapoint breached the threshold.",
        "timestamp": detail["previousState"]["timestamp"],
    }
    return event


def instance_stopped(aws: LocalAws, instance_id: str) -> Event:
    event = _document("ec2-instance-stopped.json", aws)
    event["resources"] = [f"arn:aws:ec2:{aws.region}:{aws.account}:instance/{instance_id}"]
    event["detail"]["instance-id"] = instance_id
    return event


def deployment_failed(aws: LocalAws, service: dict[str, Any]) -> Event:
    """`service` as DescribeServices gives it, its PRIMARY deployment failed."""
    primary = next(one for one in service["deployments"] if one["status"] == "PRIMARY")
    event = _document("ecs-deployment-failed.json", aws)
    event["resources"] = [service["serviceArn"]]
    event["detail"] |= {
        "deploymentId": primary["id"],
        "updatedAt": _zulu(primary["updatedAt"].astimezone(UTC)),
        "reason": primary["rolloutStateReason"],
    }
    return event


def _document(name: str, aws: LocalAws) -> Event:
    path = EVENTS / name
    if not path.is_file():
        raise Missing(f"{path} is missing: the incident's event is made from it")
    event = json.loads(path.read_text())
    return event | {
        "id": str(uuid.uuid4()),
        "account": aws.account,
        "region": aws.region,
        "time": _zulu(datetime.now(UTC)),
    }


def _zulu(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
