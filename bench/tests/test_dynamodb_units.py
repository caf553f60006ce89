import pytest

from incident.dynamodb_units import UnknownOperation, is_read, is_write, item_bytes, read_units, write_units
from loopback.counting_proxy import Call


def _call(operation: str, request: dict, response: dict | None = None) -> Call:
    return Call("dynamodb", operation, 200, 0.0, 0.0, request, response or {})


def _of_bytes(size: int, **more: dict) -> dict:
    item = {"pk": {"S": ""}} | more
    item["pk"]["S"] = "x" * (size - item_bytes(item))
    return item


def _nothing(_key: dict) -> None:
    return None


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({"a": {"S": "héé"}}, 1 + 5),
        ({"a": {"N": "12345"}}, 1 + 4),
        ({"a": {"N": "-0"}}, 1 + 2),
        ({"a": {"BOOL": True}}, 1 + 1),
        ({"a": {"NULL": True}}, 1 + 1),
        ({"a": {"SS": ["bc", "d"]}}, 1 + 3),
        ({"a": {"L": [{"S": "b"}]}}, 1 + 3 + 1 + 1),
        ({"a": {"M": {"b": {"S": "c"}}}}, 1 + 3 + 1 + 1 + 1),
    ],
)
def test_item_bytes_are_names_and_values(item, size):
    assert item_bytes(item) == size


@pytest.mark.parametrize(("size", "units"), [(3, 1), (1024, 1), (1025, 2)])
def test_put_costs_a_unit_for_each_kilobyte(size, units):
    assert write_units(_call("PutItem", {"Item": _of_bytes(size)}), _nothing, "listing") == units


def test_transaction_costs_twice_for_each_item():
    items = [{"Put": {"Item": _of_bytes(10)}}, {"Put": {"Item": _of_bytes(1500)}}]
    assert write_units(_call("TransactWriteItems", {"TransactItems": items}), _nothing, "listing") == 2 + 4


def test_update_costs_what_the_item_has_now():
    call = _call("UpdateItem", {"Key": {"pk": {"S": "a"}}})
    assert write_units(call, lambda _key: _of_bytes(2000), "listing") == 2
    assert write_units(call, _nothing, "listing") == 1


def test_item_in_the_index_costs_twice():
    item = _of_bytes(10, listing={"S": "i"})
    assert write_units(_call("PutItem", {"Item": item}), _nothing, "listing") == 2


def test_checked_item_of_a_transaction_costs_like_a_written_one():
    items = [{"ConditionCheck": {"Key": {"pk": {"S": "a"}}}}]
    assert write_units(_call("TransactWriteItems", {"TransactItems": items}), _nothing, "listing") == 2


@pytest.mark.parametrize(
    ("operation", "request_", "response", "units"),
    [
        ("GetItem", {}, {}, 0.5),
        ("GetItem", {"ConsistentRead": True}, {}, 1.0),
        ("GetItem", {"ConsistentRead": True}, {"Item": _of_bytes(4097)}, 2.0),
        ("Query", {}, {"Items": [_of_bytes(3000), _of_bytes(3000)]}, 1.0),
    ],
)
def test_read_costs_by_size_and_consistency(operation, request_, response, units):
    assert read_units(_call(operation, request_, response)) == units


def test_operation_without_a_price_is_refused():
    with pytest.raises(UnknownOperation, match="Scan"):
        read_units(_call("Scan", {}))
    with pytest.raises(UnknownOperation, match="BatchWriteItem"):
        write_units(_call("BatchWriteItem", {}), _nothing, "listing")


def test_calls_of_other_services_are_neither_read_nor_write():
    call = Call("ssm", "GetItem", 200, 0.0, 0.0)
    assert not is_read(call) and not is_write(call)
