"""A deployment can fail: an image with the tag `does-not-exist` cannot be pulled.

Without Docker MiniStack runs every task whatever its image is, so that no bad deployment
ever shows. Here such a task stops with CannotPullContainerError and is tried again, until
the circuit breaker trips (and rolls back, when told to) or, without one, a few times. And
a service cannot be given a task definition that was never registered.
"""

from collections.abc import Callable

import ministack.services.ecs as ecs
from ministack.core.responses import error_response_json, new_uuid

from local_aws import ministack_names as names
from local_aws import settings
from local_aws.fidelity.ecs_rollouts import later

_UNPULLABLE_TAG = ":does-not-exist"
# Without a circuit breaker ECS tries for ever, more and more slowly; this is where it looks the same.
_ATTEMPTS_SHOWN = 3
# A service of a few tasks has failed often enough for its circuit breaker after so many rounds.
_ROUNDS_OF_A_ROLLOUT = 2
_GIVEN_UP = "_pull_given_up"


def install() -> None:
    names.ECS_RUN_TASK.wrap(_failing_to_pull)
    names.ECS_RECONCILE_SERVICE_TASKS.wrap(_until_given_up)
    names.ECS_REFRESH_SERVICE_STATE.wrap(_with_primary_first)
    for operation in (names.ECS_CREATE_SERVICE, names.ECS_UPDATE_SERVICE):
        operation.wrap(_of_a_known_task_definition)


def _failing_to_pull(original: Callable) -> Callable:
    def run_task(data):
        known = set(ecs._tasks)
        response = original(data)
        for arn, task in [(arn, task) for arn, task in ecs._tasks.items() if arn not in known]:
            images = [container.get("image", "") for container in task.get("containers", [])]
            missing = next((image for image in images if image.endswith(_UNPULLABLE_TAG)), None)
            if missing and (seconds := settings.current().ecs_rollout_seconds):
                task |= {"lastStatus": "PENDING", "startedAt": None, "_startup_stable": False}
                later(seconds / _ROUNDS_OF_A_ROLLOUT, _fail, arn, task, missing)
            elif missing:
                _fail(arn, task, missing)
        return response

    return run_task


def _fail(arn: str, task: dict, image: str) -> None:
    service = ecs._services.get(f"{ecs._cluster_name_from_arn(task['clusterArn'])}/{task['group'].partition(':')[2]}")
    deployment = ecs._deployment_for_task(service, task) if service else None
    breaker = ((service or {}).get("deploymentConfiguration") or {}).get("deploymentCircuitBreaker") or {}
    if deployment and not breaker.get("enable"):
        # With a breaker MiniStack counts; without one it does not, and would try without end.
        deployment["failedTasks"] = deployment.get("failedTasks", 0) + 1
        if deployment["failedTasks"] >= _ATTEMPTS_SHOWN and not deployment.get(_GIVEN_UP):
            deployment[_GIVEN_UP] = True
            message = (
                f"(service {service['serviceName']}) is unable to consistently start tasks successfully. "
                "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
            )
            service["events"].insert(0, {"id": new_uuid(), "createdAt": ecs._iso(), "message": message})
    reason = f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {image}: not found"
    ecs._mark_task_stopped(arn, task, reason, "TaskFailedToStart")


def _until_given_up(original: Callable) -> Callable:
    def reconcile(cluster_name, service_key):
        service = ecs._services.get(service_key)
        primary = ecs._primary_deployment(service) if service else None
        # MiniStack stops the former deployment's tasks once the new one has failed; on AWS they go on.
        has_failed = primary and (primary.get(_GIVEN_UP) or primary.get("rolloutState") == "FAILED")
        if has_failed and service.get("desiredCount", 0) > 0:
            ecs._refresh_service_state(cluster_name, f"service:{service['serviceName']}")
            return
        original(cluster_name, service_key)

    return reconcile


def _with_primary_first(original: Callable) -> Callable:
    """After a rollback MiniStack lists the deployment that failed before the one that is current."""

    def refresh(cluster_name, group):
        original(cluster_name, group)
        service = ecs._services.get(f"{cluster_name}/{(group or '').partition(':')[2]}")
        if service:
            service["deployments"].sort(key=lambda deployment: deployment.get("status") != "PRIMARY")

    return refresh


def _of_a_known_task_definition(original: Callable) -> Callable:
    def operation(data):
        name = data.get("taskDefinition")
        if name and ecs._resolve_td_key(name) not in ecs._task_defs:
            return error_response_json("ClientException", "TaskDefinition not found.", 400)
        return original(data)

    return operation
