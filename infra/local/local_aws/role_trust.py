"""Decides if a role's trust policy lets an AWS service in.

MiniStack's own check lets its root assume any role that trusts any service.
"""

import json


def trusts_service(trust_policy: str | dict, service: str) -> bool:
    policy = json.loads(trust_policy) if isinstance(trust_policy, str) else trust_policy
    return any(_statement_trusts(statement, service) for statement in _as_list(policy.get("Statement", [])))


def _statement_trusts(statement: dict, service: str) -> bool:
    principal = statement.get("Principal", {})
    services = principal.get("Service", []) if isinstance(principal, dict) else []
    return (
        statement.get("Effect") == "Allow"
        and service in _as_list(services)
        and "sts:AssumeRole" in _as_list(statement.get("Action", []))
    )


def _as_list(value) -> list:
    return value if isinstance(value, list) else [value]
