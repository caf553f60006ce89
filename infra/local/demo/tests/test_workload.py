"""Breaking each thing makes its alarm fire and no other; mending it makes the alarm OK again."""

import json
from collections.abc import Callable

from demo.event_documents import alarm_state_change, deployment_failed, instance_stopped
from demo.tests.conftest import Workload
from demo.waiting import wait_for
from workload import alarms
from workload.petshop import (
    ALIAS,
    CLUSTER,
    PAYMENT_TIMEOUT,
    SEARCH,
    SERVICE,
    UNPULLABLE_WEB_IMAGE,
    web_task_definition,
)

Act = Callable[[Workload], None]


def _set_timeout(value: str) -> Act:
    return lambda workload: workload.aws.client("ssm").put_parameter(Name=PAYMENT_TIMEOUT, Value=value, Overwrite=True)


def _move_alias(version: str) -> Act:
    return lambda workload: workload.aws.client("lambda").update_alias(
        FunctionName=SEARCH, Name=ALIAS, FunctionVersion=version
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


BREAKAGES: dict[str, tuple[Act, Act]] = {
    alarms.CHECKOUT_ERRORS: (_set_timeout("thirty"), _set_timeout("3")),
    alarms.SEARCH_ERRORS: (_move_alias("2"), _move_alias("1")),
    alarms.INVENTORY_DOWN: (_stop_instance, _start_instance),
    alarms.WEB_UNHEALTHY: (_deploy_unpullable, _deploy_first),
    alarms.PAYMENTS_FAILING: (_close_provider, _open_provider),
}


def test_alarms_follow_the_real_state(workload: Workload) -> None:
    """All broken one after another, so that the ten seconds of their periods are waited for once."""
    broken = set()
    try:
        for alarm, (break_it, _mend_it) in BREAKAGES.items():
            break_it(workload)
            workload.wait_for_alarm(alarm, "ALARM")
            broken.add(alarm)
            assert {name for name, state in workload.alarms().items() if state != "OK"} == broken
    finally:
        for _break_it, mend_it in BREAKAGES.values():
            mend_it(workload)
    for alarm in BREAKAGES:
        workload.wait_for_alarm(alarm, "OK")


def test_resources_all_found_by_the_applications_tag(workload: Workload) -> None:
    tagging = workload.aws.client("resourcegroupstaggingapi")
    filters = [{"Key": "application", "Values": ["petshop"]}]
    arns = {one["ResourceARN"] for one in tagging.get_resources(TagFilters=filters)["ResourceTagMappingList"]}
    endings = [
        "function:petshop-checkout",
        "function:petshop-search",
        f"parameter{PAYMENT_TIMEOUT}",
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
