"""What the stack's roles may do and what they did, written down before a local AWS ends: tests/least_privilege reads it.

The end-to-end tests may run in several processes, each with a local AWS of its own; a role is judged by all of them.
"""

import json
from pathlib import Path

from demo.deployment import STACK
from local_aws import permission_log
from scene import Scene


def write(scene: Scene, path: Path, ran: set[str]) -> None:
    """`ran`: names of the files whose tests ran in this scene, so that a reader can tell whether any is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"ran": sorted(ran), "roles": _roles(scene)}, indent=1))


def _roles(scene: Scene) -> dict[str, dict[str, list[str]]]:
    """By logical id."""
    checks = permission_log.read(scene.permission_log)
    roles = {}
    for logical_id, role in _names(scene).items():
        used = {check.action for check in checks if check.role == role and check.is_allowed}
        denied = {check.action for check in checks if check.role == role and not check.is_allowed}
        denied -= {action for name, action in scene.denied_on_purpose if name == role}
        roles[logical_id] = {"granted": sorted(_granted(scene, role)), "used": sorted(used), "denied": sorted(denied)}
    return roles


def _names(scene: Scene) -> dict[str, str]:
    """Of the stack's roles, by logical id."""
    pages = scene.aws.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=STACK)
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for page in pages
        for resource in page["StackResourceSummaries"]
        if resource["ResourceType"] == "AWS::IAM::Role"
    }


def _granted(scene: Scene, role: str) -> set[str]:
    """The actions that the role's own policies allow."""
    iam = scene.aws.client("iam")
    actions: set[str] = set()
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        document = json.loads(document) if isinstance(document, str) else document
        for statement in document["Statement"]:
            if statement["Effect"] == "Allow":
                named = statement["Action"]
                actions |= {named} if isinstance(named, str) else set(named)
    return actions
