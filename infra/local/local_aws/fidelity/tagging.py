"""The tags MiniStack leaves out: of parameters, instances and alarms when one looks for
resources by tag, and of instances, services and alarms when a policy has `aws:ResourceTag`.
"""

from collections.abc import Iterator

import ministack.services.tagging as tagging
from ministack.core.responses import get_account_id, get_region

from local_aws import ministack_names as names


def install() -> None:
    names.TAG_COLLECTORS.value().update({"ssm": tagging._collect_ssm, "ec2": _instances, "cloudwatch": _alarms})
    names.RESOURCE_TAG_COLLECTORS.value().update({"ec2": _instances, "ecs": tagging._collect_ecs, "cloudwatch": _alarms})


def _instances() -> Iterator[tuple[str, list[dict[str, str]]]]:
    from ministack.services import ec2

    for instance_id in list(ec2._instances):
        if tags := ec2._tags.get(instance_id):
            yield f"arn:aws:ec2:{get_region()}:{get_account_id()}:instance/{instance_id}", tags


def _alarms() -> Iterator[tuple[str, list[dict[str, str]]]]:
    from ministack.services import cloudwatch

    for arn, tags in cloudwatch._resource_tags.items():
        if f":{get_region()}:" in arn and ":alarm:" in arn:
            yield arn, tagging._normalise_flat(tags)
