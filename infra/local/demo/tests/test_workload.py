"""Breaking each resource makes its own alarms fire and no others; restoring it makes them OK again."""

import json
import time
from collections.abc import Callable

import pytest

from demo.event_documents import alarm_state_change, deployment_failed, instance_stopped
from demo.tests.conftest import Workload
from demo.waiting import wait_for
from local_aws import permission_log
from workload import alarms
from workload.function import ALIAS
from workload.petshop import (
    CLUSTER,
    PAYMENT_TIMEOUT,
    SEARCH,
    SERVICE,
    STOCK,
    UNPULLABLE_WEB_IMAGE,
    web_task_definition,
)
from workload.storefront import CATALOGUE, PAGE_SIZE, RECOMMENDATIONS, STOREFRONT

Act = Callable[[Workload], None]


def _set_timeout(value: str) -> Act:
    return lambda workload: workload.aws.client("ssm").put_parameter(Name=PAYMENT_TIMEOUT, Value=value, Overwrite=True)


def _move_alias(function: str, version: str) -> Act:
    return lambda workload: workload.aws.client("lambda").update_alias(
        FunctionName=function, Name=ALIAS, FunctionVersion=version
    )


def _stop_instance(workload: Workload) -> None:
    workload.aws.client("ec2").stop_instances(InstanceIds=[workload.petshop.instance_id])


def _start_instance(workload: Workload) -> None:
    workload.aws.client("ec2").start_instances(InstanceIds=[workload.petshop.instance_id])


def _deploy_unpullable(workload: Workload) -> None:
    ecs = workload.aws.client("ecs")
    _deploy(workload, web_task_definition(ecs, UNPULLABLE_WEB_IMAGE))


def _deploy_first(workload: Workload) -> None:
    _deploy(workload, workload.petshop.task_definition)


def _deploy(workload: Workload, task_definition: str) -> None:
    workload.aws.client("ecs").update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=task_definition)


def _close_provider(workload: Workload) -> None:
    workload.provider.close()


def _open_provider(workload: Workload) -> None:
    workload.provider.open()


def _close_warehouse(workload: Workload) -> None:
    workload.warehouse.close()


def _open_warehouse(workload: Workload) -> None:
    workload.warehouse.open()


BREAKAGES: dict[tuple[str, ...], tuple[Act, Act]] = {
    (alarms.CHECKOUT_ERRORS,): (_set_timeout("thirty"), _set_timeout("3")),
    (alarms.SEARCH_ERRORS, alarms.SEARCH_FAILING): (_move_alias(SEARCH, "2"), _move_alias(SEARCH, "1")),
    (alarms.STOCK_ERRORS,): (_close_warehouse, _open_warehouse),
    (alarms.INVENTORY_DOWN,): (_stop_instance, _start_instance),
    (alarms.WEB_UNHEALTHY,): (_deploy_unpullable, _deploy_first),
    (alarms.PAYMENTS_FAILING,): (_close_provider, _open_provider),
    (alarms.STOREFRONT_ERRORS,): (_move_alias(CATALOGUE, "2"), _move_alias(CATALOGUE, "1")),
}


def test_alarms_follow_the_real_state(workload: Workload) -> None:
    """All broken one after another, so that the ten seconds of their periods are waited for once."""
    broken = set()
    try:
        for fired, (break_it, _restore_it) in BREAKAGES.items():
            break_it(workload)
            for alarm in fired:
                workload.wait_for_alarm(alarm, "ALARM")
            broken |= set(fired)
            assert {name for name, state in workload.alarms().items() if state != "OK"} == broken
    finally:
        for _break_it, restore_it in BREAKAGES.values():
            restore_it(workload)
    for alarm in workload.alarms():
        workload.wait_for_alarm(alarm, "OK")


