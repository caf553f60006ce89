"""Each function can write its own kinds of items and no others, and a person what his policy is for."""

import json

import pytest
from botocore.exceptions import ClientError

from local_aws import Credentials
from scene import Scene

_FUNCTIONS = ("webhook", "ingest", "dedup", "diagnose", "remediate", "approve", "verify", "notify", "sequence")
_RECORD = {"approve", "approver", "dedup", "diagnose", "notify", "operator", "purger", "remediate", "verify"}
# Who may put items of the kind; nobody else may.
_WRITERS = {
    "DECISION#x": {"approver"},
    "BREAKER#x": {"operator"},
    "APPROVAL#x": {"approve"},
    "LEASE#x": {"remediate"},
    "PLAN#x": {"remediate"},
    "TARGET#x": {"remediate"},
    "INCIDENT#x": {"dedup"},
    "EVIDENCE#x": {"diagnose"},
    "VERIFICATION#x": {"remediate", "verify"},
    "LEDGER#x": _RECORD,
    "UNLOGGED#0": _RECORD,
    "LOG": {"sequence"},
}


@pytest.fixture(scope="module")
def callers(scene: Scene) -> dict[str, Credentials]:
    """Sessions with the policies of each function's role, and of people."""
    iam = scene.aws.client("iam")
    found = {}
    for function in _FUNCTIONS:
        role = scene.role_of(function)
        names = iam.list_role_policies(RoleName=role)["PolicyNames"]
        documents = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]
        documents = [json.loads(one) if isinstance(one, str) else one for one in documents]
        statements = [statement for one in documents for statement in one["Statement"]]
        policy = {"Version": "2012-10-17", "Statement": statements}
        found[function] = scene.aws.create_role_session(f"as-{function}", policy)
    for person in ("viewer", "approver", "operator", "purger"):
        name = f"a-{person}"
        iam.create_user(UserName=name)
        iam.attach_user_policy(UserName=name, PolicyArn=scene.outputs[f"{person.capitalize()}PolicyArn"])
        key = iam.create_access_key(UserName=name)["AccessKey"]
        found[person] = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    return found


@pytest.mark.parametrize("pk", _WRITERS)
def test_kind_is_written_by_its_writers_only(scene: Scene, callers: dict[str, Credentials], pk: str) -> None:
    writers = set()
    for name, credentials in callers.items():
        dynamodb = scene.aws.client("dynamodb", credentials)
        try:
            # A condition that no item meets, so that nothing is ever written.
            dynamodb.put_item(
                TableName=scene.outputs["TableName"],
                Item={"pk": {"S": pk}, "sk": {"S": "x"}},
                ConditionExpression="attribute_exists(pk)",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                writers.add(name)
            else:
                assert error.response["Error"]["Code"] == "AccessDeniedException", error
    assert writers == _WRITERS[pk]


# Who may delete items of the kind.
_DELETERS = {
    **dict.fromkeys(("EVIDENCE#x", "DIAGNOSIS#x", "REASONING#x", "VERIFICATION#x", "APPLICATION#x"), {"purger"}),
    "UNLOGGED#0": {"sequence"},
    **dict.fromkeys(("LEDGER#x", "LOG", "INCIDENT#x", "DECISION#x", "PLAN#x", "LEASE#x", "EVENT#x"), set()),
}


@pytest.mark.parametrize("pk", _DELETERS)
def test_kind_is_deleted_by_its_deleters_only(
    scene: Scene, callers: dict[str, Credentials], pk: str
) -> None:
    deleters = set()
    for name, credentials in callers.items():
        dynamodb = scene.aws.client("dynamodb", credentials)
        try:
            dynamodb.delete_item(
                TableName=scene.outputs["TableName"],
                Key={"pk": {"S": pk}, "sk": {"S": "x"}},
                ConditionExpression="attribute_exists(pk)",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                deleters.add(name)
            else:
                assert error.response["Error"]["Code"] == "AccessDeniedException", error
    assert deleters == _DELETERS[pk]


def test_table_is_scanned_by_nobody(scene: Scene, callers: dict[str, Credentials]) -> None:
    for name, credentials in callers.items():
        with pytest.raises(ClientError, match="AccessDenied"):
            scene.aws.client("dynamodb", credentials).scan(TableName=scene.outputs["TableName"])
            pytest.fail(name)
