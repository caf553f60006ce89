"""Policies see a role as itself, as `aws:PrincipalArn`, and not its session.

MiniStack compares the session's ARN, which no policy for AWS names.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
"""

import re
from collections.abc import Callable
from typing import Any

from local_aws import ministack_names as names

_SESSION = re.compile(r"arn:(?P<partition>[^:]+):sts::(?P<account>\d+):assumed-role/(?P<role>[^/]+)/.+")


def install() -> None:
    names.RESOLVE_CONDITION_KEY.wrap(_with_role_of_session)


def _with_role_of_session(original: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    def resolve_condition_key(key, ctx):
        value = original(key, ctx)
        if key.lower() != "aws:principalarn" or not isinstance(value, str):
            return value
        session = _SESSION.fullmatch(value)
        return "arn:{partition}:iam::{account}:role/{role}".format(**session.groupdict()) if session else value

    return resolve_condition_key
