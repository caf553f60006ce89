"""A bad ECS deployment fails as on AWS."""


import pytest


def test_ecs_image_that_cannot_be_pulled_never_completes(aws, name, ecs_service):
    service = ecs_service("web:does-not-exist", breaker=None)
    primary, previous = service["deployments"]
    assert (primary["status"], primary["rolloutState"], primary["runningCount"]) == ("PRIMARY", "IN_PROGRESS", 0)
    assert primary["failedTasks"] >= 3
    assert (previous["status"], previous["runningCount"]) == ("ACTIVE", 2)
    assert "unable to consistently start tasks" in service["events"][0]["message"]
    ecs = aws.client("ecs")
    stopped = ecs.list_tasks(cluster=name, desiredStatus="STOPPED")["taskArns"]
    reasons = {task["stoppedReason"] for task in ecs.describe_tasks(cluster=name, tasks=stopped)["tasks"]}
    assert all(reason.startswith("CannotPullContainerError") for reason in reasons)


def test_ecs_circuit_breaker_fails_the_deployment(ecs_service):
    service = ecs_service("web:does-not-exist", breaker={"enable": True, "rollback": False})
    assert service["deployments"][0]["rolloutState"] == "FAILED"
    assert "circuit breaker" in service["deployments"][0]["rolloutStateReason"]


def test_ecs_circuit_breaker_rolls_back(ecs_service, eventually):
    service = ecs_service("web:does-not-exist", breaker={"enable": True, "rollback": True})
    assert service["taskDefinition"].endswith(":1")
    eventually(lambda: ecs_service.describe()["deployments"][0]["rolloutState"] == "COMPLETED")


def test_ecs_bad_deployment_is_rolled_back_by_our_document(name, automations, ecs_service):
    service = ecs_service("web:does-not-exist", breaker=None)
    bad, good = (deployment["taskDefinition"] for deployment in service["deployments"])
    run = automations.run(
        "Nightshift-RollbackEcsService",
        {"Cluster": name, "Service": name, "TaskDefinition": good, "ExpectedTaskDefinition": bad},
    )
    assert run.status == "Success", run.failure
    service = ecs_service.describe()
    assert service["runningCount"] == 2
    assert [deployment["rolloutState"] for deployment in service["deployments"]] == ["COMPLETED"]


def test_ecs_unknown_task_definition_is_refused(aws, name, ecs_service):
    ecs_service("web:better", breaker=None)
    with pytest.raises(Exception, match="TaskDefinition not found"):
        aws.client("ecs").update_service(cluster=name, service=name, taskDefinition=f"{name}:99")
