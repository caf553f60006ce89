"""Evaluates a role's permissions for the calls that MiniStack makes past its IAM check."""

from ministack.core.iam_evaluator import EvalContext, _action_matches, _gather_role_policies, evaluate
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam

from local_aws.role_trust import trusts_service

UNKNOWN_RESOURCE = "*"


def is_assumable(role_arn: str, service: str) -> bool:
    role = iam._roles.get(role_arn.rsplit("/", 1)[-1])
    return role is not None and role["Arn"] == role_arn and trusts_service(role["AssumeRolePolicyDocument"], service)


def is_allowed(role_arn: str, action: str, resource_arn: str) -> bool:
    """On an unknown resource it is enough that the role has the action on any."""
    policies = _gather_role_policies(role_arn.rsplit("/", 1)[-1], get_account_id())
    if resource_arn == UNKNOWN_RESOURCE:
        return any(
            statement.effect == "Allow" and _action_matches(action, statement.actions, statement.not_actions)
            for statements in policies
            for statement in statements
        )
    context = EvalContext(
        principal_arn=role_arn, principal_type="AssumedRole", principal_account=get_account_id(),
        action=action, resource_arn=resource_arn, region=get_region(),
    )  # fmt: skip
    return evaluate(context, policies).decision == "Allow"
