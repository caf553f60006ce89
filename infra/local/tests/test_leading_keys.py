"""Policies with `dynamodb:LeadingKeys` permit on AWS's terms, for every kind of call."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import allow, permission_log
from local_aws.emulator import LocalAws

_TABLE = "leading-keys"
_OWN, _OTHER = "PLAN#1", "APPROVAL#1"
_ANY_VALUE = {"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": ["PLAN#*"]}}
_ALL_VALUES = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["PLAN#*"]}}
_SAFE = _ALL_VALUES | {"Null": {"dynamodb:LeadingKeys": "false"}}


@pytest.fixture(scope="module")
def table(aws) -> str:
    dynamodb = aws.client("dynamodb")
    dynamodb.create_table(
        TableName=_TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "listing")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[{
            "IndexName": "listed",
            "KeySchema": [{"AttributeName": "listing", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }],
    )  # fmt: skip
    for pk in (_OWN, _OTHER):
        dynamodb.put_item(TableName=_TABLE, Item=_item(pk))
    return _TABLE


@pytest.fixture(scope="module")
def caller(aws, table) -> Callable[[dict], Any]:
    """A client of a user who may do everything with the table on this condition."""
    users = iter(range(100))

    def create(condition: dict):
        policy = allow("dynamodb:*")
        policy["Statement"][0]["Condition"] = condition
        return aws.client("dynamodb", aws.create_user(f"leading-keys-{next(users)}", policy))

    return create


def _item(pk: str) -> dict:
    return {"pk": {"S": pk}, "sk": {"S": "x"}, "listing": {"S": pk}}


def _key(pk: str) -> dict:
    return {"pk": {"S": pk}, "sk": {"S": "x"}}


def _member(kind: str, pk: str) -> dict:
    members = {
        "Put": {"Item": _item(pk)},
        "Update": {
            "Key": _key(pk),
            "UpdateExpression": "SET a = :a",
            "ExpressionAttributeValues": {":a": {"S": "x"}},
        },
        "Delete": {"Key": _key(pk)},
        "ConditionCheck": {"Key": _key(pk), "ConditionExpression": "attribute_exists(pk)"},
    }
    return {kind: {"TableName": _TABLE, **members[kind]}}


def _query(pk: str, **more: Any) -> dict:
    return {"TableName": _TABLE, "ExpressionAttributeValues": {":pk": {"S": pk}}} | more


def _aliased(pk: str) -> dict:
    return _query(
        pk, KeyConditionExpression="#p = :pk AND begins_with(sk, :s)", ExpressionAttributeNames={"#p": "pk"},
    ) | {"ExpressionAttributeValues": {":pk": {"S": pk}, ":s": {"S": "x"}}}  # fmt: skip


_CALLS: dict[str, tuple[str, Callable[[str], dict]]] = {
    "GetItem": ("get_item", lambda pk: {"TableName": _TABLE, "Key": _key(pk)}),
    "PutItem": ("put_item", lambda pk: {"TableName": _TABLE, "Item": _item(pk)}),
    "UpdateItem": ("update_item", lambda pk: _member("Update", pk)["Update"]),
    "Query": ("query", lambda pk: _query(pk, KeyConditionExpression="pk = :pk")),
    "Query with an alias": ("query", _aliased),
    "Query of an index": ("query", lambda pk: _query(pk, IndexName="listed", KeyConditionExpression="listing = :pk")),
    "Query by conditions": ("query", lambda pk: {
        "TableName": _TABLE,
        "KeyConditions": {"pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": pk}]}},
    }),
    "BatchGetItem": ("batch_get_item", lambda pk: {"RequestItems": {_TABLE: {"Keys": [_key(pk)]}}}),
    "BatchWriteItem": (
        "batch_write_item", lambda pk: {"RequestItems": {_TABLE: [{"PutRequest": {"Item": _item(pk)}}]}}),
    "TransactGetItems": (
        "transact_get_items", lambda pk: {"TransactItems": [{"Get": {"TableName": _TABLE, "Key": _key(pk)}}]}),
    **{
        f"TransactWriteItems of {kind}": (
            "transact_write_items", lambda pk, kind=kind: {"TransactItems": [_member(kind, pk)]})
        for kind in ("Put", "Update", "ConditionCheck", "Delete")
    },
    "DeleteItem": ("delete_item", lambda pk: {"TableName": _TABLE, "Key": _key(pk)}),
}  # fmt: skip


def _is_allowed(client, operation: str, arguments: dict) -> bool:
    try:
        getattr(client, operation)(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDeniedException", error
        return False
    return True


@pytest.fixture(scope="module")
def owner(caller):
    return caller(_SAFE)


@pytest.mark.parametrize("case", _CALLS)
def test_call_is_permitted_on_its_own_partition_only(aws: LocalAws, owner, case: str) -> None:
    operation, arguments = _CALLS[case]
    for pk in (_OWN, _OTHER):
        aws.client("dynamodb").put_item(TableName=_TABLE, Item=_item(pk))
    assert not _is_allowed(owner, operation, arguments(_OTHER))
    assert _is_allowed(owner, operation, arguments(_OWN))


def test_member_of_a_transaction_cannot_ride_along(owner) -> None:
    for kind in ("Put", "Update", "Delete", "ConditionCheck"):
        items = [_member("Put", "PLAN#2"), _member(kind, _OTHER)]
        assert not _is_allowed(owner, "transact_write_items", {"TransactItems": items})
        assert not _is_allowed(owner, "transact_write_items", {"TransactItems": items[::-1]})


@pytest.mark.parametrize(
    ("condition", "own", "both", "none"),
    [
        (_SAFE, True, False, False),
        # True of no values at all: without the check for Null, a scan passes.
        (_ALL_VALUES, True, False, True),
        (_ANY_VALUE, True, True, False),
        ({"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [_OWN]}}, True, False, True),
        ({"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["PLAN#*"]}}, False, False, True),
        ({"ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": [_OTHER]}}, False, True, False),
        ({"Null": {"dynamodb:LeadingKeys": "true"}}, False, False, True),
    ],
)  # fmt: skip
def test_set_operators_and_null(caller, condition: dict, own: bool, both: bool, none: bool) -> None:
    client = caller(condition)

    def reads(*keys: str) -> bool:
        arguments = {"RequestItems": {_TABLE: {"Keys": [_key(pk) for pk in keys]}}}
        return _is_allowed(client, "batch_get_item", arguments)

    assert (reads(_OWN), reads(_OWN, _OTHER)) == (own, both)
    assert _is_allowed(client, "scan", {"TableName": _TABLE}) is none


def test_permission_log_has_the_kinds_of_items(tmp_path) -> None:
    log = tmp_path / "permissions"
    with LocalAws(environment={permission_log.VARIABLE: str(log)}) as own:
        session = own.create_role_session("writer", allow("dynamodb:*"))
        client = own.client("dynamodb", session)
        own.client("dynamodb").create_table(
            TableName=_TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        )
        client.transact_write_items(TransactItems=[_member("Put", "PLAN#1"), _member("Put", "DIGEST")])
        client.get_item(TableName=_TABLE, Key=_key("PLAN#1"))
        client.list_tables()
    seen = {(check.action, check.item_kind) for check in permission_log.read(log) if check.role == "writer"}
    assert seen == {
        ("dynamodb:PutItem", "PLAN"),
        ("dynamodb:PutItem", "DIGEST"),
        ("dynamodb:GetItem", "PLAN"),
        ("dynamodb:ListTables", None),
    }
