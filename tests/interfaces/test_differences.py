"""The comparison finds what AWS would refuse, so that finding nothing means something."""

import pytest

from calls import Call
from models import NoOperation, operation
from test_interfaces import _of_answer, _of_request


def _call(signed_as: str, method: str = "POST", path: str = "/", body: str = "", answer: str = "", **more) -> Call:
    headers = {"authorization": f"AWS4-HMAC-SHA256 Credential=A/20261120/eu-west-1/{signed_as}/aws4_request, x"}
    headers |= {"x-amz-target": more.pop("target")} if "target" in more else {}
    return Call("test", method, path, more.pop("query", ()), headers, body, 200, answer)


def _ecs(body: str, answer: str = "{}") -> Call:
    return _call("ecs", target="AmazonEC2ContainerServiceV20141113.DescribeServices", body=body, answer=answer)


def _rds(form: str, answer: str = "") -> Call:
    return _call("rds", body=f"Action=DescribeDBInstances&Version=2014-10-31&{form}", answer=answer)


def _versions(*query: tuple[str, str]) -> Call:
    return _call("lambda", "GET", "/2015-03-31/functions/pay/versions", query=query)


@pytest.mark.parametrize(
    ("call", "difference"),
    [
        (_ecs('{"cluster": "c"}'), "DescribeServices lacks services"),
        (_ecs('{"services": "web"}'), "DescribeServices.services is 'web'; should be a list"),
        (_ecs('{"services": [], "Cluster": "c"}'), "has Cluster, which DescribeServicesRequest has not"),
        (_ecs('{"services": [], "include": ["ALL"]}'), "DescribeServices.include[0] is 'ALL'; should be one of TAGS"),
        (_rds("DbInstanceIdentifier=x"), "the form has DbInstanceIdentifier, which DescribeDBInstances does not take"),
        (_rds("MaxRecords=many"), "DescribeDBInstances.MaxRecords is 'many'; should be a number"),
        (_rds("Filters.Filter.1.Values.Value.1=x"), "DescribeDBInstances.Filters[0] lacks Name"),
        (_versions(("MaxItem", "5")), "the URL has MaxItem, which ListVersionsByFunction does not take"),
        (_versions(("MaxItems", "0")), "ListVersionsByFunction.MaxItems has 0; should have 1 or more"),
    ],
)
def test_request_that_aws_would_refuse_is_told(call: Call, difference: str) -> None:
    assert any(difference in found for found in _of_request(call)), list(_of_request(call))


@pytest.mark.parametrize(
    "call",
    [
        _ecs('{"services": ["web"], "include": ["TAGS"]}'),
        _rds("MaxRecords=20&Filters.Filter.1.Name=engine&Filters.Filter.1.Values.Value.1=mysql"),
        _versions(("MaxItems", "50")),
        _call("ec2", body="Action=DescribeInstances&Version=2016-11-15&InstanceId.1=i-1&Filter.1.Name=n&Filter.1.Value.1=v"),
    ],
)
def test_request_that_aws_would_take_is_not_told(call: Call) -> None:
    assert list(_of_request(call)) == []


@pytest.mark.parametrize(
    "call",
    [
        _call("ecs", target="AmazonEC2ContainerServiceV20141113.DescribeService"),
        _call("ecs", target="AmazonECS.DescribeServices"),
        _call("rds", body="Action=DescribeDBInstances&Version=2014-09-01"),
        _call("lambda", "POST", "/2015-03-31/functions/pay/versions/1"),
        _call("codedeploys", target="CodeDeploy_20141006.ListDeployments"),
    ],
)
def test_operation_that_aws_does_not_have_is_told(call: Call) -> None:
    with pytest.raises(NoOperation):
        operation(call)


_INSTANCES = "<DescribeDBInstancesResponse><DescribeDBInstancesResult>{}</DescribeDBInstancesResult></DescribeDBInstancesResponse>"


@pytest.mark.parametrize(
    ("call", "difference"),
    [
        (_ecs('{"services": []}', '{"Services": []}'), "has Services, which DescribeServicesResponse has not"),
        (_ecs('{"services": []}', '{"services": [{"createdAt": "now"}]}'), "should be a time"),
        (_ecs('{"services": []}', '{"services": [{"runningCount": "2"}]}'), "should be a number"),
        (_ecs('{"services": []}', '{"services": [{"schedulingStrategy": "ALL"}]}'), "should be one of REPLICA, DAEMON"),
        (_rds("", "<R><DBInstances/></R>"), "the answer has no DescribeDBInstancesResult"),
        (_rds("", _INSTANCES.format("<Instances/>")), "has Instances, which DBInstanceMessage has not"),
    ],
)
def test_answer_that_aws_would_not_give_is_told(call: Call, difference: str) -> None:
    assert any(difference in found for found in _of_answer(call)), list(_of_answer(call))


def test_answer_that_aws_would_give_is_not_told() -> None:
    instance = "<DBInstance><InstanceCreateTime>2026-11-20T03:00:00.5Z</InstanceCreateTime><MultiAZ>false</MultiAZ></DBInstance>"
    call = _rds("", _INSTANCES.format(f"<DBInstances>{instance}</DBInstances><Marker>m</Marker>"))
    assert list(_of_answer(call)) == []
