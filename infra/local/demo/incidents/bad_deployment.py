"""An ECS service is deployed with a task definition whose image does not exist."""

from typing import Any

from demo.event_documents import Event, deployment_failed
from demo.incident import Incident
from demo.lifecycle import run_incident
from demo.result import Result
from demo.stage import Stage
from demo.waiting import wait_for
from workload.petshop import CLUSTER, SERVICE, UNPULLABLE_WEB_IMAGE, web_task_definition

TITLE = "a bad task definition is deployed"
# The circuit breaker fails the deployment after three tasks that do not start.
_FAILS_WITHIN_SECONDS = 30.0


class BadDeployment(Incident):
    title = TITLE
    asks_model = None
    broken_by_api = "UpdateService"
    first_decision = "ask"

    def current_state(self, stage: Stage) -> str:
        service = _service(stage)
        primary = _primary(service)
        return (
            f"service {SERVICE} deploys {_name(primary['taskDefinition'])}: {primary['rolloutState']}, "
            f"{service['runningCount']} of {service['desiredCount']} tasks running"
        )

    def break_it(self, stage: Stage) -> None:
        ecs = stage.aws.client("ecs", stage.alice)
        bad = web_task_definition(ecs, UNPULLABLE_WEB_IMAGE)
        ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=bad)

    def event(self, stage: Stage) -> Event:
        def has_failed() -> bool:
            return _primary(_service(stage))["rolloutState"] == "FAILED"

        wait_for("the circuit breaker to fail the deployment", has_failed, _FAILS_WITHIN_SECONDS)
        return deployment_failed(stage.aws, _service(stage))

    def is_restored(self, stage: Stage) -> bool:
        service = _service(stage)
        primary = _primary(service)
        return (
            primary["taskDefinition"] == stage.petshop.task_definition
            and primary["rolloutState"] == "COMPLETED"
            and service["runningCount"] == service["desiredCount"]
        )


def _service(stage: Stage) -> dict[str, Any]:
    return stage.aws.client("ecs").describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]


def _primary(service: dict[str, Any]) -> dict[str, Any]:
    return next(one for one in service["deployments"] if one["status"] == "PRIMARY")


def _name(task_definition_arn: str) -> str:
    return task_definition_arn.rsplit("/", 1)[-1]


def run(stage: Stage) -> Result:
    return run_incident(stage, BadDeployment())
