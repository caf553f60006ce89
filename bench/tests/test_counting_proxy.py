import http.client
from urllib.parse import urlsplit

import pytest

from loopback.counting_proxy import Call, CountingProxy, operation_of, readable, seconds_waited, service_of
from loopback.server import Handler, LoopbackServer

_SIGNATURE = "AWS4-HMAC-SHA256 Credential=AKID/20261120/us-east-1/dynamodb/aws4_request, SignedHeaders=host"


def _call(began_at: float, ended_at: float) -> Call:
    return Call("dynamodb", "GetItem", 200, began_at, ended_at)


@pytest.mark.parametrize(
    ("calls", "seconds"),
    [
        ([], 0.0),
        ([_call(0, 1)], 1.0),
        ([_call(0, 1), _call(2, 3)], 2.0),
        ([_call(0, 2), _call(1, 3)], 3.0),
        ([_call(1, 2), _call(0, 3)], 3.0),
    ],
)
def test_seconds_waited_counts_calls_at_the_same_time_once(calls, seconds):
    assert seconds_waited(calls) == seconds


def test_service_is_in_the_signature():
    assert service_of({"authorization": _SIGNATURE}) == "dynamodb"
    assert service_of({}) == "unsigned"


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "operation"),
    [
        ("POST", "/", {"x-amz-target": "DynamoDB_20120810.PutItem"}, b"{}", "PutItem"),
        ("POST", "/service/GraniteServiceVersion20100801/operation/GetMetricData", {}, b"", "GetMetricData"),
        ("POST", "/", {"content-type": "application/x-www-form-urlencoded"}, b"Action=Publish&Version=1", "Publish"),
        ("GET", "/2015-03-31/functions/f/aliases/live?x=1", {}, b"", "GET /2015-03-31/functions/f/aliases/live"),
    ],
)
def test_operation_is_found_in_every_protocol(method, path, headers, body, operation):
    assert operation_of(method, path, headers, body) == operation


@pytest.mark.parametrize(
    ("kind", "body", "document"),
    [
        ("application/x-amz-json-1.0", b'{"a": 1}', {"a": 1}),
        ("application/cbor", bytes.fromhex("a161610a"), {"a": 10}),
        ("application/x-www-form-urlencoded", b"a=1", {"a": "1"}),
        ("application/json", b"no json", {}),
        ("text/xml", b"<a/>", {}),
    ],
)
def test_readable_reads_what_it_can(kind, body, document):
    assert readable({"content-type": kind}, body) == document


def test_proxy_forwards_as_it_came_and_remembers():
    seen = {}

    class Upstream(Handler):
        def do_POST(self) -> None:
            seen.update(host=self.headers["Host"], path=self.path, body=self.body())
            self.answer(200, b'{"Item": {}}', [("Content-Type", "application/x-amz-json-1.0")])

    with LoopbackServer(Upstream) as upstream, CountingProxy(f"http://{upstream.address}") as proxy:
        client = http.client.HTTPConnection(urlsplit(proxy.endpoint).netloc)
        headers = {
            "Authorization": _SIGNATURE,
            "X-Amz-Target": "DynamoDB_20120810.GetItem",
            "Content-Type": "application/x-amz-json-1.0",
        }
        client.request("POST", "/?q", b'{"Key": {}}', headers)
        answer = client.getresponse().read()
        (call,) = proxy.take()
        client.close()
        # The signature is over the host that the client asked.
        assert seen == {"host": proxy.address, "path": "/?q", "body": b'{"Key": {}}'}
        assert answer == b'{"Item": {}}'
        assert (str(call), call.status) == ("dynamodb:GetItem", 200)
        assert (call.request, call.response) == ({"Key": {}}, {"Item": {}})
        assert proxy.take() == []


def test_proxy_without_upstream_answers_bad_gateway_and_remembers():
    with LoopbackServer(Handler) as gone:
        address = gone.address
    with CountingProxy(f"http://{address}") as proxy:
        client = http.client.HTTPConnection(proxy.address)
        client.request("POST", "/", b"", {"X-Amz-Target": "DynamoDB_20120810.GetItem"})
        assert client.getresponse().status == 502
        assert [call.status for call in proxy.take()] == [502]
        client.close()
