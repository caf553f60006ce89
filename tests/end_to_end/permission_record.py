"""What the stack's roles may do and what they did, written down before a local AWS ends: tests/least_privilege reads it.

The end-to-end tests may run in several processes, each with a local AWS of its own; a role is judged by all of them.
"""

import json
from pathlib import Path
from typing import Any

from demo.deployment import STACK
from local_aws import permission_log
from scene import Scene


def write(scene: Scene, path: Path, ran: set[str]) -> None:
    """`ran`: names of the files whose tests ran in this scene, so that a reader can tell whether any is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"ran": sorted(ran), "roles": _roles(scene)}, indent=1))


def _roles(scene: Scene) -> dict[str, dict[str, list[str]]]:
    """By logical id.

    Where a role's policies name the kinds of items that an action is for, `granted_kinds` has them, each as
    `dynamodb:PutItem PLAN`, and `used_kinds` those of the calls of such an action.
    """
    checks = permission_log.read(scene.permission_log)
    roles = {}
    for logical_id, role in _names(scene).items():
        used = {check.action for check in checks if check.role == role and check.is_allowed}
        denied = {check.action for check in checks if check.role == role and not check.is_allowed}
        denied -= {action for name, action in scene.denied_on_purpose if name == role}
        statements = _allow_statements(scene, role)
        granted_kinds = {f"{action} {kind}" for one in statements for action in _actions(one) for kind in _kinds(one)}
        bound = {kind.partition(" ")[0] for kind in granted_kinds}
        used_kinds = {
            f"{check.action} {check.item_kind}"
            for check in checks
            if check.role == role and check.is_allowed and check.action in bound
        }
        roles[logical_id] = {
            "granted": sorted({action for one in statements for action in _actions(one)}),
            "used": sorted(used),
            "denied": sorted(denied),
            "granted_kinds": sorted(granted_kinds),
            "used_kinds": sorted(used_kinds),
        }
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


def _allow_statements(scene: Scene, role: str) -> list[dict[str, Any]]:
    """Of the role's own policies."""
    iam = scene.aws.client("iam")
    found = []
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        document = json.loads(document) if isinstance(document, str) else document
        found += [statement for statement in document["Statement"] if statement["Effect"] == "Allow"]
    return found


def _actions(statement: dict[str, Any]) -> set[str]:
    named = statement["Action"]
    return {named} if isinstance(named, str) else set(named)


def _kinds(statement: dict[str, Any]) -> set[str]:
    """What the partition keys begin with that the statement is bound to."""
    keys = statement.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", [])
    return {key.partition("#")[0] for key in ([keys] if isinstance(keys, str) else keys)}
