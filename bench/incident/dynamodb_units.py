"""Computes DynamoDB's request units from the calls themselves.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html and, for the size of an
item, https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from loopback.counting_proxy import Call

Item = dict[str, Any]
_READ_UNIT_BYTES = 4096
_WRITE_UNIT_BYTES = 1024
# DynamoDB prepares and commits a transaction: each of its items is written, or read, twice.
_TRANSACTIONAL = 2
_NESTED_OVERHEAD_BYTES = 3
_WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"}
_READS = {"GetItem", "Query", "Scan", "TransactGetItems", "BatchGetItem"}


class UnknownOperation(Exception):
    """A call whose price this module does not know; better no figure than a wrong one."""


@dataclass(frozen=True)
class Write:
    """One item that a call writes, whether or not its condition held: a refused write costs the same."""

    key: Item
    item: Item | None
    """None where the call says only what changes."""
    is_transactional: bool


def is_write(call: Call) -> bool:
    return call.service == "dynamodb" and call.operation in _WRITES


def is_read(call: Call) -> bool:
    return call.service == "dynamodb" and call.operation in _READS


def writes_of(call: Call) -> Iterator[Write]:
    """The items of a writing call; those that a transaction only checks are counted as written, as an upper bound."""
    if call.operation == "TransactWriteItems":
        for one in call.request["TransactItems"]:
            ((kind, action),) = one.items()
            yield _write(kind, action, is_transactional=True)
    elif call.operation in _WRITES - {"BatchWriteItem"}:
        yield _write(call.operation, call.request, is_transactional=False)
    else:
        raise UnknownOperation(f"DynamoDB's {call.operation} is not priced here")


def write_units(call: Call, current: Callable[[Item], Item | None], indexed_attribute: str) -> int:
    """`current` looks an item up by its key, for updates: an item that only grows is at its largest now.

    An item with `indexed_attribute` is written to the index as well. The index is counted like the table, doubled in a
    transaction too, which makes this an upper bound.
    """
    units = 0
    for write in writes_of(call):
        item = write.item if write.item is not None else current(write.key) or write.key
        copies = 2 if indexed_attribute in item else 1
        times = _TRANSACTIONAL if write.is_transactional else 1
        units += copies * times * _units(item_bytes(item), _WRITE_UNIT_BYTES)
    return units


def read_units(call: Call) -> float:
    if call.operation not in {"GetItem", "Query"}:
        raise UnknownOperation(f"DynamoDB's {call.operation} is not priced here")
    if call.operation == "GetItem":
        size = item_bytes(call.response.get("Item", {}))
    else:
        # Of what a query read its answer shows what was left after a filter; ours have none.
        size = sum(item_bytes(item) for item in call.response.get("Items", []))
    consistency = 1.0 if call.request.get("ConsistentRead") else 0.5
    return _units(size, _READ_UNIT_BYTES) * consistency


def item_bytes(item: Item) -> int:
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _write(kind: str, action: dict[str, Any], *, is_transactional: bool) -> Write:
    if kind in ("Put", "PutItem"):
        return Write({}, action["Item"], is_transactional)
    return Write(action["Key"], None, is_transactional)


def _value_bytes(value: dict[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "B":
            return len(content) * 3 // 4
        case "N":
            # Two digits a byte, and one byte for sign and exponent.
            return math.ceil(len(content.lstrip("-").replace(".", "").strip("0") or "0") / 2) + 1
        case "BOOL" | "NULL":
            return 1
        case "SS" | "NS" | "BS":
            return sum(_value_bytes({kind[0]: one}) for one in content)
        case "L":
            return _NESTED_OVERHEAD_BYTES + sum(1 + _value_bytes(one) for one in content)
        case "M":
            return _NESTED_OVERHEAD_BYTES + len(content) + item_bytes(content)
    raise UnknownOperation(f"DynamoDB has no attribute type {kind}")


def _units(size: int, unit_bytes: int) -> int:
    # Looking for an item that is not there costs a unit too.
    return max(1, math.ceil(size / unit_bytes))
