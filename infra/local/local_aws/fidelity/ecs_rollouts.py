"""A deployment takes as long as the setting `ecs_rollout_seconds` says, and stays IN_PROGRESS meanwhile.

Its tasks are PENDING until then, beside those of the former deployment; or, where their image cannot be pulled, they
fail one after the other, until the circuit breaker trips after about the same time (ecs_failures.py).
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
"""

import threading
from collections.abc import Callable

import ministack.services.ecs as ecs
from ministack.core.responses import get_account_id, get_region, request_scope

from local_aws import ministack_names as names
from local_aws import settings


def install() -> None:
    """After `ecs_failures`, whose tasks never run."""
    names.ECS_RUN_TASK.wrap(_starting_later)
    names.ECS_MAKE_DEPLOYMENT.wrap(_in_progress_at_first)


def _in_progress_at_first(original: Callable) -> Callable:
    """MiniStack calls the first deployment of a service COMPLETED before any task runs."""

    def make_deployment(*arguments, **named):
        deployment = original(*arguments, **named)
        if settings.current().ecs_rollout_seconds:
            deployment |= {"rolloutState": "IN_PROGRESS", "rolloutStateReason": "ECS deployment in progress."}
        return deployment

    return make_deployment


def _starting_later(original: Callable) -> Callable:
    def run_task(data):
        seconds = settings.current().ecs_rollout_seconds
        known = set(ecs._tasks)
        response = original(data)
        if seconds and data.get("_deploymentId"):
            started = [(arn, task) for arn, task in ecs._tasks.items() if arn not in known]
            running = [(arn, task) for arn, task in started if task["lastStatus"] == "RUNNING"]
            for _, task in running:
                task |= {"lastStatus": "PENDING", "startedAt": None, "_startup_stable": False}
            if running:
                later(seconds, _run, running)
        return response

    return run_task


def _run(tasks: list[tuple[str, dict]]) -> None:
    for arn, task in tasks:
        if ecs._mark_task_running(arn, task):
            task["_startup_stable"] = True
    cluster = ecs._cluster_name_from_arn(tasks[0][1]["clusterArn"])
    ecs._reconcile_service_tasks(cluster, f"{cluster}/{tasks[0][1]['group'].partition(':')[2]}")


def later(seconds: float, action: Callable, *arguments) -> None:
    """Acts for the account and region of this call, when the time has passed."""
    account, region = get_account_id(), get_region()

    def run() -> None:
        with request_scope(account, region):
            action(*arguments)

    timer = threading.Timer(seconds, run)
    timer.daemon = True
    timer.start()
