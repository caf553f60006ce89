"""An instance of an application that is supervised is stopped, and on-call denies the start: somebody works on it."""

from demo.event_documents import Event, instance_stopped
from demo.incident import Incident
from demo.lifecycle import run_incident
from demo.result import Result
from demo.stage import Stage
from demo.waiting import wait_for

TITLE = "an instance is stopped for maintenance; on-call denies the start"
_STOPS_WITHIN_SECONDS = 15.0


class ApprovalDenied(Incident):
    title = TITLE
    broken_by_api = "StopInstances"
    resolution = "escalated"
    final_message = "escalated"
    first_decision = "ask"
    answer = "deny"

    def current_state(self, stage: Stage) -> str:
        return f"instance {stage.petshop.reports_instance_id} is {stage.instance_state(stage.petshop.reports_instance_id)}"

    def break_it(self, stage: Stage) -> None:
        stage.aws.client("ec2", stage.alice).stop_instances(InstanceIds=[stage.petshop.reports_instance_id])

    def event(self, stage: Stage) -> Event:
        instance_id = stage.petshop.reports_instance_id
        wait_for("the instance to be stopped", lambda: stage.instance_state(instance_id) == "stopped", _STOPS_WITHIN_SECONDS)
        return instance_stopped(stage.aws, instance_id)

    def is_restored(self, stage: Stage) -> bool:
        return stage.instance_state(stage.petshop.reports_instance_id) == "running"

    def clean_up(self, stage: Stage) -> None:
        stage.aws.client("ec2").start_instances(InstanceIds=[stage.petshop.reports_instance_id])


def run(stage: Stage) -> Result:
    return run_incident(stage, ApprovalDenied())
