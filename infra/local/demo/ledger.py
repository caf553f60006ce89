"""Rewrites the ledger, as only somebody with access to the table could: to try what the audit finds, and to age incidents."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

_TO_THE_SECOND = "%Y-%m-%dT%H:%M:%S"


def records(dynamodb: Any, table: str, incident_id: str) -> list[dict[str, Any]]:
    """The items of the incident's chain, oldest first."""
    found = dynamodb.query(
        TableName=table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"LEDGER#{incident_id}"}},
        ConsistentRead=True,
    )["Items"]
    read = TypeDeserializer().deserialize
    return [{name: read(value) for name, value in item.items()} for item in found]


def rewrite(dynamodb: Any, table: str, incident_id: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Changes the body of every record of the incident, with new hashes: the chain is as intact as before."""
    write = TypeSerializer().serialize
    previous = "0" * 64
    for record in records(dynamodb, table, incident_id):
        body = json.loads(record["body"])
        change(body)
        text = json.dumps(body)
        linked = f"{record['sequence']}\n{previous}\n{text}"
        changed = record | {"body": text, "previous": previous, "hash": hashlib.sha256(linked.encode()).hexdigest()}
        dynamodb.put_item(TableName=table, Item={name: write(value) for name, value in changed.items()})
        previous = changed["hash"]


def tampered_copy(dynamodb: Any, table: str) -> str:
    """Name of a copy of the table in which the end of one incident reads otherwise."""
    copy = f"{table}-tampered"
    described = dynamodb.describe_table(TableName=table)["Table"]
    indexes = [
        {name: index[name] for name in ("IndexName", "KeySchema", "Projection")}
        for index in described["GlobalSecondaryIndexes"]
    ]
    dynamodb.create_table(
        TableName=copy,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=described["KeySchema"],
        AttributeDefinitions=described["AttributeDefinitions"],
        GlobalSecondaryIndexes=indexes,
    )
    is_tampered = False
    for page in dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        for item in page["Items"]:
            is_end = item["pk"]["S"].startswith("LEDGER#") and '"type":"ended"' in item["body"]["S"]
            if is_end and not is_tampered:
                item["body"]["S"] = item["body"]["S"].replace('"reason":"', '"reason":"not ', 1)
                is_tampered = True
            dynamodb.put_item(TableName=copy, Item=item)
    return copy


def make_older(dynamodb: Any, table: str, incident_id: str, by: timedelta) -> None:
    """Makes the incident's records this much older, as if nothing had happened since."""

    def change(body: dict[str, Any]) -> None:
        at = datetime.strptime(body["at"][:19], _TO_THE_SECOND) - by
        body["at"] = at.strftime(f"{_TO_THE_SECOND}Z")

    rewrite(dynamodb, table, incident_id, change)
