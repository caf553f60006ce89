"""Someone stops an EC2 instance that the application needs."""

from demo.event_documents import Event, instance_stopped
from demo.incident import Incident
from demo.lifecycle import run_incident
from demo.result import Result
from demo.stage import Stage
from demo.waiting import wait_for

TITLE = "an instance is stopped by hand"
_STOPS_WITHIN_SECONDS = 15.0


class InstanceStopped(Incident):
    title = TITLE
    broken_by_api = "StopInstances"

    def current_state(self, stage: Stage) -> str:
        return f"instance {stage.petshop.instance_id} is {_state(stage)}"

    def break_it(self, stage: Stage) -> None:
        stage.aws.client("ec2", stage.alice).stop_instances(InstanceIds=[stage.petshop.instance_id])

    def event(self, stage: Stage) -> Event:
        wait_for("the instance to be stopped", lambda: _state(stage) == "stopped", _STOPS_WITHIN_SECONDS)
        return instance_stopped(stage.aws, stage.petshop.instance_id)

    def is_restored(self, stage: Stage) -> bool:
        return _state(stage) == "running"


def _state(stage: Stage) -> str:
    found = stage.aws.client("ec2").describe_instances(InstanceIds=[stage.petshop.instance_id])
    return found["Reservations"][0]["Instances"][0]["State"]["Name"]


def run(stage: Stage) -> Result:
    return run_incident(stage, InstanceStopped())
