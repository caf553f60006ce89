"""A stack can be asked for by a resource of it.

MiniStack's DescribeStackResources knows stacks by their names alone.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html
"""

from collections.abc import Callable

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers

from local_aws import ministack_names as names


def install() -> None:
    names.DESCRIBE_STACK_RESOURCES.wrap(_by_resource)


def _by_resource(original: Callable) -> Callable:
    def describe(params: dict) -> tuple:
        physical_id = handlers._p(params, "PhysicalResourceId")
        if not physical_id or handlers._p(params, "StackName"):
            return original(params)
        for stack in list(cloudformation._stacks.values()):
            resources = stack.get("_resources", {}).values()
            if any(one.get("PhysicalResourceId") == physical_id for one in resources):
                return original(params | {"StackName": [stack["StackName"]]})
        return handlers._error("ValidationError", f"Stack for {physical_id} does not exist")

    return describe