@pytest.mark.parametrize("version", ["1", "2"])
def test_stock_fails_without_the_warehouse_in_every_version(workload: Workload, version: str) -> None:
    functions = workload.aws.client("lambda")

    def fails() -> bool:
        return "FunctionError" in functions.invoke(FunctionName=STOCK, Qualifier=version, Payload=b"{}")

    assert not fails()
    workload.warehouse.close()
    try:
        assert fails()
    finally:
        workload.warehouse.open()


def test_resources_all_found_by_the_applications_tag(workload: Workload) -> None:
    tagging = workload.aws.client("resourcegroupstaggingapi")
    filters = [{"Key": "application", "Values": ["petshop"]}]
    arns = {one["ResourceARN"] for one in tagging.get_resources(TagFilters=filters)["ResourceTagMappingList"]}
    endings = [
        "function:petshop-checkout",
        "function:petshop-search",
        "function:petshop-stock",
        *(f"function:{name}" for name in (STOREFRONT, RECOMMENDATIONS, CATALOGUE)),
        f"parameter{PAYMENT_TIMEOUT}",
        f"parameter{PAGE_SIZE}",
        f"instance/{workload.petshop.instance_id}",
        f"service/{CLUSTER}/{SERVICE}",
        *(f"alarm:{name}" for name in workload.alarms()),
    ]
    assert [ending for ending in endings if not any(arn.endswith(ending) for arn in arns)] == []


def test_function_errors_are_not_other_functions_errors(workload: Workload) -> None:
    cloudwatch = workload.aws.client("cloudwatch")
    described = cloudwatch.describe_alarms(AlarmNames=[alarms.CHECKOUT_ERRORS])["MetricAlarms"][0]
    assert {one["Name"]: one["Value"] for one in described["Dimensions"]} == {
        "FunctionName": "petshop-checkout",
        "Resource": "petshop-checkout:live",
    }


def test_alarm_event_is_the_document_with_the_alarms_own_ids(workload: Workload) -> None:
    event = alarm_state_change(workload.aws, alarms.CHECKOUT_ERRORS)
    assert event["source"] == "aws.cloudwatch"
    assert event["resources"] == [f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{alarms.CHECKOUT_ERRORS}"]
    metric = event["detail"]["configuration"]["metrics"][0]["metricStat"]["metric"]
    assert metric["dimensions"] == {"FunctionName": "petshop-checkout", "Resource": "petshop-checkout:live"}
    assert "ServerCpuTooHigh" not in json.dumps(event)


def test_instance_event_names_the_instance(workload: Workload) -> None:
    event = instance_stopped(workload.aws, workload.petshop.instance_id)
    assert event["detail"] == {"instance-id": workload.petshop.instance_id, "state": "stopped"}


def test_deployment_event_has_the_services_own_reason(workload: Workload) -> None:
    ecs = workload.aws.client("ecs")

    def service() -> dict:
        return ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]

    def has_failed() -> bool:
        return any(one["rolloutState"] == "FAILED" for one in service()["deployments"] if one["status"] == "PRIMARY")

    _deploy_unpullable(workload)
    try:
        wait_for("the deployment to fail", has_failed, 10)
        event = deployment_failed(workload.aws, service())
    finally:
        _deploy_first(workload)
    assert event["resources"] == [f"arn:aws:ecs:us-east-1:123456789012:service/{CLUSTER}/{SERVICE}"]
    assert event["detail"]["eventName"] == "SERVICE_DEPLOYMENT_FAILED"
    assert "circuit breaker" in event["detail"]["reason"]


# ---- The storefront and what it calls ----

_CHAIN = (STOREFRONT, RECOMMENDATIONS, CATALOGUE)


def _invoke(workload: Workload) -> dict:
    return workload.aws.client("lambda").invoke(FunctionName=STOREFRONT, Qualifier=ALIAS, Payload=b'{"visitor": "eve"}')


def _graph(workload: Workload, since: float) -> dict[tuple[str, str], dict]:
    pages = workload.aws.client("xray").get_paginator("get_service_graph").paginate(StartTime=since, EndTime=time.time())
    return {(one["Name"], one["Type"]): one for page in pages for one in page["Services"]}


