from dataclasses import dataclass

import pytest

_DOCUMENT = "Nightshift-RollbackEcsService"


@dataclass(frozen=True)
class Service:
    name: str
    good: str
    other: str
    bad: str


@pytest.fixture
def service(aws, name) -> Service:
    """A service of a cluster of the same name; `bad` is deployed."""
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName=name)
    arns = [
        ecs.register_task_definition(
            family=name, containerDefinitions=[{"name": "web", "image": f"web:{tag}", "memory": 64}]
        )["taskDefinition"]["taskDefinitionArn"]
        for tag in ("good", "other", "bad")
    ]
    ecs.create_service(cluster=name, serviceName=name, taskDefinition=arns[2], desiredCount=2)
    return Service(name, *arns)


def _deployments(aws, service) -> list[dict]:
    return aws.client("ecs").describe_services(cluster=service.name, services=[service.name])["services"][0][
        "deployments"
    ]


def _roll_back(automations, service, to, expected, **more):
    return automations.run(
        _DOCUMENT,
        {"Cluster": service.name, "Service": service.name, "TaskDefinition": to, "ExpectedTaskDefinition": expected, **more},
    )


def _undo(automations, service, done):
    return _roll_back(
        automations, service, done.output("RecordState.TaskDefinitionBefore"), service.good,
        ExpectedDeployment=done.output("DeployTaskDefinition.DeploymentId"),
    )  # fmt: skip


def test_rollback_service_deploys_the_task_definition(aws, automations, service):
    run = _roll_back(automations, service, service.good, service.bad)
    assert run.status == "Success", run.failure
    assert run.output("RecordState.TaskDefinitionBefore") == service.bad
    assert run.output("ConfirmRolledBack.TaskDefinitionAfter") == service.good
    primary = _deployments(aws, service)[0]
    assert (primary["taskDefinition"], primary["rolloutState"]) == (service.good, "COMPLETED")


def test_rollback_service_twice_is_once(aws, automations, service):
    _roll_back(automations, service, service.good, service.bad)
    deployment = _deployments(aws, service)[0]["id"]
    again = _roll_back(automations, service, service.good, service.bad)
    assert again.status == "Success", again.failure
    assert again.step_status("DeployTaskDefinition") == "Pending"
    assert "No output available" in again.output("DeployTaskDefinition.DeploymentId")
    assert _deployments(aws, service)[0]["id"] == deployment


def test_rollback_service_undone_twice_is_undone_once(aws, automations, service):
    done = _roll_back(automations, service, service.good, service.bad)
    for _ in range(2):
        undone = _undo(automations, service, done)
        assert undone.status == "Success", undone.failure
        assert _deployments(aws, service)[0]["taskDefinition"] == service.bad


def test_rollback_service_undo_of_what_another_hand_deployed_since_touches_nothing(aws, automations, service):
    done = _roll_back(automations, service, service.good, service.bad)
    aws.client("ecs").update_service(
        cluster=service.name, service=service.name, taskDefinition=service.good, forceNewDeployment=True
    )
    undone = _undo(automations, service, done)
    assert undone.status == "Failed"
    assert undone.step_status("AssertStillOurs") == "Failed"
    assert _deployments(aws, service)[0]["taskDefinition"] == service.good


def test_rollback_service_deployed_since_touches_nothing(aws, automations, service):
    run = _roll_back(automations, service, service.good, service.other)
    assert run.status == "Failed"
    assert run.step_status("AssertUnchangedSinceDiagnosis") == "Failed"
    assert _deployments(aws, service)[0]["taskDefinition"] == service.bad


def test_rollback_service_to_a_deregistered_task_definition_touches_nothing(aws, automations, service):
    aws.client("ecs").deregister_task_definition(taskDefinition=service.good)
    run = _roll_back(automations, service, service.good, service.bad)
    assert run.status == "Failed"
    assert run.step_status("AssertTaskDefinitionIsActive") == "Failed"
    assert _deployments(aws, service)[0]["taskDefinition"] == service.bad


def test_rollback_service_that_is_not_there_fails(automations, service):
    run = automations.run(
        _DOCUMENT,
        {"Cluster": service.name, "Service": "nothing", "TaskDefinition": service.good, "ExpectedTaskDefinition": service.bad},
    )
    assert run.status == "Failed"
    assert run.step_status("RecordState") == "Failed"
