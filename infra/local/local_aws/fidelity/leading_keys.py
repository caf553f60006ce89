"""Policies see a request's partition keys, as `dynamodb:LeadingKeys`.

MiniStack knows the other condition keys of DynamoDB. A query has the partition key of the table or the index that it
reads; a batch has those of all its items; in a transaction each member is authorised with its own. A scan has none.
"""

import json
from collections.abc import Callable
from typing import Any

from ministack.services import dynamodb

from local_aws import ministack_names as names

LEADING_KEYS = "dynamodb:LeadingKeys"
_MEMBERS = ("ConditionCheck", "Put", "Update", "Delete", "Get")


class _KeyedArn(str):
    """The ARN of a transaction member's table, with the member's own partition key."""

    leading_keys: list[str]

    def __new__(cls, arn: str, leading_keys: list[str]) -> "_KeyedArn":
        keyed = super().__new__(cls, arn)
        keyed.leading_keys = leading_keys
        return keyed


def install() -> None:
    names.DYNAMODB_SERVICE_CONTEXT.wrap(_with_leading_keys)
    names.DYNAMODB_TRANSACTION_CHECKS.wrap(_with_keys_of_members)
    names.ENFORCE.wrap(_with_key_of_member)


def _with_leading_keys(original: Callable[[bytes], dict]) -> Callable[[bytes], dict]:
    def dynamodb_service_context(body):
        keys = _leading_keys(_json(body))
        return original(body) | ({LEADING_KEYS: keys} if keys else {})

    return dynamodb_service_context


def _with_keys_of_members(original: Callable[..., list]) -> Callable[..., list]:
    def dynamodb_transaction_checks(iam_action, body, region, account_id):
        checks = original(iam_action, body, region, account_id)
        if not checks:
            return checks
        members = [
            item[member]
            for item in _json(body)["TransactItems"]
            for member in _MEMBERS
            if isinstance(item.get(member), dict) and item[member].get("TableName")
        ]
        return [
            (action, _KeyedArn(arn, _leading_keys(member)))
            for (action, arn), member in zip(checks, members, strict=True)
        ]

    return dynamodb_transaction_checks


def _with_key_of_member(original: Callable) -> Callable:
    def enforce(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
        if isinstance(resource_arn, _KeyedArn) and resource_arn.leading_keys:
            service_context = (service_context or {}) | {LEADING_KEYS: resource_arn.leading_keys}
        return original(
            access_key_id, iam_action, service, region, resource_arn=resource_arn, service_context=service_context
        )

    return enforce


def _leading_keys(request: dict[str, Any]) -> list[str]:
    """Empty where the request names none, as a scan does."""
    if batches := request.get("RequestItems"):
        return [key for table, batch in batches.items() for item in _of_batch(batch) for key in _of_item(table, item)]
    table = request.get("TableName") or ""
    if item := request.get("Key") or request.get("Item"):
        return _of_item(table, item)
    name = _key_name(table, request.get("IndexName"))
    if condition := request.get("KeyConditionExpression"):
        values, aliases = request.get("ExpressionAttributeValues") or {}, request.get("ExpressionAttributeNames") or {}
        found = dynamodb._extract_pk_from_condition(condition, values, aliases, name) if name else None
        return [found] if found else []
    equals = (request.get("KeyConditions") or {}).get(name) or {}
    return [_text(value) for value in equals.get("AttributeValueList", [])]


def _of_batch(batch: dict | list) -> list[dict]:
    """The items or keys of a read, or of a write's requests."""
    if isinstance(batch, dict):
        return batch.get("Keys") or []
    requests = [request for one in batch for request in one.values()]
    return [request.get("Item") or request.get("Key") or {} for request in requests]


def _of_item(table: str, item: dict) -> list[str]:
    name = _key_name(table)
    return [_text(item[name])] if name in item else []


def _key_name(table: str, index: str | None = None) -> str | None:
    """The attribute that is the partition key; a table may be named by its ARN."""
    found = dynamodb._tables.get(table.rpartition("/")[2])
    return dynamodb._resolve_index_keys(found, index)[0] if found else None


def _text(value: dict[str, str]) -> str:
    return next(iter(value.values()))


def _json(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body or b"{}")
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