def test_storefront_shows_what_the_catalogue_has(workload: Workload) -> None:
    page = json.load(_invoke(workload)["Payload"])
    assert page["recommended"] == [{"name": "cat", "price": "120.00 EUR"}, {"name": "dog", "price": "250.00 EUR"}]


def test_storefront_takes_another_page_size_at_once(workload: Workload) -> None:
    ssm = workload.aws.client("ssm")
    ssm.put_parameter(Name=PAGE_SIZE, Value="3", Overwrite=True)
    try:
        assert len(json.load(_invoke(workload)["Payload"])["recommended"]) == 3
    finally:
        ssm.put_parameter(Name=PAGE_SIZE, Value="2", Overwrite=True)


@pytest.fixture
def broken_catalogue(workload: Workload) -> Workload:
    _move_alias(CATALOGUE, "2")(workload)
    yield workload
    _move_alias(CATALOGUE, "1")(workload)


def test_broken_catalogue_fails_the_whole_chain(broken_catalogue: Workload) -> None:
    since = time.time()
    answer = _invoke(broken_catalogue)
    assert answer["FunctionError"] == "Unhandled"
    raised = json.load(answer["Payload"])
    assert (raised["errorType"], raised["errorMessage"]) == (
        "DependencyFailed", f"{RECOMMENDATIONS} failed with DependencyFailed",
    )  # fmt: skip
    graph = _graph(broken_catalogue, since)
    for name in _CHAIN:
        assert graph[name, "AWS::Lambda::Function"]["SummaryStatistics"]["FaultStatistics"]["TotalCount"] >= 1
    last_lines = {
        name: [
            event["message"].splitlines()[0]
            for event in broken_catalogue.aws.client("logs").filter_log_events(
                logGroupName=f"/aws/lambda/{name}", startTime=int(since * 1000), filterPattern='"[ERROR]"'
            )["events"]
        ]
        for name in _CHAIN
    }
    assert last_lines[CATALOGUE][0] == "[ERROR] KeyError: 'prices'"
    assert last_lines[RECOMMENDATIONS][0] == f"[ERROR] DependencyFailed: {CATALOGUE} failed with KeyError"


def test_service_graph_has_the_chain(workload: Workload) -> None:
    since = time.time()
    _invoke(workload)
    graph = _graph(workload, since)
    by_reference = {one["ReferenceId"]: key for key, one in graph.items()}
    calls = {(name, by_reference[edge["ReferenceId"]][0]) for (name, _), one in graph.items() for edge in one["Edges"]}
    assert calls == {
        (STOREFRONT, STOREFRONT), (STOREFRONT, RECOMMENDATIONS), (RECOMMENDATIONS, "SSM"), (RECOMMENDATIONS, CATALOGUE),
    }  # fmt: skip
    assert graph[STOREFRONT, "AWS::Lambda::Function"]["Root"]


@pytest.mark.parametrize(
    ("role", "actions"),
    [
        (STOREFRONT, {"lambda:InvokeFunction", "xray:PutTraceSegments"}),
        (RECOMMENDATIONS, {"lambda:InvokeFunction", "ssm:GetParameter", "xray:PutTraceSegments"}),
        (CATALOGUE, {"xray:PutTraceSegments"}),
    ],
)
def test_role_may_do_what_it_does_and_write_its_log(workload: Workload, role: str, actions: set[str]) -> None:
    _invoke(workload)
    checks = [check for check in permission_log.read(workload.permission_log) if check.role == role]
    assert {check.action for check in checks} == actions
    assert all(check.is_allowed for check in checks)
    document = workload.aws.client("iam").get_role_policy(RoleName=role, PolicyName="test")["PolicyDocument"]
    granted = [statement["Action"] for statement in document["Statement"]]
    granted = {action for one in granted for action in ([one] if isinstance(one, str) else one)}
    # The local Lambda writes the log whoever may.
    assert granted - actions == {"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}
