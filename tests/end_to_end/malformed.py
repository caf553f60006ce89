"""Events that are no signal, of every kind that came to mind; each one new whenever it is made."""

import json
import uuid
from collections.abc import Callable
from typing import Any

from demo.event_documents import Event
from demo.prerequisites import EVENTS
from scene import Scene

Make = Callable[[Scene], Any]

_FIELDS = ("id", "source", "detail-type", "account", "region", "time", "detail")
_OTHER_ACCOUNT = "999999999999"
_OTHER_REGION = "eu-central-1"
# Turns the text's direction, hides a character, ends a line, rings the bell, escapes.
_NASTY = "\u202eevil\u2066\u200b\u0007\u001b[31m\r\n\u2028\U000e0041"


def alarm(scene: Scene) -> Event:
    return _of(scene, "cloudwatch-alarm-metric.json")


def instance(scene: Scene) -> Event:
    return _of(scene, "ec2-instance-stopped.json")


def deployment(scene: Scene) -> Event:
    return _of(scene, "ecs-deployment-failed.json") | {
        "resources": [f"arn:aws:ecs:{scene.aws.region}:{scene.aws.account}:service/nobody/nothing"]
    }


def code_deployment(scene: Scene) -> Event:
    return _of(scene, "codedeploy-deployment-failed.json")


def _of(scene: Scene, name: str) -> Event:
    document = json.loads((EVENTS / name).read_text())
    return document | {"id": str(uuid.uuid4()), "account": scene.aws.account, "region": scene.aws.region}


def changed(make: Make, **fields: Any) -> Make:
    return lambda scene: make(scene) | {name.replace("_", "-"): value for name, value in fields.items()}


def without(make: Make, field: str) -> Make:
    return lambda scene: {name: value for name, value in make(scene).items() if name != field}


def detail(make: Make, path: str, value: Any) -> Make:
    """With this value there, or without it where the value is `...`."""

    def changed_detail(scene: Scene) -> Event:
        event = make(scene)
        *way, last = path.split(".")
        place = event["detail"]
        for step in way:
            place = place[step]
        if value is ...:
            place.pop(last, None)
        else:
            place[last] = value
        return event

    return changed_detail


def nested(levels: int) -> Any:
    value: Any = "at the bottom"
    for _ in range(levels):
        value = {"deeper": [value]}
    return value


def always(value: Any) -> Make:
    return lambda _scene: value


NOT_AN_EVENT: dict[str, Make] = {
    "null": always(None),
    "true": always(True),
    "number": always(7),
    "text": always("an alarm is firing, honestly"),
    "nasty_text": always(_NASTY),
    "empty_array": always([]),
    "array_of_an_event": lambda scene: [instance(scene)],
    "empty_object": always({}),
    "something_else": always({"Records": [{"eventSource": "aws:s3"}]}),
}

ENVELOPE: dict[str, Make] = {
    **{f"{field}_missing": without(instance, field) for field in _FIELDS},
    **{f"{field}_null": changed(instance, **{field: None}) for field in _FIELDS},
    **{f"{field}_number": changed(instance, **{field: 42}) for field in _FIELDS},
    **{f"{field}_array": changed(instance, **{field: [{}]}) for field in _FIELDS},
    **{f"{field}_blank": changed(instance, **{field: "  "}) for field in _FIELDS},
    "id_of_several_words": changed(instance, id="one two"),
    "id_too_long": changed(instance, id="x" * 129),
    "id_not_ascii": changed(instance, id="ä\u202e"),
    "account_of_eleven_digits": changed(instance, account="12345678901"),
    "account_of_other_digits": changed(instance, account="１２３４５６７８９０１２"),
    "account_of_a_wildcard": changed(instance, account="*"),
    "region_of_a_template": changed(instance, region="{{{region}}}"),
    "region_with_a_path": changed(instance, region="eu-west-1/../../"),
    "time_in_words": changed(instance, time="yesterday"),
    "time_without_a_day": changed(instance, time="2026-11-31T25:61:00Z"),
    "time_with_a_zone": changed(instance, time="2026-11-20T03:00:00+01:00[Europe/Paris]"),
    "detail_as_text": lambda scene: instance(scene) | {"detail": json.dumps(instance(scene)["detail"])},
    "detail_empty": changed(instance, detail={}),
}

DETAIL: dict[str, Make] = {
    "instance_id_missing": detail(instance, "instance-id", ...),
    "instance_id_of_upper_case": detail(instance, "instance-id", "i-0123456789ABCDEF0"),
    "instance_id_with_a_path": detail(instance, "instance-id", "i-../../secret"),
    "instance_id_with_a_command": detail(instance, "instance-id", "i-01234567; rm -rf /"),
    "instance_id_nasty": detail(instance, "instance-id", f"i-01234567{_NASTY}"),
    "instance_state_unknown": detail(instance, "state", "exploded"),
    "instance_state_nasty": detail(instance, "state", f"stopped{_NASTY}"),
    "instance_state_an_object": detail(instance, "state", {"name": "stopped"}),
    "alarm_name_missing": detail(alarm, "alarmName", ...),
    "alarm_name_empty": detail(alarm, "alarmName", ""),
    "alarm_name_too_long": detail(alarm, "alarmName", "a" * 256),
    "alarm_name_with_nul": detail(alarm, "alarmName", "cpu\u0000high"),
    "alarm_name_with_a_line": detail(alarm, "alarmName", "cpu\nhigh"),
    "alarm_state_missing": detail(alarm, "state", ...),
    "alarm_state_a_text": detail(alarm, "state", "ALARM"),
    "alarm_state_without_a_value": detail(alarm, "state.value", ...),
    "alarm_state_unknown": detail(alarm, "state.value", "PANIC"),
    "alarm_state_of_lower_case": detail(alarm, "state.value", "alarm"),
    "alarm_state_nasty": detail(alarm, "state.value", _NASTY),
    "alarm_state_huge": detail(alarm, "state.value", "A" * 200_000),
    "alarm_state_nested": detail(alarm, "state.value", nested(40)),
    "deployment_without_resources": changed(deployment, resources=[]),
    "deployment_of_no_list": changed(deployment, resources="arn:aws:ecs:us-east-1:123456789012:service/c/s"),
    "deployment_of_no_arn": changed(deployment, resources=["web"]),
    "deployment_of_another_account": lambda scene: deployment(scene)
    | {"resources": [f"arn:aws:ecs:{scene.aws.region}:{_OTHER_ACCOUNT}:service/nobody/nothing"]},
    "deployment_of_another_region": lambda scene: deployment(scene)
    | {"resources": [f"arn:aws:ecs:{_OTHER_REGION}:{scene.aws.account}:service/nobody/nothing"]},
    "deployment_of_another_service": lambda scene: deployment(scene)
    | {"resources": [f"arn:aws:s3:{scene.aws.region}:{scene.aws.account}:service/nobody/nothing"]},
    "deployment_of_a_cluster": lambda scene: deployment(scene)
    | {"resources": [f"arn:aws:ecs:{scene.aws.region}:{scene.aws.account}:cluster/nobody"]},
    "deployment_event_unknown": detail(deployment, "eventName", "SERVICE_DEPLOYMENT_PONDERED"),
    "deployment_event_missing": detail(deployment, "eventName", ...),
    "code_deployment_without_application": detail(code_deployment, "application", ...),
    "code_deployment_with_a_slash": detail(code_deployment, "deploymentGroup", "a/b"),
    "code_deployment_state_unknown": detail(code_deployment, "state", "SHRUG"),
}

NO_DRILL: dict[str, Make] = {
    "nothing": always(...),
    "null": always(None),
    "text": always("an event"),
    "array": lambda scene: [instance(scene)],
    "empty_object": always({}),
    "of_another_account": changed(instance, account=_OTHER_ACCOUNT),
    "of_another_region": changed(instance, region=_OTHER_REGION),
    "in_a_drill": lambda scene: instance(scene)
    | {"source": "nightshift.drill", "detail-type": "Drill", "detail": {"event": instance(scene)}},
    "claims_to_be_one": changed(instance, source="nightshift.drill"),
}

IGNORED: dict[str, Make] = {
    "of_a_source_nobody_reads": lambda scene: _of(scene, "s3-object-created.json"),
    "of_a_kind_with_a_nasty_name": lambda scene: _of(scene, "s3-object-created.json") | {"detail-type": f"Object{_NASTY}"},
    "of_an_instance_in_between": detail(instance, "state", "pending"),
    "of_a_deployment_in_between": detail(deployment, "eventName", "SERVICE_DEPLOYMENT_IN_PROGRESS"),
    "of_a_code_deployment_in_between": detail(code_deployment, "state", "START"),
}

UNKNOWN_SOURCE: Make = changed(instance, source=f"example.ec2{_NASTY}")

REJECTED = NOT_AN_EVENT | ENVELOPE | DETAIL
